//! An open source: how far it was read, and how its content is seen to change.
//!
//! Every read of a file fetches the bytes just before the place that was reached along with the new ones, in one
//! call, and compares them: content that was exchanged under the same inode is never taken for a continuation.

use crate::identity::{FileId, Position, Trail, WINDOW, born};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sentrix_record::frame::{Checker, Framer};
use std::fs::File;
use std::io::{self, IoSliceMut};

/// How much is asked for at once.
const CHUNK: usize = 256 * 1024;

/// What a read came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// There are this many new bytes.
    Data(usize),
    /// There is nothing more at the moment.
    Quiet,
    /// There will never be more: the writers of a stream are gone.
    Finished,
    /// The file is shorter than what was seen of it.
    Truncated,
    /// The bytes before the place that was reached are other ones than those that were read.
    Rewritten,
}

/// An open source, and the lines in it that are not yet recorded.
#[derive(Debug)]
pub struct Source {
    file: File,
    id: FileId,
    born: Option<u64>,
    stream: bool,
    trail: Trail,
    /// What was read; take lines from it.
    pub framer: Framer,
    /// Tells whether its lines are events.
    pub checker: Checker,
}

impl Source {
    /// Takes an open file (or pipe, socket, terminal) from its beginning.
    ///
    /// # Errors
    /// When the system does not tell what it is.
    pub fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            id: FileId::from(&metadata),
            born: born(&metadata),
            stream: !metadata.is_file(),
            file,
            trail: Trail::default(),
            framer: Framer::new(0),
            checker: Checker::default(),
        })
    }

    /// Takes an open file from an offset on, that had been read up to a position; `None` when its content is another one.
    ///
    /// # Errors
    /// As the system says.
    pub fn resume(file: File, offset: u64, known: &Position) -> io::Result<Option<Self>> {
        let trail = match Trail::read(&file, offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            trail => trail?,
        };
        // Only now: what was read before is then of the content that is known.
        if !known.is_in(&file)? {
            return Ok(None);
        }
        Ok(Some(Self { trail, framer: Framer::new(offset), ..Self::new(file)? }))
    }

    /// Goes back to the beginning of the file, whose content is a new one.
    pub fn rewind(&mut self) {
        self.trail = Trail::default();
        self.framer = Framer::new(0);
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Its device and inode.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Whether it is a pipe or the like: read once, in order, without a place to come back to.
    pub fn is_stream(&self) -> bool {
        self.stream
    }

    /// The place that was reached, to be found again after a restart; a stream has none.
    pub fn position(&self) -> Option<Position> {
        let position =
            || self.trail.position(self.id, self.born, self.framer.offset(), self.framer.read_offset());
        (!self.stream).then(position)
    }

    /// Reads on.
    ///
    /// # Errors
    /// As the system says.
    pub fn read(&mut self) -> io::Result<Read> {
        loop {
            let read = if self.stream { self.read_stream() } else { self.read_file() };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    fn read_stream(&mut self) -> io::Result<Read> {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&now))? == 0 {
            return Ok(Read::Quiet);
        }
        match rustix::io::read(&self.file, self.framer.space(CHUNK)) {
            Ok(0) => Ok(Read::Finished),
            Ok(read) => {
                self.framer.filled(read);
                Ok(Read::Data(read))
            }
            Err(rustix::io::Errno::AGAIN) => Ok(Read::Quiet),
            Err(error) => Err(error.into()),
        }
    }

    fn read_file(&mut self) -> io::Result<Read> {
        let known = self.trail.before.len();
        let mut found = [0; WINDOW];
        let found = &mut found[..known];
        let start = self.framer.read_offset() - known as u64;
        let space = self.framer.space(CHUNK);
        let read =
            rustix::io::preadv(&self.file, &mut [IoSliceMut::new(found), IoSliceMut::new(space)], start)?;
        match read.checked_sub(known) {
            None => Ok(Read::Truncated),
            Some(_) if found != self.trail.before => Ok(Read::Rewritten),
            Some(0) => Ok(Read::Quiet),
            Some(new) => {
                self.trail.advance(&space[..new]);
                self.framer.filled(new);
                Ok(Read::Data(new))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::frame::Frame;
    use std::io::{Seek, Write};

    fn source(content: &[u8]) -> (File, Source) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let source = Source::new(file.try_clone().unwrap()).unwrap();
        (file, source)
    }

    fn line(source: &mut Source) -> Option<String> {
        source.framer.next().map(|frame| match frame {
            Frame::Line(line) => String::from_utf8(line.bytes.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_line_without_end_stays_in_the_source() {
        let (mut file, mut source) = source(b"one\ntw");
        assert_eq!(source.read().unwrap(), Read::Data(6));
        assert_eq!((line(&mut source).as_deref(), line(&mut source)), (Some("one"), None));
        let position = source.position().unwrap();
        assert_eq!((position.offset, position.seen), (4, 6));
        file.write_all(b"o\n").unwrap();
        assert_eq!(source.read().unwrap(), Read::Data(2));
        assert_eq!(line(&mut source).as_deref(), Some("two"));
        assert_eq!(source.read().unwrap(), Read::Quiet);
    }

    #[test]
    fn a_file_that_shrank_is_seen() {
        let (file, mut source) = source(b"one\n");
        source.read().unwrap();
        file.set_len(0).unwrap();
        assert_eq!(source.read().unwrap(), Read::Truncated);
    }

    #[test]
    fn a_file_that_was_cut_and_grew_beyond_the_offset_is_seen() {
        let (mut file, mut source) = source(b"one\n");
        source.read().unwrap();
        file.set_len(0).unwrap();
        file.rewind().unwrap();
        file.write_all(b"another line\n").unwrap();
        assert_eq!(source.read().unwrap(), Read::Rewritten);
        source.rewind();
        source.read().unwrap();
        assert_eq!(line(&mut source).as_deref(), Some("another line"));
    }

    #[test]
    fn a_position_is_found_again() {
        let (file, mut first) = source(b"one\ntwo\n");
        first.read().unwrap();
        line(&mut first);
        let position = first.position().unwrap();
        assert!(position.is_in(&file).unwrap());
        let mut again = Source::resume(file, position.offset, &position).unwrap().unwrap();
        assert_eq!(again.read().unwrap(), Read::Data(4));
        assert_eq!(line(&mut again).as_deref(), Some("two"));
    }

    #[test]
    fn another_content_is_not_resumed() {
        let (mut file, mut first) = source(b"one\ntwo\n");
        first.read().unwrap();
        let position = first.position().unwrap();
        file.set_len(0).unwrap();
        file.rewind().unwrap();
        assert!(Source::resume(file.try_clone().unwrap(), 4, &position).unwrap().is_none());
        file.write_all(b"other content, and longer").unwrap();
        assert!(Source::resume(file, 4, &position).unwrap().is_none());
    }

    #[test]
    fn a_pipe_is_read_until_its_writers_are_gone() {
        let (read, mut write) = io::pipe().unwrap();
        let mut source = Source::new(File::from(std::os::fd::OwnedFd::from(read))).unwrap();
        assert_eq!((source.read().unwrap(), source.position()), (Read::Quiet, None));
        write.write_all(b"one\n").unwrap();
        assert_eq!(source.read().unwrap(), Read::Data(4));
        drop(write);
        assert_eq!(source.read().unwrap(), Read::Finished);
        assert_eq!(line(&mut source).as_deref(), Some("one"));
    }
}
