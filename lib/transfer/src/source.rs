//! Where the bytes come from.

use std::io;

/// A place that holds log files: a directory here, or one in a container.
pub trait Source {
    /// A name for this source that stays the same from run to run.
    fn id(&self) -> String;

    /// What is there now. A source that cannot say everything at once fails rather than leave something out.
    ///
    /// # Errors
    /// When it cannot be listed; [`io::ErrorKind::FileTooLarge`] when it holds more names than any record has.
    fn list(&mut self) -> io::Result<Vec<Item>>;

    /// Reads a regular file from an offset on until the buffer is full or the file ends; says how much was read.
    /// Follows no link, whatever the listing said.
    ///
    /// # Errors
    /// As the source says; also when the name is no regular file with a single name. [`io::ErrorKind::NotConnected`] when it is
    /// not this file but the source that is gone: the pass ends.
    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn id(&self) -> String {
        (**self).id()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        (**self).list()
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read(name, offset, buffer)
    }
}

/// One name of a listing. Nothing in it can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name.
    pub name: String,
    /// What it is the name of.
    pub kind: ItemKind,
    /// Bytes in it.
    pub size: u64,
    /// Different whenever the content may be: what the source's system knows about its last change.
    pub marker: String,
}

/// What a name in a listing stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A regular file that has this name alone.
    File,
    /// A file that has other names too: any of them may be outside.
    HardLink,
    /// A symbolic link.
    Link,
    /// A directory.
    Directory,
    /// A device, a pipe, a socket.
    Other,
}

impl ItemKind {
    /// What to call it in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::File => "a regular file",
            Self::HardLink => "a file with several names",
            Self::Link => "a symbolic link",
            Self::Directory => "a directory",
            Self::Other => "a device, pipe or socket",
        }
    }
}
