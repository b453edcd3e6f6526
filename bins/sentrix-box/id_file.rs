//! `.sentrix_sandbox_id`: which sandbox records into a log directory. No newline, as the Python version has it.

use sentrix_cli::Failure;
use sentrix_record::atomic;
use sentrix_record::fs::StdFs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Its name.
pub const FILE: &str = ".sentrix_sandbox_id";

/// The id in it; nothing when there is no such file.
pub fn read(log_dir: &Path) -> Result<Option<String>, Failure> {
    let path = log_dir.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let id = text.trim().to_owned();
            let sound = !id.is_empty()
                && id.len() <= 64
                && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if sound { Ok(Some(id)) } else { Err(damaged(&path)) }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::environment(format!("cannot read {}", path.display())).because(error)),
    }
}

/// Writes it, whole or not at all.
pub fn write(log_dir: &Path, id: &str) -> Result<(), Failure> {
    atomic::replace(&StdFs, &log_dir.join(FILE), id.as_bytes(), 0o600).map_err(|error| {
        Failure::environment(format!("cannot note the sandbox in {}", log_dir.display())).because(error)
    })
}

/// Removes it if it still names this sandbox: another may have taken its place.
pub fn remove(log_dir: &Path, id: &str) -> Result<(), Failure> {
    if read(log_dir)?.as_deref() != Some(id) {
        return Ok(());
    }
    let path: PathBuf = log_dir.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::environment(format!("cannot remove {}", path.display())).because(error))
        }
        _ => Ok(()),
    }
}

fn damaged(path: &Path) -> Failure {
    Failure::environment(format!("{} does not hold the id of a sandbox", path.display()))
        .next("`sentrix-box status` lists the sandboxes; remove the file if it is of no use")
}
