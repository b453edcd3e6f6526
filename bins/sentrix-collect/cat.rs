//! `cat`: log files as JSONL.

use crate::args::Cat;
use sentrix_cli::{Exit, Failure, Stdout, warn};
use sentrix_record::fs;
use sentrix_record::log::{Entries, LogName, Why};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Prints every event that can be read; what cannot is named on standard error.
pub fn run(args: &Cat) -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    for path in &args.paths {
        if path == Path::new("-") {
            print(&mut out, io::stdin().lock(), "standard input")?;
        } else if path.is_dir() {
            match log_files(path) {
                Ok(files) => files.iter().try_for_each(|file| print_file(&mut out, file, fs::open(file)))?,
                Err(error) => warn(format!("cannot read {}: {error}", path.display())),
            }
        } else {
            print_file(&mut out, path, File::open(path))?;
        }
    }
    out.flush()?;
    Ok(Exit::Ok)
}

/// The log files of a directory, oldest first.
fn log_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in dir.read_dir()? {
        names.extend(entry?.file_name().to_str().and_then(|name| name.parse::<LogName>().ok()));
    }
    names.sort();
    Ok(names.iter().map(|name| dir.join(name.as_str())).collect())
}

fn print_file(out: &mut Stdout, path: &Path, opened: io::Result<File>) -> Result<(), Failure> {
    let shown = path.display().to_string();
    match opened {
        Ok(file) => print(out, file, &shown),
        Err(error) => {
            warn(format!("cannot read {shown}: {error}"));
            Ok(())
        }
    }
}

fn print(out: &mut Stdout, source: impl Read, shown: &str) -> Result<(), Failure> {
    let mut entries = Entries::new(source);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => out.record(&one_line(entry.bytes))?,
            Err(bad) => {
                let why = match bad.why {
                    Why::Junk => "no JSON".to_owned(),
                    Why::Torn => "an event without its end".to_owned(),
                    Why::Oversized => "an event over the size limit".to_owned(),
                    Why::Io(error) => error.to_string(),
                };
                warn(format!("{shown}: {} bytes at byte {} are passed over: {why}", bad.len, bad.start));
            }
        }
    }
    Ok(())
}

/// An event that was printed over several lines, on one: a line break in JSON only ever stands between tokens.
fn one_line(event: &[u8]) -> Cow<'_, [u8]> {
    if event.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        event.iter().map(|&byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }).collect()
    } else {
        event.into()
    }
}
