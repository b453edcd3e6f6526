//! One browser's connection, from the first byte to the last: TLS, the request, the answer or the WebSocket.

use crate::listen::Door;
use crate::stream::Stream;
use crate::waiting::{For, Waiting, Who};
use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsAcceptor};
use sentrix_bridge::{BadRequest, Bucket, LONGEST_HEAD, Outbox, Request, Say};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};
use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};

/// How long TLS and the request may take together.
const GREETING: Duration = Duration::from_secs(10);
/// How long an answer, or a goodbye, may take.
const GOODBYE: Duration = Duration::from_secs(5);
/// A browser that says nothing for so long is asked whether it is there.
const PING: Duration = Duration::from_secs(20);
/// And is gone when it says nothing for so long.
const GONE: Duration = Duration::from_secs(40);
/// Whoever takes nothing for so long reads too slowly.
const SLOW: Duration = Duration::from_secs(15);
/// The longest frame and message of a browser.
const LONGEST: usize = 1 << 20;
/// What may wait for a browser.
const OUTBOX: usize = 8 << 20;
/// What is written to a browser before the others have their turn.
const TURN: usize = 256 << 10;
const BUFFER: usize = 4 << 10;

/// One browser's connection.
#[derive(Debug)]
pub struct Connection {
    /// Who.
    pub peer: SocketAddr,
    /// Where it came in.
    pub door: Door,
    /// Which session it left behind, when it goes: what it shows of itself.
    pub browser: String,
    since: Instant,
    state: State,
    /// For what it is waited.
    waited: Option<For>,
}

#[derive(Debug)]
enum State {
    Bare(TcpStream),
    Greeting(MidHandshakeTlsStream<TcpStream>),
    Head(Stream, Vec<u8>),
    Answer(Stream, Vec<u8>, usize),
    Open(Box<Open>),
    Ended,
}

#[derive(Debug)]
struct Open {
    socket: WebSocket<Stream>,
    outbox: Outbox,
    /// Since when it has taken nothing.
    blocked: Option<Instant>,
    heard: Instant,
    asked: bool,
    messages: Bucket,
    bytes: Bucket,
    /// Since when we say goodbye.
    closing: Option<Instant>,
}

/// What came of a turn.
#[derive(Debug)]
pub enum Step {
    /// Nothing for now.
    Wait,
    /// There is more to do at once.
    More,
    /// There is more to do when the others had their turn.
    Later,
    /// A request.
    Request(Box<Request>, Vec<u8>),
    /// Not even that.
    Bad,
    /// A message.
    Text(String),
    /// It has ended, for this reason.
    Ended(&'static str),
}

impl Connection {
    /// A browser that has just come.
    pub fn new(stream: TcpStream, peer: SocketAddr, door: Door, now: Instant) -> Self {
        let state = match door {
            Door::Page => State::Head(Stream::plain(stream), Vec::new()),
            Door::Socket | Door::Trust => State::Bare(stream),
        };
        Self { peer, door, browser: String::new(), since: now, state, waited: None }
    }

    /// Whether it speaks the WebSocket's protocol by now.
    pub fn is_open(&self) -> bool {
        matches!(&self.state, State::Open(open) if open.closing.is_none())
    }

    /// Sees to it that it is waited for as it is to be.
    pub fn wait(&mut self, id: u64, waiting: &Waiting) -> rustix::io::Result<()> {
        let Some((fd, what)) = self.interest() else { return Ok(()) };
        match self.waited {
            Some(before) if before == what => {}
            Some(_) => waiting.change(Who::Browser(id), fd, what)?,
            None => waiting.add(Who::Browser(id), fd, what)?,
        }
        self.waited = Some(what);
        Ok(())
    }

    fn interest(&self) -> Option<(BorrowedFd<'_>, For)> {
        Some(match &self.state {
            State::Bare(stream) => (stream.as_fd(), For::WORDS),
            State::Greeting(stream) => (stream.get_ref().as_fd(), For::WORDS),
            State::Head(stream, _) => (stream.as_fd(), For::WORDS),
            State::Answer(stream, bytes, at) if *at < bytes.len() => (stream.as_fd(), For::ROOM),
            State::Answer(stream, ..) => (stream.as_fd(), For::WORDS),
            State::Open(open) => {
                // More than a turn's worth may wait for one that takes all it is given.
                let more = open.closing.is_none() && !open.outbox.is_empty();
                let what = if open.blocked.is_some() || more { For::BOTH } else { For::WORDS };
                (open.socket.get_ref().as_fd(), what)
            }
            State::Ended => return None,
        })
    }

    /// Begins a turn.
    pub fn turn(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.socket.get_mut().turn();
        }
    }

