//! Collecting: the loop around the library's collector.

use crate::args::Collect;
use crate::descriptor;
use crate::notices::Notices;
use sentrix_cli::{Exit, Failure, Signals, note, warn};
use sentrix_record::LockError;
use sentrix_record::fs::StdFs;
use sentrix_record::manifest::{ManifestError, Retention};
use sentrix_tail::{Collector, Options, POLL, Progress, Recorder, TailError, Wake};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the end may take to record what the source already holds.
const LAST_READ: Duration = Duration::from_secs(2);

/// Collects until the source ends, or a signal says so.
pub fn run(args: Collect) -> Result<Exit, Failure> {
    let Some(path) = &args.input else {
        return Err(Failure::usage("no input")
            .next("name the raw stream with --input FILE, or set OPENCLAW_RAW_STREAM_PATH"));
    };
    if path.is_dir() {
        return Err(Failure::usage(format!("cannot follow {}", path.display()))
            .because("it is a directory")
            .next("name the raw stream's file"));
    }
    // Before anything else is opened: a number that nobody gave us must not name something of our own.
    let input = descriptor::input(path)?;
    let signals = Signals::install()?;
    let cannot_sleep = |error| Failure::environment("cannot wait for the source").because(error);
    let mut wake = Wake::new().map_err(cannot_sleep)?;
    signals.ring(&wake.bell().map_err(cannot_sleep)?)?;

    let (recorder, torn) = match open(&args, &signals, &mut wake)? {
        Ok(opened) => opened,
        Err(stopped) => return Ok(stopped),
    };
    let collector = Collector::new(&StdFs, input, recorder, torn);
    let mut collecting = Collecting { collector, notices: Notices::default() };
    let ended = collecting.until_end(&args, &signals, &mut wake);
    collecting.tell();
    collecting.notices.end();
    ended
}

/// Opens the log directory, and waits for room on the disk if need be; or the end that a signal asked for meanwhile.
fn open(
    args: &Collect,
    signals: &Signals,
    wake: &mut Wake,
) -> Result<Result<(Recorder<StdFs>, bool), Exit>, Failure> {
    let mut said = false;
    loop {
        match Recorder::open(&StdFs, &args.log_dir, options(args)) {
            Err(error) if error.is_full() => {
                if !said {
                    note(format!("{error}; waiting for room, the source keeps what comes"));
                }
                said = true;
            }
            opened => return opened.map(Ok).map_err(|error| failure(error, &args.log_dir)),
        }
        if let Some(exit) = signals.stopped() {
            return Ok(Err(exit));
        }
        wake.sleep(POLL, None)
            .map_err(|error| Failure::environment("cannot wait for room").because(error))?;
    }
}

fn options(args: &Collect) -> Options {
    Options {
        rotate_after: args.rotate_mins.limit(),
        rotate_bytes: args.rotate_bytes.limit(),
        retention: Retention {
            files: (args.retain_files > 0).then_some(args.retain_files),
            bytes: args.retain_bytes.limit(),
        },
        ..Options::default()
    }
}

struct Collecting {
    collector: Collector<StdFs>,
    notices: Notices,
}

impl Collecting {
    fn until_end(&mut self, args: &Collect, signals: &Signals, wake: &mut Wake) -> Result<Exit, Failure> {
        loop {
            if let Some(exit) = signals.stopped() {
                self.read_out(&args.log_dir)?;
                return self.finish(args, exit);
            }
            if signals.take_rotate() {
                self.collector.rotate().map_err(|error| failure(error, &args.log_dir))?;
            }
            let progress = self.step(&args.log_dir)?;
            match progress {
                Progress::Busy => continue,
                Progress::Finished => return self.finish(args, Exit::Ok),
                Progress::Idle if args.once => return self.finish(args, Exit::Ok),
                Progress::Waiting if args.once => {
                    let path = self.collector.input().name().display().to_string();
                    warn(format!("{path} is not there, or cannot be read: nothing was recorded"));
                    return Ok(Exit::Partial);
                }
                Progress::Idle | Progress::Waiting | Progress::Blocked => {}
            }
            if let Some(path) = self.collector.input().watched() {
                wake.watch(path);
            }
            let stream =
                self.collector.source().filter(|source| source.is_stream() && progress == Progress::Idle);
            wake.sleep(POLL, stream.map(sentrix_tail::Source::file))
                .map_err(|error| Failure::environment("cannot wait for the source").because(error))?;
        }
    }

    fn step(&mut self, dir: &Path) -> Result<Progress, Failure> {
        let progress = self.collector.step();
        self.tell();
        progress.map_err(|error| failure(error, dir))
    }

    /// Records what the source held when the end was asked for: its writer ended before us, and it may not outlive us.
    fn read_out(&mut self, dir: &Path) -> Result<(), Failure> {
        let start = Instant::now();
        while self.step(dir)? == Progress::Busy && start.elapsed() < LAST_READ {}
        Ok(())
    }

    fn finish(&mut self, args: &Collect, exit: Exit) -> Result<Exit, Failure> {
        if !self.collector.finish().map_err(|error| failure(error, &args.log_dir))? {
            warn("the disk is full: what is not recorded is read from the source by the next start");
        }
        Ok(exit)
    }

    fn tell(&mut self) {
        for notice in self.collector.notices() {
            self.notices.tell(&notice);
        }
    }
}

/// What went wrong, and what to do about it.
fn failure(error: TailError, dir: &Path) -> Failure {
    let what = format!("cannot collect into {}", dir.display());
    match &error {
        TailError::Lock(LockError::Held { .. }) => Failure::environment(what)
            .because(error)
            .next("stop it, or name another directory with --log-dir"),
        TailError::Manifest(ManifestError::Broken { .. }) => Failure::integrity(what).because(error),
        TailError::Source(why) => Failure::environment(format!("{what}: the input cannot be read"))
            .because(why.to_string())
            .next("make it readable for this user and start again; what is recorded stays"),
        _ => Failure::environment(what)
            .because(error)
            .next("nothing that is recorded was lost; start again once this is mended"),
    }
}
