//! What the library has to say, as lines on standard error.

use sentrix_cli::{note, warn};
use sentrix_record::GapReason;
use sentrix_tail::Notice;

/// Single bad lines are told up to this number; the rest is counted.
const SINGLY: u64 = 10;

/// Prints notices, and counts what would flood the terminal.
#[derive(Debug, Default)]
pub struct Notices {
    bad: u64,
}

impl Notices {
    /// Prints a notice. What the record does not hold is a warning, all else a note.
    pub fn tell(&mut self, notice: &Notice) {
        match notice {
            Notice::Waiting(path) => note(format!("waiting for {}: it is not there yet", path.display())),
            Notice::CannotOpen(path, why) => {
                note(format!("cannot open {}: {why}; trying again until it can be read", path.display()));
            }
            Notice::BadLine { offset, bytes, why } => self.bad(&format!(
                "the line at byte {offset} of the source ({bytes} bytes) is no event: {why}; it is kept in rejects/, a gap event names the file"
            )),
            Notice::Passed { reason, offset, bytes } => {
                let what = if *reason == GapReason::Nuls { "NUL bytes" } else { "an oversized line" };
                self.bad(&format!("passed over {what} at byte {offset} of the source ({bytes} bytes); see the gap event"));
            }
            Notice::Break { reason, offset } => warn(format!(
                "the source {} after byte {offset}; what was written there unseen is lost, a gap event marks the place",
                happened(*reason)
            )),
            Notice::NewFile => note("the source was renamed or replaced; its new file is followed"),
            Notice::DiskFull(why) => note(format!("{why}; waiting for room, the source keeps what comes")),
            Notice::DiskFree => note("there is room again: going on"),
            Notice::Rebuilt { why, offset } => note(format!(
                "no usable checkpoint ({why}): compared log files and source, going on at byte {offset}"
            )),
            Notice::Recreated => warn("log files were removed while they were written: reading the source again"),
            Notice::TornManifest => note("the manifest's last line was torn by a crash and cut off"),
        }
    }

    fn bad(&mut self, line: &str) {
        self.bad += 1;
        if self.bad <= SINGLY {
            warn(line);
        }
    }

    /// Says what was only counted.
    pub fn end(&self) {
        if self.bad > SINGLY {
            warn(format!(
                "{} more places of the source held no event; gap events mark them",
                self.bad - SINGLY
            ));
        }
    }
}

fn happened(reason: GapReason) -> &'static str {
    match reason {
        GapReason::Truncated => "was truncated",
        GapReason::Replaced => "was replaced",
        GapReason::Deleted => "was deleted",
        _ => "could not be matched with the record",
    }
}
