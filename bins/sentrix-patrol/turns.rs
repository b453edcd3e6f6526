//! `sentrix-patrol turns`: prints the turns of a record.

pub mod empty;

use crate::args::{TurnsArgs, alone, is_stdin};
use crate::pipe::Pipe;
use sentrix_cli::{Closed, Exit, Failure, Stdout, warn};
use sentrix_record::epoch_millis;
use sentrix_turns::{Archive, Item, Stream, Wave};
use std::io::ErrorKind;
use std::time::SystemTime;

/// After so many silent milliseconds a message without its exchange, or an exchange without its message, has none.
const SILENT_MS: i64 = 300_000;

pub fn run(args: &TurnsArgs) -> Result<Exit, Failure> {
    alone(&args.paths)?;
    threads(args.jobs)?;
    let mut out = Stdout::lock();
    let ended = if is_stdin(&args.paths) { stream(&mut out) } else { archive(args, &mut out)? };
    ended.and_then(|()| out.flush())?;
    Ok(Exit::Ok)
}

fn stream(out: &mut Stdout) -> Result<(), Closed> {
    let pipe = Pipe::stdin(None);
    let patience = pipe.patience();
    let mut stream = Stream::new("-", pipe);
    loop {
        match stream.next_wave() {
            Ok(Some(wave)) => {
                print(lines(wave), out)?;
                out.flush()?;
                patience.end(stream.may_pause());
            }
            Ok(None) => break,
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                print(lines(stream.pause()), out)?;
                out.flush()?;
            }
            Err(error) => {
                warn(format_args!("cannot read standard input: {error}"));
                break;
            }
        }
    }
    // What broke off is a turn before anything is said to be missing.
    print(lines(stream.rest()), out)?;
    print(lines(stream.settle(silent_since(SILENT_MS))), out)?;
    print(lines(stream.finish()), out)
}

fn archive(args: &TurnsArgs, out: &mut Stdout) -> Result<Result<(), Closed>, Failure> {
    let sources = sources(&args.paths)?;
    if sources.is_empty() {
        empty::tell(&args.paths, |_| false);
    }
    let mut archive = Archive::new(sources);
    let mut ended = Ok(());
    archive.read(lines, |lines| {
        ended = print(lines, out);
        ended.is_ok()
    });
    Ok(ended
        .and_then(|()| print(lines(archive.rebuild(|_| true)), out))
        .and_then(|()| print(lines(archive.settle(silent_since(SILENT_MS))), out))
        .and_then(|()| print(lines(archive.finish()), out)))
}

/// The time (epoch milliseconds) before which the record has been silent for so long.
pub fn silent_since(for_ms: i64) -> i64 {
    epoch_millis(SystemTime::now()).saturating_sub(for_ms)
}

/// The log files of the paths; what cannot be read is named, and only a patrol without any input fails.
pub fn sources(paths: &[std::path::PathBuf]) -> Result<Vec<sentrix_turns::Source>, Failure> {
    let listing = sentrix_turns::list(paths);
    let read_nothing = listing.sources.is_empty() && !listing.problems.is_empty();
    let mut last = None;
    for (path, error) in listing.problems {
        let what = format!("cannot read {}", path.display());
        let next = "name a log file or a directory of log files (sentrix-collect writes ./agent_logs)";
        if read_nothing && last.is_none() {
            last = Some(Failure::usage(what).because(error).next(next));
        } else {
            warn(format_args!("{what}: {error}"));
        }
    }
    last.map_or(Ok(listing.sources), Err)
}

/// Sets up the threads for reading and judging.
pub fn threads(jobs: u16) -> Result<(), Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.into())
        .build_global()
        .map_err(|error| Failure::environment("cannot start threads").because(error))
}

/// What a wave prints, made on the threads that read.
struct Lines {
    json: Vec<u8>,
    faults: Vec<String>,
}

fn lines(wave: Wave) -> Lines {
    let mut lines = Lines { json: Vec::with_capacity(room(&wave)), faults: Vec::new() };
    for item in wave.items {
        match item {
            Item::Turn(turn) => match turn.write_json(&mut lines.json) {
                Ok(()) => lines.json.push(b'\n'),
                Err(error) => lines.faults.push(format!("{}: cannot be printed: {error}", turn.run_id_ts)),
            },
            Item::Gap(gap) if gap.detail.is_empty() => {}
            Item::Gap(gap) => lines.faults.push(format!("{}: {}", gap.source_file, gap.detail)),
            Item::Bad(bad) => lines.faults.push(bad.to_string()),
        }
    }
    lines
}

/// About as many bytes as the turns of a wave will be.
fn room(wave: &Wave) -> usize {
    let turn = |item: &Item| match item {
        Item::Turn(turn) => 512 + turn.thinking.written_len() + turn.text.written_len(),
        _ => 0,
    };
    wave.items.iter().map(turn).sum()
}

fn print(lines: Lines, out: &mut Stdout) -> Result<(), Closed> {
    for fault in &lines.faults {
        warn(fault);
    }
    out.raw(&lines.json)
}
