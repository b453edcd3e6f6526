//! `logs`: what is in the record, for people: a table, filters, the last events, and those that come.

mod event;
mod filter;
mod group;
mod row;

use crate::args::Logs;
use event::Event;
pub use event::Kind;
use filter::Filter;
use group::{Group, groups};
use sentrix_cli::{Exit, Failure, Signals, Stdout, warn};
use std::io::IsTerminal;
use std::time::{Duration, SystemTime};

/// How often is looked for more.
const POLL: Duration = Duration::from_millis(250);

/// Prints what is there and, when told to, what comes.
pub fn run(args: &Logs) -> Result<Exit, Failure> {
    let filter = Filter::new(args, SystemTime::now())
        .map_err(|error| Failure::usage(error).next("such as 90s, 10m, 2h, 3d, or 2026-11-23T00:54:51Z"))?;
    let signals = Signals::install()?;
    let mut printer = Printer {
        out: Stdout::lock(),
        table: args.table || (!args.json && std::io::stdout().is_terminal()),
        full: args.full,
        headed: false,
    };
    let mut groups = groups(&args.paths)?;
    match args.tail {
        Some(most) => last(&mut groups, &filter, most).iter().try_for_each(|event| printer.print(event))?,
        None => merged(&mut groups, &filter, &mut printer)?,
    }
    printer.out.flush()?;
    if !args.follow {
        return Ok(Exit::Ok);
    }
    loop {
        if let Some(exit) = signals.stopped() {
            return Ok(exit);
        }
        std::thread::sleep(POLL);
        let mut new = Vec::new();
        for group in &mut groups {
            group.look_again(&args.paths);
            while let Some(event) = group.take(&filter) {
                new.push(event);
            }
        }
        new.sort_by_key(|event| event.ts);
        new.iter().try_for_each(|event| printer.print(event))?;
        printer.out.flush()?;
    }
}

/// Everything, by time: what the agent's stream, the tap and the others wrote stands in files of their own.
fn merged(groups: &mut [Group], filter: &Filter, printer: &mut Printer) -> Result<(), Failure> {
    let mut heads: Vec<Option<Event>> = groups.iter_mut().map(|group| group.take(filter)).collect();
    loop {
        let times = heads.iter().enumerate().filter_map(|(at, head)| Some((head.as_ref()?.ts, at)));
        let Some((_, at)) = times.min() else { return Ok(()) };
        if let Some(event) = std::mem::replace(&mut heads[at], groups[at].take(filter)) {
            printer.print(&event)?;
        }
    }
}

/// The last events, by time.
fn last(groups: &mut [Group], filter: &Filter, most: usize) -> Vec<Event> {
    let mut all: Vec<Event> = groups.iter_mut().flat_map(|group| group.last(filter, most)).collect();
    all.sort_by_key(|event| event.ts);
    all.split_off(all.len().saturating_sub(most))
}

struct Printer {
    out: Stdout,
    table: bool,
    full: bool,
    headed: bool,
}

impl Printer {
    fn print(&mut self, event: &Event) -> Result<(), Failure> {
        if !self.table {
            return Ok(self.out.record(&event.line)?);
        }
        if !self.headed {
            self.headed = true;
            self.out.record(row::HEAD.as_bytes())?;
        }
        Ok(self.out.record(row::row(event, self.full).as_bytes())?)
    }
}

/// Says what could not be read.
fn bad(shown: &str, start: u64, len: u64) {
    warn(format!("{shown}: {len} bytes at byte {start} are no event and are passed over"));
}
