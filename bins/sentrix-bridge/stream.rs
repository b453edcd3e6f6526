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
}

#[derive(Debug)]
enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Without TLS.
    pub fn plain(stream: TcpStream) -> Self {
        Self { inner: Inner::Plain(stream), left: TURN, read: 0 }
    }

    /// With TLS.
    pub fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self { inner: Inner::Tls(Box::new(stream)), left: TURN, read: 0 }
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

    fn tcp(&self) -> &TcpStream {
        match &self.inner {
            Inner::Plain(stream) => stream,
            Inner::Tls(stream) => stream.get_ref(),
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
        match &mut self.inner {
            Inner::Plain(stream) => stream.write(bytes),
            Inner::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match &mut self.inner {
            Inner::Plain(stream) => stream.flush(),
            Inner::Tls(stream) => stream.flush(),
        }
    }
}
