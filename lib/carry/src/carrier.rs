//! One side of a carrier: a loop that moves bytes between its connections and the pair of streams.

use crate::Error;
use crate::channel::{Channel, Fate};
use crate::frame::{Frame, GREETING, MOST_PAYLOAD, decode, encode};
use crate::wait::wait;
use rustix::event::PollFlags;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

/// As many connections at once; more wait to be accepted.
pub const MOST_CHANNELS: usize = 128;
/// Connections are not read while this much waits for the other side.
const ROOM: usize = 256 * 1024;
/// The other side is not listened to while this much waits for it. Two honest sides never come near it: answers are small, and data
/// stops at [`ROOM`]. Whoever asks without reading the answers waits.
const STOP: usize = 1024 * 1024;
/// How much is read at a time.
const PIECE: usize = 128 * 1024;

/// Which side this is.
pub enum Side<'a> {
    /// Inside: each connection to a listener becomes a channel; the listener's place is the service.
    Near(Vec<UnixListener>),
    /// Outside: gives a connection to the service of this number. An error is that connection's end, not the carrier's.
    Far(&'a mut dyn FnMut(u8) -> io::Result<UnixStream>),
}

impl std::fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Near(_) => "Near",
            Self::Far(_) => "Far",
        })
    }
}

/// Carries until `input` ends; `ready` is called once the other side has greeted. However it ends, all connections are closed.
///
/// # Errors
/// When the other side is none, breaks the rules, or ends in the middle of a frame.
pub fn carry(
    input: impl AsFd,
    output: impl AsFd,
    side: Side<'_>,
    ready: &mut dyn FnMut(),
) -> Result<(), Error> {
    let (input, output) = (input.as_fd(), output.as_fd());
    fcntl_setfl(output, fcntl_getfl(output)? | OFlags::NONBLOCK)?;
    let mut carrier = Carrier::new(side);
    loop {
        let events = carrier.events(input, output)?;
        if events.input && !carrier.receive(input, ready)? {
            return Ok(());
        }
        carrier.accept(&events.listeners);
        carrier.read(&events.channels);
        carrier.write(&events.channels);
        if !carrier.send(output)? {
            return Ok(());
        }
    }
}

/// What is ready.
struct Events {
    input: bool,
    listeners: Vec<usize>,
    channels: Vec<(u32, PollFlags)>,
}

struct Carrier<'a> {
    side: Side<'a>,
    channels: BTreeMap<u32, Channel>,
    /// The highest number that a channel ever had.
    last: u32,
    /// Which channel was read last: the next round begins behind it.
    turn: u32,
    greeted: bool,
    /// What came and is not a whole frame yet.
    incoming: Vec<u8>,
    outgoing: VecDeque<u8>,
    /// What is read of the input at a time.
    piece: Box<[u8; PIECE]>,
    /// What is read of a connection at a time.
    buffer: Box<[u8; MOST_PAYLOAD]>,
}

impl<'a> Carrier<'a> {
    fn new(side: Side<'a>) -> Self {
        Self {
            side,
            channels: BTreeMap::new(),
            last: 0,
            turn: 0,
            greeted: false,
            incoming: Vec::new(),
            outgoing: GREETING.into(),
            piece: Box::new([0; PIECE]),
            buffer: Box::new([0; MOST_PAYLOAD]),
        }
    }

    fn events(&self, input: BorrowedFd<'_>, output: BorrowedFd<'_>) -> Result<Events, Error> {
        let room = self.outgoing.len() < ROOM;
        let listen = self.greeted && self.channels.len() < MOST_CHANNELS;
        let flag = |flag: PollFlags, wanted: bool| if wanted { flag } else { PollFlags::empty() };
        let mut of = vec![(input, flag(PollFlags::IN, self.outgoing.len() < STOP))];
        let listeners: &[UnixListener] = match &self.side {
            Side::Near(listeners) if listen => listeners,
            _ => &[],
        };
        of.extend(listeners.iter().map(|listener| (listener.as_fd(), PollFlags::IN)));
        let channels = self.channels.iter().map(|(id, channel)| (*id, channel, channel.interest(room)));
        let channels: Vec<_> = channels.filter(|(_, _, interest)| !interest.is_empty()).collect();
        of.extend(channels.iter().map(|(_, channel, interest)| (channel.stream.as_fd(), *interest)));
        // Last, and only while something waits for it: its end alone is told by the end of the input.
        of.extend((!self.outgoing.is_empty()).then_some((output, PollFlags::OUT)));
        let ready = wait(&of)?;
        let (first, rest) = ready.split_at(1);
        let (of_listeners, of_channels) = rest.split_at(listeners.len());
        let places = of_listeners.iter().enumerate().filter(|(_, ready)| !ready.is_empty());
        let ids = channels.iter().zip(of_channels).filter(|(_, ready)| !ready.is_empty());
        Ok(Events {
            input: first.first().is_some_and(|ready| !ready.is_empty()),
            listeners: places.map(|(place, _)| place).collect(),
            channels: ids.map(|((id, ..), ready)| (*id, *ready)).collect(),
        })
    }

