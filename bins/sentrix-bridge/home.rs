//! ~/.sentrix: the certificate and the secret.

use crate::args::Options;
use sentrix_bridge::Secret;
use sentrix_cli::{Failure, note};
use sentrix_record::atomic;
use sentrix_record::fs::StdFs;
use std::env;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const SECRET: &str = "bridge.token";

/// The directory, made if need be.
pub fn dir(options: &Options) -> Result<PathBuf, Failure> {
    let home = || {
        env::var_os("HOME").filter(|home| !home.is_empty()).map(|home| PathBuf::from(home).join(".sentrix"))
    };
    let dir = options.home.clone().or_else(home).ok_or_else(|| {
        Failure::usage("there is no home directory to keep the certificate in")
            .next("name one with --home DIR")
    })?;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
    made.map_err(|error| Failure::environment(format!("cannot make {}", dir.display())).because(error))?;
    Ok(dir)
}

/// The secret, made if need be. One that others can read is no secret: another is made.
pub fn secret(dir: &Path) -> Result<Secret, Failure> {
    let path = dir.join(SECRET);
    let cannot = |what: &str| Failure::environment(format!("cannot {what} {}", path.display()));
    match fs::metadata(&path) {
        Ok(file) if file.permissions().mode() & 0o077 == 0 => {
            let text = fs::read_to_string(&path).map_err(|error| cannot("read").because(error))?;
            if let Some(secret) = Secret::read(&text) {
                return Ok(secret);
            }
            note(format!("{} held no token: a new one was made", path.display()));
        }
        Ok(_) => note(format!("{} could be read by others: a new token was made", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(cannot("read").because(error)),
    }
    let secret = Secret::random().map_err(|error| cannot("make").because(error))?;
    let line = format!("{}\n", secret.token());
    if path.exists() {
        atomic::replace(&StdFs, &path, line.as_bytes(), 0o600)
            .map_err(|error| cannot("write").because(error))?;
        return Ok(secret);
    }
    match keep_first(&path, line.as_bytes()) {
        Ok(()) => Ok(secret),
        // Another bridge was first: two with a secret each would refuse each other's links.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => self::secret(dir),
        Err(error) => Err(cannot("write").because(error)),
    }
}

/// Writes a file that is not there yet, whole or not at all.
fn keep_first(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
    let kept = written.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::hard_link(&new, path)
    });
    fs::remove_file(&new).and(kept)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_begin_at_once_one_is_first_and_the_other_takes_what_it_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SECRET);
        keep_first(&path, b"one").unwrap();
        assert_eq!(keep_first(&path, b"two").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
