//! Replacing a file so that a reader, or a crash at any moment, finds the old content or the new, never a mixture.

use crate::fs::{At, Error, Fs, FsFile, Open};
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a temporary in the same directory, syncs it, renames it over `path` and syncs the directory.
///
/// # Errors
/// When a step fails. The temporary is removed; unless the last step failed, `path` is as it was. When the sync of
/// the directory failed, `path` shows the new content, but a crash may still bring the old one back.
pub fn replace<F: Fs>(fs: &F, path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let dir = parent(path);
    let (temporary, file) = create(fs, dir, path, mode)?;
    let written = file
        .write_all_at(&mut [IoSlice::new(bytes)], 0)
        .at("write", &temporary)
        .and_then(|()| file.sync().at("sync", &temporary))
        .and_then(|()| fs.rename(&temporary, path).at("replace", path));
    drop(file);
    if let Err(error) = written {
        // The first error is the one to tell; a temporary that stays is swept by the next owner.
        let _left_behind = fs.remove(&temporary);
        return Err(error);
    }
    fs.sync_dir(dir).at("sync directory", dir)
}

/// Removes the temporaries that a crash left in a directory, and says how many there were. Only the holder of the
/// directory's lock may call it: another's live temporary looks the same.
///
/// # Errors
/// When the directory cannot be read, or one of them not removed.
pub fn sweep<F: Fs>(fs: &F, dir: &Path) -> Result<usize, Error> {
    let mut swept = 0;
    for name in fs.list(dir).at("list", dir)?.iter().filter(|name| is_temporary(name)) {
        let path = dir.join(name);
        fs.remove(&path).at("remove", &path)?;
        swept += 1;
    }
    Ok(swept)
}

/// The directory of a path; `.` for a bare name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

fn create<F: Fs>(fs: &F, dir: &Path, path: &Path, mode: u32) -> Result<(PathBuf, F::File), Error> {
    loop {
        let temporary = dir.join(temporary_name(path.file_name().unwrap_or_default()));
        match fs.open(&temporary, Open::CreateNew(mode)) {
            // Left by a process of the same number that crashed; the next counter may be free.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.at("create", &temporary).map(|file| (temporary, file)),
        }
    }
}

fn temporary_name(name: &OsStr) -> OsString {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{}.tmp", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    temporary
}

fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(b".tmp")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::fault::{Fault, FaultFs, Image};

    const PATH: &str = "state/checkpoint.json";

    /// A file system with durable old content.
    fn old() -> FaultFs {
        let fs = FaultFs::new();
        fs.put(PATH, b"old");
        fs
    }

    #[test]
    fn every_crash_shows_the_old_or_the_new_and_leaves_no_temporary_for_long() {
        let whole = old();
        replace(&whole, Path::new(PATH), b"new", 0o600).unwrap();
        assert_eq!(whole.crash(Image::Dropped).read(PATH).unwrap(), b"new");
        for operation in 0..whole.operations() {
            for image in Image::ALL {
                let fs = old();
                fs.inject(operation, Fault::Crash);
                assert!(replace(&fs, Path::new(PATH), b"new", 0o600).is_err());
                let after = fs.crash(image);
                let content = after.read(PATH).unwrap();
                assert!(content == b"old" || content == b"new", "{operation} {image:?}: {content:?}");
                sweep(&after, Path::new("state")).unwrap();
                assert_eq!(after.paths(), [Path::new(PATH)]);
            }
        }
    }

    #[test]
    fn every_error_leaves_the_old_and_no_temporary() {
        let whole = old();
        replace(&whole, Path::new(PATH), b"new", 0o600).unwrap();
        let last = whole.operations() - 1;
        for operation in 0..=last {
            for fault in [Fault::Error(5), Fault::Full(28), Fault::Short(1)] {
                let fs = old();
                fs.inject(operation, fault);
                let result = replace(&fs, Path::new(PATH), b"new", 0o600);
                let content = fs.read(PATH).unwrap();
                let want: &[u8] = if result.is_ok() || operation == last { b"new" } else { b"old" };
                assert_eq!(content, want, "{operation} {fault:?}");
                assert_eq!(fs.paths(), [Path::new(PATH)]);
            }
        }
    }

    #[test]
    fn a_bare_name_is_in_the_working_directory() {
        assert_eq!(parent(Path::new("a")), Path::new("."));
        assert_eq!(parent(Path::new("/a")), Path::new("/"));
    }
}
