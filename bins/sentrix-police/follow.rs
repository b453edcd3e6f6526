//! The queue, as flags come.

use crate::args::WorkArgs;
use crate::station::Station;
use notify::{RecursiveMode, Watcher};
use sentrix_cli::{Exit, Failure, Signals, note, quiet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(200);

pub fn run(args: &WorkArgs, signals: &Signals) -> Result<Exit, Failure> {
    if args.quiet {
        quiet();
    }
    let Some(_lock) = args.place.lock()? else { return Ok(Exit::Ok) };
    let mut station = Station::open(&args.place, &args.investigation)?;
    let changes = Changes::watch(args);
    let least = args.escalation.least();
    let mut told = sentrix_store::QueueWaiting::default();
    loop {
        let concluded = station.work_off(least, signals)?;
        if concluded > 0 {
            note(format_args!("{concluded} cases concluded"));
        }
        // Said again only when it has changed.
        let waiting = station.waiting(least)?;
        if (waiting.later, waiting.open) != (told.later, told.open) {
            told = station.tell_waiting(least)?;
        }
        if let Some(signal) = changes.wait(Duration::from_secs(args.poll), signals) {
            return Ok(signal);
        }
    }
}

/// News of the flags: a watch as a hint, polling as the truth.
struct Changes {
    news: Receiver<()>,
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Changes {
    fn watch(args: &WorkArgs) -> Self {
        let (tell, news) = channel();
        let flags = args.place.flags();
        let name = flags.file_name().map(ToOwned::to_owned);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own database stands in the directory too.
            if event.is_ok_and(|event| event.paths.iter().any(|path| path.file_name() == name.as_deref())) {
                let _nobody_waits = tell.send(());
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            watcher.watch(&args.place.log_dir, RecursiveMode::NonRecursive)?;
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
