//! A browser's connection, with TLS or without, read a little at a time.

use native_tls::TlsStream;
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

/// How much is read from one connection before the others have their turn.
const TURN: usize = 64 << 10;

/// A connection that does not block and reads only so much a turn.
#[derive(Debug)]
pub struct Stream {
    inner: Inner,
    left: usize,
    /// How much was read since it was last asked.
    read: usize,
    /// Whole frames on their way out, and how much of them has gone.
    frames: Vec<u8>,
    gone: usize,
}

#[derive(Debug)]
enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Without TLS.
    pub fn plain(stream: TcpStream) -> Self {
        Self::new(Inner::Plain(stream))
    }

    /// With TLS.
    pub fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self::new(Inner::Tls(Box::new(stream)))
    }

    fn new(inner: Inner) -> Self {
        Self { inner, left: TURN, read: 0, frames: Vec::new(), gone: 0 }
    }

    /// Takes whole frames; they go out before whatever else is written, with the next flush. It is for who has just flushed.
    pub fn put(&mut self, frames: Vec<u8>) {
        (self.frames, self.gone) = (frames, 0);
    }

    /// Begins a turn.
    pub fn turn(&mut self) {
        self.left = TURN;
    }

    /// Whether the turn ended before there was nothing left to read.
    pub fn has_more(&self) -> bool {
        self.left == 0
    }

    /// How much was read since the last call.
    pub fn take_read(&mut self) -> usize {
        std::mem::take(&mut self.read)
    }

    /// Says that nothing more will be written.
    pub fn finish(&mut self) {
        let _gone_already = match &mut self.inner {
            Inner::Plain(stream) => stream.shutdown(Shutdown::Write),
            Inner::Tls(stream) => {
                let _gone_already = stream.shutdown();
                stream.get_ref().shutdown(Shutdown::Write)
            }
        };
    }

    /// Sends the frames, as far as they are taken.
    fn send(&mut self) -> Result<()> {
        if self.frames.is_empty() {
            return Ok(());
        }
        while self.gone < self.frames.len() {
            match self.inner.write(&self.frames[self.gone..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.gone += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // An idle connection keeps nothing, however long its last frame was.
        self.put(Vec::new());
        Ok(())
    }

    fn tcp(&self) -> &TcpStream {
        match &self.inner {
            Inner::Plain(stream) => stream,
            Inner::Tls(stream) => stream.get_ref(),
        }
    }
}

impl Inner {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tcp().as_fd()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let most = buffer.len().min(self.left);
        let count = match &mut self.inner {
            Inner::Plain(stream) => stream.read(&mut buffer[..most]),
            Inner::Tls(stream) => stream.read(&mut buffer[..most]),
        }?;
        self.left -= count;
        self.read = self.read.saturating_add(count);
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.send()?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.send()?;
        match &mut self.inner {
            Inner::Plain(stream) => stream.flush(),
            Inner::Tls(stream) => stream.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn frames_go_out_whole_before_anything_else_and_leave_no_memory() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let near = listener.accept().unwrap().0;
        near.set_nonblocking(true).unwrap();
        let mut stream = Stream::plain(near);
        let frames = vec![b'x'; 64 << 20];
        stream.put(frames.clone());
        // More than a socket takes: neither it nor what comes after it is out yet.
        assert_eq!(stream.flush().map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
        assert_eq!(stream.write(b"pong").map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            far.read_to_end(&mut all).map(|_| all)
        });
        while stream.write(b"pong").is_err() {
            std::thread::yield_now();
        }
        assert_eq!(stream.frames.capacity(), 0);
        drop(stream);
        let all = reader.join().unwrap().unwrap();
        assert!(all.len() == frames.len() + 4 && all.starts_with(&frames) && all.ends_with(b"pong"));
    }
}