    /// Reads once and does what it says; no when the other side has ended.
    fn receive(&mut self, input: BorrowedFd<'_>, ready: &mut dyn FnMut()) -> Result<bool, Error> {
        match rustix::io::read(input, &mut *self.piece) {
            Ok(0) if self.incoming.is_empty() => return Ok(false),
            Ok(0) => return Err(if self.greeted { Error::Cut } else { Error::Stranger }),
            Ok(length) => self.incoming.extend_from_slice(self.piece.get(..length).unwrap_or_default()),
            Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
            Err(Errno::CONNRESET) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let mut incoming = std::mem::take(&mut self.incoming);
        let mut rest = incoming.as_slice();
        if !self.greeted {
            rest = match rest.strip_prefix(&GREETING) {
                Some(rest) => rest,
                None if GREETING.starts_with(rest) => {
                    self.incoming = incoming;
                    return Ok(true);
                }
                None => return Err(Error::Stranger),
            };
            self.greeted = true;
            ready();
        }
        while let Some((id, frame, length)) = decode(rest)? {
            self.heed(id, frame)?;
            rest = rest.get(length..).unwrap_or_default();
        }
        let done = incoming.len() - rest.len();
        incoming.drain(..done);
        self.incoming = incoming;
        Ok(true)
    }

    fn heed(&mut self, id: u32, frame: Frame<'_>) -> Result<(), Error> {
        if let Frame::Open(service) = frame {
            return self.open(id, service);
        }
        if id > self.last {
            return Err(Error::Malformed("a channel that was never opened"));
        }
        // What is closed here may still be written to there: that was on its way.
        let Some(channel) = self.channels.get_mut(&id) else { return Ok(()) };
        match frame {
            Frame::Open(_) => {}
            Frame::Data(bytes) => channel.push(bytes)?,
            Frame::End => channel.far_end()?,
            Frame::Credit(more) => channel.grant(more)?,
            Frame::Reset => channel.far_reset(),
        }
        Ok(())
    }

    fn open(&mut self, id: u32, service: u8) -> Result<(), Error> {
        let Side::Far(connect) = &mut self.side else {
            return Err(Error::Malformed("only the near side opens channels"));
        };
        if id <= self.last {
            return Err(Error::Malformed("a channel that was opened before"));
        }
        self.last = id;
        // The near side counts a connection as done a little earlier than this one does: no reason to end everything.
        let made = if self.channels.len() < MOST_CHANNELS {
            connect(service).and_then(Channel::new).ok()
        } else {
            None
        };
        match made {
            Some(channel) => drop(self.channels.insert(id, channel)),
            None => encode(id, Frame::Reset, &mut self.outgoing),
        }
        Ok(())
    }

    fn accept(&mut self, ready: &[usize]) {
        let Side::Near(listeners) = &self.side else { return };
        for place in ready {
            let service = u8::try_from(*place).unwrap_or(u8::MAX);
            let accepted = listeners.get(*place).map(|listener| listener.accept());
            let made = accepted.and_then(|made| made.and_then(|(stream, _)| Channel::new(stream)).ok());
            let Some(channel) = made else {
                // A peer that went away before it was accepted; or out of descriptors, and then nothing is gained by haste.
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            self.last = self.last.saturating_add(1);
            encode(self.last, Frame::Open(service), &mut self.outgoing);
            self.channels.insert(self.last, channel);
        }
    }

    /// Reads each ready connection once, beginning behind the one that was read last, until there is no room.
    fn read(&mut self, ready: &[(u32, PollFlags)]) {
        let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let mut ids: Vec<u32> =
            ready.iter().filter(|(_, ready)| ready.intersects(readable)).map(|(id, _)| *id).collect();
        let behind = ids.partition_point(|id| *id <= self.turn);
        ids.rotate_left(behind);
        for id in ids {
            if self.outgoing.len() >= ROOM {
                return;
            }
            self.turn = id;
            let Some(channel) = self.channels.get_mut(&id) else { continue };
            let fate = channel.read(id, &mut self.buffer, &mut self.outgoing);
            self.settle(id, &fate);
        }
    }

    fn write(&mut self, ready: &[(u32, PollFlags)]) {
        let writable = PollFlags::OUT | PollFlags::HUP | PollFlags::ERR;
        for (id, _) in ready.iter().filter(|(_, ready)| ready.intersects(writable)) {
            if let Some(channel) = self.channels.get_mut(id) {
                channel.unblock();
            }
        }
        let fates: Vec<(u32, Fate)> = self
            .channels
            .iter_mut()
            .map(|(id, channel)| (*id, channel.write(*id, &mut self.outgoing)))
            .collect();
        for (id, fate) in fates {
            self.settle(id, &fate);
        }
    }

    fn settle(&mut self, id: u32, fate: &Fate) {
        match fate {
            Fate::Open => return,
            Fate::Done => {}
            Fate::Broken => encode(id, Frame::Reset, &mut self.outgoing),
        }
        self.channels.remove(&id);
    }

    /// Writes what waits, as far as it goes; no when the other side is gone.
    fn send(&mut self, output: BorrowedFd<'_>) -> Result<bool, Error> {
        while !self.outgoing.is_empty() {
            match rustix::io::write(output, self.outgoing.as_slices().0) {
                Ok(length) => drop(self.outgoing.drain(..length)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(true),
                Err(Errno::PIPE | Errno::CONNRESET) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}
