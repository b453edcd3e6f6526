//! What sweeps did, one line each, beside the log files.

use sentrix_cli::warn;
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Its name in the log directory.
pub const FILE: &str = "patrol_sweeps.jsonl";
/// Beyond this many bytes the older half goes to a file of its own, which the next one replaces.
const MOST: u64 = 8 << 20;

/// Appends a line. A sweep does not fail for it.
pub fn append(dir: &Path, record: &Value) {
    let path = dir.join(FILE);
    let append = || {
        if std::fs::metadata(&path).is_ok_and(|stat| stat.len() > MOST) {
            std::fs::rename(&path, path.with_extension("jsonl.1"))?;
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        file.write_all(format!("{record}\n").as_bytes())
    };
    if let Err(error) = append() {
        warn(format_args!("cannot append to {}: {error}", path.display()));
    }
}