    /// Does the next thing.
    pub fn step(&mut self, acceptor: &TlsAcceptor, now: Instant) -> Step {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Bare(stream) => self.greeted(acceptor.accept(stream)),
            State::Greeting(stream) => self.greeted(stream.handshake()),
            State::Head(stream, bytes) => self.head(stream, bytes),
            State::Answer(stream, bytes, at) => self.answering(stream, bytes, at),
            State::Open(mut open) => {
                let step = open.step(now);
                if !matches!(step, Step::Ended(_)) {
                    self.state = State::Open(open);
                }
                step
            }
            State::Ended => Step::Ended("it has ended"),
        }
    }

    /// Looks at the time.
    pub fn tick(&mut self, now: Instant) -> Option<&'static str> {
        let passed = now.saturating_duration_since(self.since);
        match &mut self.state {
            State::Open(open) => open.tick(now),
            State::Answer(..) => (passed >= GOODBYE).then_some("it did not take its answer"),
            _ => (passed >= GREETING).then_some("it did not say what it wants"),
        }
    }

    /// Answers its request, and says goodbye.
    pub fn answer(&mut self, bytes: Vec<u8>, now: Instant) {
        if let State::Head(stream, _) = std::mem::replace(&mut self.state, State::Ended) {
            self.since = now;
            self.state = State::Answer(stream, bytes, 0);
        }
    }

    /// Makes a WebSocket of it.
    pub fn upgrade(&mut self, answer: &[u8], rest: Vec<u8>, now: Instant) {
        let State::Head(mut stream, _) = std::mem::replace(&mut self.state, State::Ended) else { return };
        // A few hundred bytes always fit into a fresh socket.
        if stream.write_all(answer).is_err() {
            return;
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST));
        let socket = WebSocket::from_partially_read(stream, rest, Role::Server, Some(config));
        let messages = Bucket::new(200, 50.0, now);
        let bytes = Bucket::new(8 << 20, f64::from(1 << 20), now);
        let (outbox, blocked, asked, closing) = (Outbox::new(OUTBOX), None, false, None);
        self.state = State::Open(Box::new(Open {
            socket,
            outbox,
            blocked,
            heard: now,
            asked,
            messages,
            bytes,
            closing,
        }));
    }

    /// Puts something into its outbox; why it cannot be told any more.
    pub fn tell(&mut self, say: Say) -> Option<&'static str> {
        let State::Open(open) = &mut self.state else { return None };
        if open.closing.is_some() {
            return None;
        }
        (!open.outbox.push(say, open.blocked.is_some())).then_some("it reads too slowly")
    }

    /// Sends what is in its outbox, as far as it is taken; why it cannot be told any more.
    pub fn send(&mut self, now: Instant) -> Option<&'static str> {
        let State::Open(open) = &mut self.state else { return None };
        if open.blocked.is_none() { open.write(now).err() } else { None }
    }

    /// Says goodbye, with a reason.
    pub fn close(&mut self, code: CloseCode, reason: &'static str, now: Instant) {
        if let State::Open(open) = &mut self.state {
            open.close(code, reason, now);
        }
    }

    fn greeted(
        &mut self,
        greeted: Result<native_tls::TlsStream<TcpStream>, HandshakeError<TcpStream>>,
    ) -> Step {
        match greeted {
            Ok(stream) => {
                self.state = State::Head(Stream::tls(stream), Vec::new());
                Step::More
            }
            Err(HandshakeError::WouldBlock(stream)) => {
                self.state = State::Greeting(stream);
                Step::Wait
            }
            Err(HandshakeError::Failure(_)) => Step::Ended("no TLS"),
        }
    }

    fn head(&mut self, mut stream: Stream, mut bytes: Vec<u8>) -> Step {
        stream.turn();
        let mut buffer = [0; 2048];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Step::Ended("it went away"),
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.state = State::Head(stream, bytes);
                    return Step::Wait;
                }
                Err(_) => return Step::Ended("it went away"),
            }
            let parsed = Request::parse(&bytes);
            if let Ok(None) = parsed {
                continue;
            }
            let rest = match &parsed {
                Ok(Some((_, length))) => bytes.split_off(*length),
                _ => Vec::new(),
            };
            self.state = State::Head(stream, Vec::new());
            return match parsed {
                Ok(Some((request, _))) if rest.len() <= LONGEST_HEAD => {
                    Step::Request(Box::new(request), rest)
                }
                Ok(_) | Err(BadRequest) => Step::Bad,
            };
        }
    }

    fn answering(&mut self, mut stream: Stream, bytes: Vec<u8>, mut at: usize) -> Step {
        while at < bytes.len() {
            match stream.write(&bytes[at..]) {
                Ok(count) => at += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.state = State::Answer(stream, bytes, at);
                    return Step::Wait;
                }
                Err(_) => return Step::Ended("it went away"),
            }
            if at == bytes.len() {
                stream.finish();
            }
        }
        // A close before it has read all would take the answer back; what it still sends is not looked at.
        stream.turn();
        let mut buffer = [0; 2048];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Step::Ended("it was answered"),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !stream.has_more() => {
                    self.state = State::Answer(stream, bytes, at);
                    return Step::Wait;
                }
                Err(_) => return Step::Ended("it was answered"),
            }
        }
    }
}

