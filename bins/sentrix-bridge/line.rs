//! The stream to the gateway: a command's standard input and output, or TCP.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// The stream to the gateway. It does not block.
#[derive(Debug)]
pub struct Line {
    inner: Inner,
    /// The last read took all that was there: the next one says so without asking the kernel. Whoever polls hears of what has come since.
    empty: bool,
}

#[derive(Debug)]
enum Inner {
    Command(UnixStream),
    Tcp(TcpStream),
}

impl Line {
    /// A command's.
    pub fn command(stream: UnixStream) -> Self {
        Self { inner: Inner::Command(stream), empty: false }
    }

    /// An address's.
    pub fn tcp(stream: TcpStream) -> Self {
        Self { inner: Inner::Tcp(stream), empty: false }
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.inner {
            Inner::Command(stream) => stream.as_fd(),
            Inner::Tcp(stream) => stream.as_fd(),
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if std::mem::take(&mut self.empty) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = match &mut self.inner {
            Inner::Command(stream) => stream.read(buffer),
            Inner::Tcp(stream) => stream.read(buffer),
        }?;
        self.empty = (1..buffer.len()).contains(&count);
        Ok(count)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match &mut self.inner {
            Inner::Command(stream) => stream.write(bytes),
            Inner::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match &mut self.inner {
            Inner::Command(stream) => stream.flush(),
            Inner::Tcp(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_whole_is_not_asked_for_again_and_nothing_is_missed() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut line = Line::command(ours);
        let mut buffer = [0; 4];
        let mut read = |line: &mut Line| line.read(&mut buffer).map_err(|error| error.kind());
        theirs.write_all(b"123456").unwrap();
        assert_eq!((read(&mut line), read(&mut line)), (Ok(4), Ok(2)));
        // It came after the read that emptied the stream: poll(2) tells of it.
        theirs.write_all(b"7").unwrap();
        assert_eq!((read(&mut line), read(&mut line)), (Err(ErrorKind::WouldBlock), Ok(1)));
        drop(theirs);
        assert_eq!((read(&mut line), read(&mut line)), (Err(ErrorKind::WouldBlock), Ok(0)));
    }
}
