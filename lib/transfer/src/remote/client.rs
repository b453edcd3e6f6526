//! The side that asks.

use super::wire::{
    ERROR, HELLO, HERE, LIST, MAX_ITEMS, MAX_READ, READ, SAME, array, broken, error_kind, kind, put_text,
    text,
};
use crate::source::{Item, Source};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// So many pieces are asked for ahead, so that the one side reads while the other checks.
const AHEAD: usize = 3;

/// A source at the other end of a pair of streams.
pub struct Remote<R, W> {
    id: String,
    input: R,
    output: W,
    greeted: bool,
    ended: bool,
    listing: Vec<Item>,
    /// What was asked for and not yet answered.
    asked: VecDeque<Asked>,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    name: String,
    offset: u64,
    length: usize,
}

impl<R, W> std::fmt::Debug for Remote<R, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<R: Read, W: Write> Remote<R, W> {
    /// Asks over these streams. After an error other than the source's own, they are of no more use.
    pub fn new(id: &str, input: R, output: W) -> Self {
        Self {
            id: id.to_owned(),
            input,
            output,
            greeted: false,
            ended: false,
            listing: Vec::new(),
            asked: VecDeque::new(),
        }
    }

    /// Whether the conversation has ended: the other side is gone, or broke the rules.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Does something, unless the conversation has ended; an error that leaves it in mid-sentence ends it.
    fn unless_ended<T>(&mut self, act: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        if self.ended {
            return Err(ErrorKind::NotConnected.into());
        }
        let done = self.greet().and_then(|()| act(self));
        self.ended |= done.as_ref().is_err_and(is_fatal);
        done
    }

    fn greet(&mut self) -> io::Result<()> {
        if !self.greeted {
            let hello: [u8; HELLO.len()] = array(&mut self.input)?;
            if hello != HELLO {
                return Err(broken("it does not begin with its name and version"));
            }
            self.greeted = true;
        }
        Ok(())
    }

    fn ask(&mut self, name: &str, offset: u64, length: usize) -> io::Result<()> {
        let mut question = vec![READ];
        question.extend(offset.to_be_bytes());
        question.extend(u32::try_from(length).unwrap_or(0).to_be_bytes());
        put_text(&mut question, name);
        self.output.write_all(&question)?;
        self.output.flush()?;
        self.asked.push_back(Asked { name: name.to_owned(), offset, length });
        Ok(())
    }

    /// Whether the answer is what was asked for; an error of the source is given as such.
    fn answer(&mut self) -> io::Result<u8> {
        let [status] = array(&mut self.input)?;
        if status != ERROR {
            return Ok(status);
        }
        let [code] = array(&mut self.input)?;
        let message = text(&mut self.input)?;
        Err(io::Error::new(error_kind(code), message))
    }

    /// Takes the next answer into a buffer.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.answer()? != HERE {
            return Err(broken("no answer to a read"));
        }
        let length = u32::from_be_bytes(array(&mut self.input)?);
        let length = usize::try_from(length).ok().filter(|length| *length <= buffer.len());
        let length = length.ok_or_else(|| broken("more bytes than were asked for"))?;
        self.input.read_exact(&mut buffer[..length])?;
        Ok(length)
    }

    /// Lets go of what was asked for ahead.
    fn forget(&mut self) -> io::Result<()> {
        let mut nowhere = Vec::new();
        while let Some(asked) = self.asked.pop_front() {
            nowhere.resize(asked.length, 0);
            match self.take(&mut nowhere) {
                Ok(_) => {}
                Err(error) if is_fatal(&error) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn piece(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted =
            |asked: &Asked| asked.name == name && asked.offset == offset && asked.length == buffer.len();
        if !self.asked.front().is_some_and(wanted) {
            self.forget()?;
            self.ask(name, offset, buffer.len())?;
        }
        if buffer.len() == MAX_READ {
            // Whoever reads so much reads on.
            while self.asked.len() < AHEAD {
                let next = self.asked.back().map_or(offset, |last| last.offset + last.length as u64);
                self.ask(name, next, MAX_READ)?;
            }
        }
        self.asked.pop_front();
        self.take(buffer)
    }

    fn listing(&mut self) -> io::Result<Vec<Item>> {
        // What was read ahead may be older than this listing, and is not read again while it stays the same.
        self.forget()?;
        self.output.write_all(&[LIST])?;
        self.output.flush()?;
        match self.answer()? {
            SAME => return Ok(self.listing.clone()),
            HERE => {}
            _ => return Err(broken("no answer to a listing")),
        }
        let count = u32::from_be_bytes(array(&mut self.input)?);
        if count > MAX_ITEMS {
            self.ended = true;
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut listing = Vec::new();
        for _ in 0..count {
            let [code] = array(&mut self.input)?;
            let size = u64::from_be_bytes(array(&mut self.input)?);
            let (name, marker) = (text(&mut self.input)?, text(&mut self.input)?);
            listing.push(Item { name, kind: kind(code)?, size, marker });
        }
        self.listing.clone_from(&listing);
        Ok(listing)
    }

    fn pieces(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let end = buffer.len().min(filled + MAX_READ);
            let piece = end - filled;
            let read = self.piece(name, offset + filled as u64, &mut buffer[filled..end])?;
            filled += read;
            if read < piece {
                break;
            }
        }
        Ok(filled)
    }
}

/// Whether an error leaves the streams in the middle of something.
fn is_fatal(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::FileTooLarge | ErrorKind::Other
    )
}

impl<R: Read, W: Write> Source for Remote<R, W> {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        self.unless_ended(Self::listing)
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.unless_ended(|remote| remote.pieces(name, offset, buffer))
    }
}
