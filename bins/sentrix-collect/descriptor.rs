//! Inputs that are open already: standard input, and descriptors that whoever started us left open.
//!
//! OpenClaw sets the mode of its raw stream to 0600 at every append, so a collector that runs as another user cannot
//! open it. It is handed a descriptor that was opened before; opening /dev/fd/3 would be refused like the file itself.

use filedescriptor::FileDescriptor;
use sentrix_cli::Failure;
use sentrix_tail::Input;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What an argument stands for: `-`, `/dev/stdin`, `/dev/fd/N` and `/proc/self/fd/N` are descriptors, all else is a path.
pub fn input(path: &Path) -> Result<Input, Failure> {
    let Some(number) = number(path) else { return Ok(Input::Path(path.to_owned())) };
    let file = duplicate(number).map_err(|error| {
        Failure::usage(format!("cannot read from descriptor {number}"))
            .because(error)
            .next("open it in the shell that starts this, as in `3< FILE`")
    })?;
    let place = std::fs::read_link(format!("/proc/self/fd/{number}")).ok();
    // A file that was deleted, a pipe or a socket has a name that is no path.
    let place = place.filter(|place| place.exists());
    let name = place.clone().unwrap_or_else(|| PathBuf::from(path));
    Ok(Input::Open { file, name, path: place })
}

fn number(path: &Path) -> Option<i32> {
    if path == Path::new("-") || path == Path::new("/dev/stdin") {
        return Some(0);
    }
    let parent = path.parent()?;
    let is_folder = [Path::new("/dev/fd"), Path::new("/proc/self/fd")].contains(&parent);
    if is_folder { path.file_name()?.to_str()?.parse().ok() } else { None }
}

fn duplicate(number: i32) -> filedescriptor::Result<File> {
    FileDescriptor::dup(&number)?.as_file()
}

#[cfg(test)]
mod tests {
    use super::number;
    use std::path::Path;

    #[test]
    fn descriptors_are_told_from_paths() {
        let numbers = ["-", "/dev/stdin", "/dev/fd/3", "/proc/self/fd/12", "/dev/fd/x", "raw.jsonl", "./-"]
            .map(|path| number(Path::new(path)));
        assert_eq!(numbers, [Some(0), Some(0), Some(3), Some(12), None, None, None]);
    }
}
