//! One connection of those that are carried.

use crate::Error;
use crate::frame::{Frame, MOST_PAYLOAD, encode};
use rustix::event::PollFlags;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

/// How many bytes of one direction may be on their way, from one side's reading to the other side's writing.
pub const WINDOW: u32 = 128 * 1024;

/// A connection and what is known of its two directions.
#[derive(Debug)]
pub struct Channel {
    pub stream: UnixStream,
    /// How many bytes the other side still takes.
    credit: u32,
    /// Our own end has ended, and the other side was told.
    ended: bool,
    /// What came and is not written yet; never more than [`WINDOW`].
    waiting: VecDeque<u8>,
    /// How many bytes the other side may still send.
    allowed: u32,
    /// What was written since credit was last given.
    owed: u32,
    /// The other side has ended, and nothing more may come.
    far_ended: bool,
    /// The other side's end was passed on.
    shut: bool,
    /// The stream took no more when it was last tried.
    blocked: bool,
}

/// Whether a connection goes on.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    Open,
    /// Both directions ended, and both sides know.
    Done,
    /// It broke: the other side has to be told.
    Broken,
}

impl Channel {
    /// A connection that was just made.
    pub fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            credit: WINDOW,
            ended: false,
            waiting: VecDeque::new(),
            allowed: WINDOW,
            owed: 0,
            far_ended: false,
            shut: false,
            blocked: false,
        })
    }

    /// What to wait for; nothing when it can only be woken by the other side. A stream without interest is not polled at all: the
    /// end of its peer would be told again and again.
    pub fn interest(&self, room: bool) -> PollFlags {
        let mut interest = PollFlags::empty();
        interest.set(PollFlags::IN, room && !self.ended && self.credit > 0);
        interest.set(PollFlags::OUT, self.blocked);
        interest
    }

    /// The stream may take more again.
    pub fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Bytes from the other side.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.far_ended {
            return Err(Error::Malformed("data after the end"));
        }
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.allowed = self
            .allowed
            .checked_sub(length)
            .ok_or(Error::Malformed("more data than there was credit for"))?;
        self.waiting.extend(bytes);
        Ok(())
    }

    /// The other side has ended.
    pub fn far_end(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.far_ended, true) {
            return Err(Error::Malformed("a second end"));
        }
        Ok(())
    }

    /// The connection is gone on the other side. What came before is still written: a server may answer and close without reading on.
    pub fn far_reset(&mut self) {
        self.ended = true;
        self.far_ended = true;
    }

    /// The other side takes more.
    pub fn grant(&mut self, more: u32) -> Result<(), Error> {
        match self.credit.checked_add(more) {
            Some(credit) if more > 0 && credit <= WINDOW => self.credit = credit,
            _ => return Err(Error::Malformed("credit for more than was sent")),
        }
        Ok(())
    }

    /// Reads once, as much as the other side takes.
    pub fn read(&mut self, id: u32, buffer: &mut [u8; MOST_PAYLOAD], out: &mut VecDeque<u8>) -> Fate {
        if self.ended {
            return Fate::Open;
        }
        let most = usize::try_from(self.credit).unwrap_or(MOST_PAYLOAD).min(MOST_PAYLOAD);
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Fate::Open };
        match self.stream.read(room) {
            Ok(0) => {
                self.ended = true;
                encode(id, Frame::End, out);
                self.fate()
            }
            Ok(length) => {
                self.credit -= u32::try_from(length).unwrap_or(self.credit).min(self.credit);
                encode(id, Frame::Data(room.get(..length).unwrap_or_default()), out);
                Fate::Open
            }
            Err(error) if passing(&error) => Fate::Open,
            Err(_) => Fate::Broken,
        }
    }

    /// Writes what waits, as far as the stream takes it, and gives credit for what it took.
    pub fn write(&mut self, id: u32, out: &mut VecDeque<u8>) -> Fate {
        while !self.blocked && !self.waiting.is_empty() {
            match self.stream.write(self.waiting.as_slices().0) {
                Ok(0) => return Fate::Broken,
                Ok(length) => {
                    self.waiting.drain(..length);
                    self.owed += u32::try_from(length).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if passing(&error) => self.blocked = true,
                Err(_) => return Fate::Broken,
            }
        }
        if self.owed >= WINDOW / 2 && !self.far_ended {
            encode(id, Frame::Credit(self.owed), out);
            self.allowed += std::mem::take(&mut self.owed);
        }
        if self.far_ended && self.waiting.is_empty() && !self.shut {
            self.shut = true;
            // A peer that is gone already is no error.
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        self.fate()
    }

    fn fate(&self) -> Fate {
        if self.ended && self.shut { Fate::Done } else { Fate::Open }
    }
}

fn passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