impl Open {
    fn step(&mut self, now: Instant) -> Step {
        if let Err(why) = self.write(now) {
            return Step::Ended(why);
        }
        let read = self.socket.read();
        let bytes = self.socket.get_mut().take_read();
        if bytes > 0 {
            (self.heard, self.asked) = (now, false);
        }
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if self.closing.is_none() && !self.bytes.take(bytes, now) {
            self.close(CloseCode::Policy, "too much was sent", now);
            return Step::More;
        }
        let message = match read {
            Ok(message) => message,
            Err(error) => return self.failed(error, now),
        };
        if self.closing.is_some() {
            // It may still be sending; it is read until its own goodbye comes.
            return Step::More;
        }
        if !self.messages.take(1, now) {
            self.close(CloseCode::Policy, "too many messages", now);
            return Step::More;
        }
        match message {
            Message::Text(text) => Step::Text(text.to_string()),
            Message::Close(_) => {
                self.closing = Some(now);
                Step::More
            }
            // Pings are answered by the library; what is binary is nobody's protocol.
            _ => Step::More,
        }
    }

    /// Reading has failed, or there was nothing to read.
    fn failed(&mut self, error: Error, now: Instant) -> Step {
        let (code, why) = match error {
            Error::Io(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return if self.socket.get_ref().has_more() { Step::Later } else { Step::Wait };
            }
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                (CloseCode::Size, "the message is too long")
            }
            Error::Utf8(_) => (CloseCode::Invalid, "no UTF-8"),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                return Step::Ended("it went away");
            }
            Error::Protocol(_) => (CloseCode::Protocol, "not the protocol"),
            _ => return Step::Ended("it went away"),
        };
        if self.closing.is_some() {
            // What comes after the goodbye has lost its meaning.
            return Step::Ended(why);
        }
        self.close(code, why, now);
        // It cannot be read any more, so its goodbye is not waited for.
        self.socket.get_mut().finish();
        Step::Ended(why)
    }

    fn close(&mut self, code: CloseCode, reason: &'static str, now: Instant) {
        if self.closing.is_none() {
            self.closing = Some(now);
            // As far as it takes it.
            let _gone = self.socket.close(Some(CloseFrame { code, reason: reason.into() }));
            let _gone = self.socket.flush();
        }
    }

    /// Writes what waits, as far as it is taken.
    fn write(&mut self, now: Instant) -> Result<(), &'static str> {
        let mut written = 0;
        loop {
            match self.socket.flush() {
                Ok(()) => self.blocked = None,
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked.get_or_insert(now);
                    return Ok(());
                }
                Err(_) if self.closing.is_some() => return Ok(()),
                Err(_) => return Err("it went away"),
            }
            if self.closing.is_some() || written >= TURN {
                return Ok(());
            }
            // Several go out as one.
            let mut batch = Vec::new();
            while batch.len() < TURN / 4 {
                let Some(say) = self.outbox.pop() else { break };
                put(&say.text(), &mut batch);
            }
            if batch.is_empty() {
                return Ok(());
            }
            written += batch.len();
            self.socket.get_mut().put(batch);
        }
    }

    fn tick(&mut self, now: Instant) -> Option<&'static str> {
        let since = |at: Instant| now.saturating_duration_since(at);
        if let Some(closing) = self.closing {
            return (since(closing) >= GOODBYE).then_some("it did not say goodbye");
        }
        if self.blocked.is_some_and(|blocked| since(blocked) >= SLOW) {
            return Some("it reads too slowly");
        }
        if since(self.heard) >= GONE {
            return Some("it fell silent");
        }
        if since(self.heard) >= PING && !self.asked {
            self.asked = true;
            let _gone = self.socket.write(Message::Ping(Vec::new().into()));
            return self.write(now).err();
        }
        None
    }
}

/// Puts a frame of text behind others. The library would keep a copy of the longest one for as long as the connection lasts.
fn put(text: &str, frames: &mut Vec<u8>) {
    let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    frames.reserve(16 + text.len());
    // Bytes into memory: there is nothing that could fail.
    let _written = header.format(text.len() as u64, frames);
    frames.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
