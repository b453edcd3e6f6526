//! What the library has to say, as lines on standard error.

use sentrix_cli::{note, warn};
use sentrix_transfer::Notice;

/// Prints a notice. What is not in the copy, or cannot be verified, is a warning, all else a note.
pub fn tell(notice: &Notice) {
    match notice {
        Notice::Fault(fault) => warn(format!(
            "{fault}; nothing more is taken from it, what was copied stays, a gap event in …-sync.json marks it"
        )),
        Notice::Standing(count) => note(format!(
            "{count} contradictions stand from earlier runs; the gap events in …-sync.json name them"
        )),
        Notice::Unreadable { file, why } => warn(format!("cannot read {file:?} at the source: {why}")),
        Notice::PassedOver(count) => {
            note(format!("{count} names at the source are no collector's log files and are not copied"));
        }
        Notice::Removed(count) => warn(format!(
            "{count} files were removed by the source's retention before they were copied to their end; gap events mark them"
        )),
        Notice::Unlisted(file) => warn(format!(
            "{file:?} has no line in the source's manifest: it is copied, but cannot be verified"
        )),
        Notice::TornManifest => note("the manifest's last line was torn by a crash and cut off"),
    }
}
