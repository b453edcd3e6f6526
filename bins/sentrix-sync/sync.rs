//! Copying: the loop around the library's transfer.

use crate::args::Args;
use crate::notices::tell;
use crate::outlet::Outlet;
use crate::place::source;
use crate::watch::Watch;
use sentrix_cli::{Closed, Exit, Failure, Signals, Stdout, note, quiet};
use sentrix_record::LockError;
use sentrix_record::fs::StdFs;
use sentrix_record::manifest::ManifestError;
use sentrix_transfer::{Options, Sink, Source, Transfer, TransferError};
use std::io::ErrorKind;
use std::time::Duration;

/// The longest time between two looks at the source.
const POLL: Duration = Duration::from_millis(250);

/// Copies once, or until a signal says to stop.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.quiet {
        quiet();
    }
    let signals = Signals::install()?;
    let mut outlet = args.emit.then(|| Outlet(Stdout::lock()));
    loop {
        let mut syncing = Syncing { transfer: open(args, &signals)?, outlet: outlet.take(), waiting: None };
        let ended = if args.follow { syncing.follow(args, &signals) } else { syncing.once(args).map(Some) };
        let faults = syncing.transfer.faults();
        match ended? {
            _ if faults > 0 => return Err(contradiction(faults, args)),
            Some(exit) => return Ok(exit),
            // Another container has the name: its record is a new one.
            None => outlet = syncing.outlet.take(),
        }
    }
}

type Copying = Transfer<StdFs, Box<dyn Source>>;

fn open(args: &Args, signals: &Signals) -> Result<Copying, Failure> {
    let source = source(args, signals)?;
    let options = Options { max_file: args.max_file.0, ..Options::default() };
    Transfer::open(&StdFs, &args.log_dir, source, options).map_err(|error| failure(error, args))
}

struct Syncing {
    transfer: Copying,
    outlet: Option<Outlet>,
    /// What is waited for, as it was told.
    waiting: Option<String>,
}

impl Syncing {
    fn pass(&mut self) -> Result<(), TransferError> {
        let sink = self.outlet.as_mut().map(|outlet| -> &mut dyn Sink { outlet });
        let passed = self.transfer.pass(sink);
        self.transfer.notices().iter().for_each(tell);
        passed
    }

    fn once(&mut self, args: &Args) -> Result<Exit, Failure> {
        self.pass().map_err(|error| failure(error, args))?;
        Ok(Exit::Ok)
    }

    /// Nothing when the source is not the one any more that it was opened as.
    fn follow(&mut self, args: &Args, signals: &Signals) -> Result<Option<Exit>, Failure> {
        let mut watch = Watch::new(args.from.as_deref());
        loop {
            // Asked before the look: what is there when the end is asked for is still copied.
            let stopped = signals.stopped();
            match self.pass() {
                Ok(()) => self.waiting = None,
                Err(TransferError::Source(why)) if why.kind() == ErrorKind::ConnectionReset => {
                    note(format!("{why}: its record is taken up as a new one"));
                    return Ok(None);
                }
                Err(error) => {
                    self.wait(error, args)?;
                    watch.forget();
                }
            }
            if let Some(exit) = stopped {
                return Ok(Some(exit));
            }
            watch.sleep(POLL);
        }
    }

    /// Says once what is waited for; ends with what no waiting mends.
    fn wait(&mut self, error: TransferError, args: &Args) -> Result<(), Failure> {
        let why = match &error {
            TransferError::Source(why) if why.kind() == ErrorKind::NotFound => "it is not there",
            TransferError::Source(_) => "it cannot be read",
            _ if error.is_full() => "the disk is full",
            _ => return Err(failure(error, args)),
        };
        let waiting = format!("waiting: {why} ({error})");
        if self.waiting.as_ref() != Some(&waiting) {
            note(&waiting);
            self.waiting = Some(waiting);
        }
        Ok(())
    }
}

fn contradiction(faults: usize, args: &Args) -> Failure {
    let what = format!("the source is not what was copied to {}", args.log_dir.display());
    Failure::integrity(what)
        .because(format!("{faults} contradictions are recorded in its …-sync.json"))
        .next("keep both as they are, and look who could write at the source; a new sandbox needs its own --source NAME")
}

/// What went wrong on our side, and what to do about it.
fn failure(error: TransferError, args: &Args) -> Failure {
    let what = format!("cannot copy into {}", args.log_dir.display());
    match error {
        TransferError::Sink(error) => Failure::from(Closed::from(error)),
        TransferError::Lock(LockError::Held { .. }) => Failure::environment(what).because(error).next(
            "another sentrix-sync or sentrix-collect writes there; name another directory with --log-dir",
        ),
        TransferError::Manifest(ManifestError::Broken { .. }) => Failure::integrity(what).because(error),
        TransferError::State { .. } => Failure::integrity(what)
            .because(error)
            .next("move it away to begin anew: what is copied is compared with the source again"),
        TransferError::Source(_) => Failure::environment("cannot copy").because(error).next(
            "name a directory of log files with --from DIR, or a container that is there with --container ID",
        ),
        error => Failure::environment(what)
            .because(error)
            .next("what is copied was not lost; start again once this is mended"),
    }
}
