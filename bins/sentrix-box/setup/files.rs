//! Where answers and variables are kept: files that only their owner can read.

use sentrix_cli::{Failure, note};
use sentrix_record::atomic;
use sentrix_record::fs::{PRIVATE, StdFs};
use sentrix_setup::Answers;
use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Where the answers are: in the user's configuration folder, unless said otherwise.
pub fn path(said: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(path) = said {
        return Ok(path.to_owned());
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    folder.map(|folder| folder.join("sentrix/setup.json")).ok_or_else(|| {
        Failure::usage("there is no configuration folder")
            .next("set XDG_CONFIG_HOME or HOME, or name a file with --answers")
    })
}

/// The answers from last time; nothing when there are none.
pub fn load(path: &Path) -> Result<Option<Answers>, Failure> {
    let what = || format!("cannot use the answers kept in {}", path.display());
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::environment(what()).because(error).next("name another file with --answers"));
        }
    };
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        note(format!("{} could be read by others: it holds keys, and is closed now", path.display()));
        fs::set_permissions(path, Permissions::from_mode(0o600))
            .map_err(|error| Failure::environment(what()).because(error).next("chmod 600 it"))?;
    }
    Answers::parse(&bytes).map(Some).map_err(|error| {
        Failure::usage(what()).because(error).next("mend it, or move it away to answer anew")
    })
}

/// What a file of variables holds; nothing when it is not there.
pub fn text(path: &Path) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::environment(format!("cannot read {}", path.display()))
            .because(error)
            .next("name another file with --env-file")),
    }
}

/// Writes a file of mode 0600, whole or not at all.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let what = || Failure::environment(format!("cannot write {}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| what().because(error).next("name a place that can be written"))?;
    }
    atomic::replace(&StdFs, path, bytes, PRIVATE)
        .map_err(|error| what().because(error).next("name a place that can be written"))
}
