//! What to follow: a path, whatever file stands there now, or a descriptor that was opened for us.

use crate::identity::{FileId, Position};
use rustix::fs::OFlags;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// `O_NONBLOCK`: the bits of an `O_` flag fit into the C integer that they are.
const NONBLOCK: i32 = OFlags::NONBLOCK.bits().cast_signed();

/// What is followed.
#[derive(Debug)]
pub enum Input {
    /// A path: when another file is put there, that one is followed.
    Path(PathBuf),
    /// An open descriptor: this very file, even where its path could not be opened again.
    Open {
        /// The descriptor.
        file: File,
        /// What to call it.
        name: PathBuf,
        /// Where the file stands, as a hint for the directory watch.
        path: Option<PathBuf>,
    },
}

/// What stands at the input's path now.
#[derive(Debug)]
pub enum Look {
    /// The file that is being followed.
    Same,
    /// Nothing.
    Missing,
    /// Another file, opened.
    Other(File),
}

impl Input {
    /// What to call it in messages and gap events.
    pub fn name(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Open { name, .. } => name,
        }
    }

    /// The path to watch, if there is one.
    pub fn watched(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Open { path, .. } => path.as_deref(),
        }
    }

    /// Whether it is there and a pipe or the like. A pipe must be opened once: what its writer sees is that it was
    /// opened, and what it then writes is gone when it is closed again.
    pub fn is_stream(&self) -> bool {
        self.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
    }

    /// Whether it is there.
    pub fn is_there(&self) -> bool {
        self.metadata().is_ok()
    }

    fn metadata(&self) -> io::Result<fs::Metadata> {
        match self {
            Self::Path(path) => fs::metadata(path),
            Self::Open { file, .. } => file.metadata(),
        }
    }

    /// Opens it; `None` when it is not there yet.
    ///
    /// # Errors
    /// When it is there and cannot be opened, or is a directory.
    pub fn open(&self) -> io::Result<Option<File>> {
        let opened = match self {
            // A FIFO without a writer must not hold us up.
            Self::Path(path) => File::options().read(true).custom_flags(NONBLOCK).open(path),
            Self::Open { file, .. } => file.try_clone(),
        };
        match opened {
            Ok(file) if file.metadata()?.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks whether the path still names the file that is followed.
    ///
    /// # Errors
    /// When another file is there and cannot be opened.
    pub fn look(&self, followed: FileId) -> io::Result<Look> {
        let Self::Path(path) = self else { return Ok(Look::Same) };
        match fs::metadata(path) {
            Ok(metadata) if FileId::from(&metadata) == followed => return Ok(Look::Same),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Missing),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        match self.open()? {
            None => Ok(Look::Missing),
            // It may have been moved between the two calls: what was opened counts.
            Some(file) if FileId::from(&file.metadata()?) == followed => Ok(Look::Same),
            Some(file) => Ok(Look::Other(file)),
        }
    }

    /// Finds a file that had been read up to a position and was renamed since: in the directory of the input, by inode
    /// and content.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn find_renamed(&self, position: &Position) -> io::Result<Option<File>> {
        let Self::Path(path) = self else { return Ok(None) };
        // An inode alone may be any later file's.
        if !position.is_telling() {
            return Ok(None);
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // A name that vanishes meanwhile, or may not be opened, is not the one that can be read.
            let candidate = entry.file_type().is_ok_and(|kind| kind.is_file())
                && entry.metadata().is_ok_and(|metadata| FileId::from(&metadata).ino == position.id.ino);
            if let Some(file) = candidate.then(|| File::open(entry.path()).ok()).flatten()
                && position.is_in(&file)?
            {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }
}

/// A file that had been read before, or why it cannot be read on.
#[derive(Debug)]
pub enum Found {
    /// It stands where it stood.
    Here(File),
    /// It was renamed; what it is called now holds another file, or none.
    Renamed(File),
    /// The file is there, its content is another one.
    Rewritten,
    /// No file of this inode is there.
    Gone,
}

impl Found {
    /// Looks for a source that had been read up to a position.
    ///
    /// # Errors
    /// When a file or the directory cannot be read.
    pub fn find(input: &Input, position: &Position) -> io::Result<Self> {
        let Some(file) = input.open()? else { return Self::elsewhere(input, position) };
        if position.is_in(&file)? {
            return Ok(Self::Here(file));
        }
        if file.metadata().is_ok_and(|metadata| FileId::from(&metadata) == position.id) {
            return Ok(Self::Rewritten);
        }
        Self::elsewhere(input, position)
    }

    fn elsewhere(input: &Input, position: &Position) -> io::Result<Self> {
        match input.find_renamed(position) {
            Ok(found) => Ok(found.map_or(Self::Gone, Self::Renamed)),
            // The directory of an input that is not there yet may be missing too.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Gone),
            Err(error) => Err(error),
        }
    }
}
