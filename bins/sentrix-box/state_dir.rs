//! A directory of the sandbox's own on the host: its secrets, and what must be remembered of it. Nobody else may look in.

use sentrix_cli::Failure;
use sentrix_record::atomic;
use sentrix_record::fs::StdFs;
use sentrix_sandbox::{Engine, Name, Spec};
use std::env;
use std::fs::{DirBuilder, Permissions, set_permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const BOXES: &str = "boxes";
/// Holds the id of the engine that the sandbox is on.
const ENGINE: &str = "engine";

/// Where the directory of this sandbox is. Nothing is made.
pub fn path(name: &Name) -> Result<PathBuf, Failure> {
    let root = root()?;
    make(&root)?;
    let root = root.canonicalize().map_err(|error| cannot("find", &root, error))?;
    Ok(root.join(BOXES).join(name.as_str()))
}

fn root() -> Result<PathBuf, Failure> {
    let from = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let root = from("SENTRIX_STATE_DIR")
        .or_else(|| from("XDG_STATE_HOME").map(|dir| dir.join("sentrix")))
        .or_else(|| from("HOME").map(|dir| dir.join(".local/state/sentrix")));
    // Without a home there is still a place; whether it is ours is looked at before it is used.
    Ok(root
        .unwrap_or_else(|| env::temp_dir().join(format!("sentrix-{}", rustix::process::getuid().as_raw()))))
}

/// Makes the directory, which must not be there: two commands that make a sandbox of the same name never share one.
pub fn claim(spec: &Spec, engine: &Engine) -> Result<(), Failure> {
    let dir = &spec.state_dir;
    if let Some(boxes) = dir.parent() {
        make(boxes)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::environment(format!("the name {} is taken: {} exists", spec.name, dir.display()))
                .because("another command is making this sandbox, or was interrupted")
                .next("choose another --name, or remove the directory"))
        }
        made => made.map_err(|error| cannot("make", dir, error)),
    }?;
    let note = dir.join(ENGINE);
    std::fs::write(&note, &engine.id).map_err(|error| cannot("write", &note, error))
}

/// Makes, in it, the secrets: files that only `capture_uid` can read.
pub fn create(spec: &Spec, secrets: &[(&str, &str)]) -> Result<(), Failure> {
    let dir = spec.secrets_dir();
    make(&dir)?;
    let give = |path: &Path| give(path, spec.capture_uid);
    for (name, content) in secrets {
        let path = dir.join(name);
        atomic::replace(&StdFs, &path, content.as_bytes(), 0o600).map_err(|error| {
            Failure::environment(format!("cannot write {}", path.display())).because(error)
        })?;
        give(&path)?;
    }
    give(&dir)
}

/// Hands a file or a directory to the user that records, where we may.
pub fn give(path: &Path, uid: u32) -> Result<(), Failure> {
    if !rustix::process::getuid().is_root() {
        return Ok(());
    }
    chown(path, Some(uid), Some(uid)).map_err(|error| cannot("hand over", path, error))
}

/// Removes it.
pub fn remove(spec: &Spec) -> Result<(), Failure> {
    let dir = &spec.state_dir;
    if dir.ends_with(spec.name.as_str()) { clear(dir) } else { Err(odd(dir)) }
}

/// Removes such a directory. The path may come from a label: it must look like one that we made.
pub fn clear(dir: &Path) -> Result<(), Failure> {
    let ours = dir.is_absolute() && dir.parent().is_some_and(|parent| parent.ends_with(BOXES));
    if !ours {
        return Err(odd(dir));
    }
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot("remove", dir, error)),
        _ => Ok(()),
    }
}

/// All such directories of this user and this engine, and when each was last changed.
pub fn all(engine: &Engine) -> Result<Vec<(PathBuf, SystemTime)>, Failure> {
    let boxes = root()?.join(BOXES);
    let entries = match std::fs::read_dir(&boxes) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| cannot("list", &boxes, error))?,
    };
    let dir = |entry: std::fs::DirEntry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?));
    // Those of another engine have their containers there.
    let here = |dir: &Path| std::fs::read_to_string(dir.join(ENGINE)).is_ok_and(|id| id == engine.id);
    Ok(entries.filter_map(|entry| dir(entry.ok()?)).filter(|(dir, _)| here(dir)).collect())
}

fn odd(dir: &Path) -> Failure {
    Failure::environment(format!("{} does not look like a sandbox's state", dir.display()))
        .next("remove it by hand")
}

/// Makes a directory with all above it, for us alone, and sees that it is: whoever made it first in a public place may not be us.
pub fn make(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| cannot("make", dir, error))?;
    let found = std::fs::symlink_metadata(dir).map_err(|error| cannot("look at", dir, error))?;
    let me = rustix::process::getuid().as_raw();
    if !found.is_dir() || (found.uid() != me && me != 0) {
        return Err(Failure::environment(format!("{} belongs to somebody else", dir.display()))
            .next("set SENTRIX_STATE_DIR to a directory of your own"));
    }
    set_permissions(dir, Permissions::from_mode(0o700)).map_err(|error| cannot("close", dir, error))
}

fn cannot(what: &str, path: &Path, error: std::io::Error) -> Failure {
    Failure::environment(format!("cannot {what} {}", path.display())).because(error)
}
