//! Sweeping as the record grows.

use crate::args::{PatrolArgs, is_stdin};
use crate::deliver::Outlet;
use crate::once::end;
use crate::reviewer::Reviewer;
use crate::sweep::{self, Sweeper};
use crate::{stateless, turns};
use notify::{RecursiveMode, Watcher};
use sentrix_cli::{Exit, Failure, Signals, note, quiet, warn};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(200);

pub fn run(args: &PatrolArgs, signals: &Signals) -> Result<Exit, Failure> {
    if args.quiet {
        quiet();
    }
    turns::threads(args.review.jobs)?;
    let reviewer = Reviewer::load(&args.review)?;
    let mut outlet = Outlet::new(args.flags_path(), args.format);
    if is_stdin(&args.paths) {
        let summary = stateless::patrol(args, &reviewer, &mut outlet, signals)?;
        return end(args, &summary, signals);
    }
    let Some(state) = args.state_path() else {
        return Err(Failure::usage("--follow needs a state, so as not to review everything again and again")
            .next("name one log directory, or a file with --state"));
    };
    let Some(_lock) = sweep::lock(&state)? else { return Ok(Exit::Ok) };
    let mut sweeper = Sweeper::open(args, &state, reviewer, outlet)?;
    let changes = Changes::watch(args);
    loop {
        let summary = sweeper.sweep(signals)?;
        if summary.reviewed > 0 {
            summary.tell();
        }
        // Judges that have more to do than one sitting go on at once; the record was looked at in between.
        let poll = if summary.goes_on { Duration::ZERO } else { Duration::from_secs(args.poll.max(1)) };
        if let Some(signal) = changes.wait(poll, signals) {
            sweeper.finish()?;
            return Ok(signal);
        }
        if signals.take_reload() {
            reload(args, &mut sweeper);
        }
    }
}

/// Loads the rules again; rules that cannot be loaded leave the old ones in force.
fn reload(args: &PatrolArgs, sweeper: &mut Sweeper) {
    match Reviewer::load(&args.review) {
        Ok(reviewer) => {
            note("rules loaded again");
            sweeper.reviewer = reviewer;
        }
        Err(failure) => warn(format_args!("the rules in force stay: {failure}")),
    }
}

/// News of the log directory: a watch as a hint, polling as the truth.
struct Changes {
    news: Receiver<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Changes {
    fn watch(args: &PatrolArgs) -> Self {
        let (tell, news) = channel();
        let watcher = notify::recommended_watcher(move |_| {
            let _nobody_waits = tell.send(());
        });
        let watcher = watcher.and_then(|mut watcher| {
            for path in &args.paths {
                watcher.watch(path, RecursiveMode::NonRecursive)?;
            }
            Ok(watcher)
        });
        if let Err(error) = &watcher {
            note(format_args!("cannot watch for changes ({error}); looking every {} s", args.poll));
        }
        Self { news, _watcher: watcher.ok() }
    }

    /// Waits for news, the next poll, or a signal that ends the program (which is returned).
    fn wait(&self, poll: Duration, signals: &Signals) -> Option<Exit> {
        let until = Instant::now() + poll;
        while Instant::now() < until {
            if let Some(signal) = signals.stopped() {
                return Some(signal);
            }
            match self.news.recv_timeout(TICK) {
                Ok(()) => {
                    // Our own database stands in the directory too, and a batch of lines makes many events.
                    std::thread::sleep(Duration::from_millis(50));
                    while self.news.try_recv().is_ok() {}
                    return signals.stopped();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
            }
        }
        signals.stopped()
    }
}
