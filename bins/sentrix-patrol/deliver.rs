//! Where flags go.

use crate::args::Format;
use crate::sarif::Sarif;
use sentrix_cli::{Failure, Stdout};
use sentrix_record::Flag;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The end of the way of a flag: a file that is appended to, or standard output.
pub enum Outlet {
    /// A file of flags, one a line.
    File(PathBuf),
    /// One flag a line.
    Lines(Stdout),
    /// For people.
    Text(Stdout),
    /// A SARIF log, closed by [`Outlet::finish`].
    Sarif(Stdout, Box<Sarif>),
}

impl Outlet {
    /// The outlet for a path (`None`: standard output) and a format.
    pub fn new(path: Option<PathBuf>, format: Option<Format>) -> Self {
        let Some(path) = path else {
            let terminal = io::IsTerminal::is_terminal(&io::stdout());
            let out = Stdout::lock();
            return match format.unwrap_or(if terminal { Format::Text } else { Format::Jsonl }) {
                Format::Jsonl => Self::Lines(out),
                Format::Text => Self::Text(out),
                Format::Sarif => Self::Sarif(out, Box::default()),
            };
        };
        Self::File(path)
    }

    /// The file, where there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            _ => None,
        }
    }

    /// Whether flags are only collected, and arrive when all is written by [`Outlet::finish`].
    pub fn collects(&self) -> bool {
        matches!(self, Self::Sarif(..))
    }

    /// Delivers flags. When it returns `Ok` they are where they should be: on disk, or with the reader; or, in an outlet that
    /// [collects](Outlet::collects), on their way there.
    pub fn deliver(&mut self, flags: &[Flag]) -> Result<(), Failure> {
        if flags.is_empty() {
            return Ok(());
        }
        match self {
            Self::File(path) => append(path, flags).map_err(|error| {
                Failure::environment(format!("cannot append flags to {}", path.display()))
                    .because(error)
                    .next("they are kept in the state and will be delivered by the next sweep")
            }),
            Self::Lines(out) => {
                for flag in flags {
                    out.record(&line(flag)?)?;
                }
                Ok(out.flush()?)
            }
            Self::Text(out) => {
                for flag in flags {
                    out.raw(text(flag).as_bytes())?;
                }
                Ok(out.flush()?)
            }
            Self::Sarif(_, log) => {
                flags.iter().for_each(|flag| log.add(flag));
                Ok(())
            }
        }
    }

    /// Ends the output. When it returns `Ok` everything has arrived.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if let Self::Sarif(out, log) = self {
            out.record(&log.json())?;
            out.flush()?;
        }
        Ok(())
    }
}

fn line(flag: &Flag) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(flag).map_err(|error| Failure::environment("cannot print a flag").because(error))
}

/// Appends whole lines in one write and waits until the disk has them.
fn append(path: &Path, flags: &[Flag]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for flag in flags {
        serde_json::to_writer(&mut bytes, flag)?;
        bytes.push(b'\n');
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    if torn(&mut file)? {
        // A line that was cut off by a crash must not swallow the next one.
        bytes.insert(0, b'\n');
    }
    file.write_all(&bytes)?;
    file.sync_data()
}

fn torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A flag for people: what, how sure, where, and a redacted look at it. Everything in it was made safe to print by
/// the rules, except names that the agent chose.
pub fn text(flag: &Flag) -> String {
    let mut text = format!(
        "{:<7} {:<22} {}\n",
        flag.consensus_severity,
        flag.categories.join(","),
        flag.pii_labels_union.join(", ")
    );
    for evidence in flag.evidence.iter().take(5) {
        let field = if evidence.field.is_empty() { "record" } else { &evidence.field };
        text.push_str(&format!("        {field}: {}   [{}]\n", evidence.snippet, evidence.rule));
    }
    if flag.evidence.len() > 5 {
        text.push_str(&format!("        and {} more\n", flag.evidence.len() - 5));
    }
    let place = flag.evidence.first().map(|first| format!(" bytes {}-{}", first.start, first.end));
    text.push_str(&format!(
        "        {}{} turn {}\n",
        flag.source_file,
        place.unwrap_or_default(),
        flag.run_id_ts
    ));
    text.push_str(&format!("        flag {}\n\n", flag.flag_id));
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
