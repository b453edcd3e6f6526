//! One patrol, then exit.

use crate::args::{PatrolArgs, is_stdin};
use crate::deliver::Outlet;
use crate::judged::Summary;
use crate::reviewer::Reviewer;
use crate::sweep::{self, Sweeper};
use crate::{stateless, turns};
use sentrix_cli::{Exit, Failure, Signals, note, quiet};

pub fn run(args: &PatrolArgs, signals: &Signals) -> Result<Exit, Failure> {
    if args.quiet {
        quiet();
    }
    turns::threads(args.review.jobs)?;
    let reviewer = Reviewer::load(&args.review)?;
    let mut outlet = Outlet::new(args.flags_path(), args.format);
    let summary = match args.state_path() {
        None => stateless::patrol(args, &reviewer, &mut outlet, signals)?,
        Some(state) => {
            let Some(_lock) = sweep::lock(&state)? else { return Ok(Exit::Ok) };
            let mut sweeper = Sweeper::open(args, &state, reviewer, outlet)?;
            let summary = sweeper.sweep(signals)?;
            sweeper.finish()?;
            summary
        }
    };
    end(args, &summary, signals)
}

/// Tells what was done, and how it ended.
pub fn end(args: &PatrolArgs, summary: &Summary, signals: &Signals) -> Result<Exit, Failure> {
    summary.tell();
    if let Some(signal) = signals.stopped() {
        let remembered = args.state_path().is_some() && !is_stdin(&args.paths);
        let rest = if remembered { "the next sweep goes on" } else { "what was not read is not reviewed" };
        note(format_args!("stopped before the end; {rest}"));
        return Ok(signal);
    }
    Ok(if args.exit_code && summary.flagged() > 0 { Exit::Findings } else { Exit::Ok })
}
