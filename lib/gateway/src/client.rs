//! A session over a WebSocket over a stream.

use crate::credentials::Credentials;
use crate::error::GatewayError;
use crate::event::Event;
use crate::hello::Hello;
use crate::limits::Limits;
use crate::session::Session;
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::client::client_with_config;
use tungstenite::error::Error;
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

/// Between two looks at a stream that has nothing to read yet.
const NAP: Duration = Duration::from_millis(2);
/// So many messages that say nothing are read before whoever waits for events has a turn.
const SILENT: usize = 256;
/// The library clears as much of it before each read.
const BUFFER: usize = 8 << 10;

/// A client of a gateway, over any stream: a socket, or the standard input and output of a process that dials.
///
/// It can only keep its time limits on a stream whose `read` returns: one with a read timeout, or one that does not
/// block. Every call then reads at most one message more than it needs.
#[derive(Debug)]
pub struct Client<S: Read + Write> {
    socket: WebSocket<S>,
    session: Session,
    /// Something waits for the stream to take it.
    unwritten: bool,
    /// There may be more to read, although nothing came of what was read.
    more: bool,
    /// Why the connection has ended, until the events before that have been taken.
    ended: Option<GatewayError>,
}

impl<S: Read + Write> Client<S> {
    /// Connects and is let in.
    ///
    /// # Errors
    /// When it is not: see [`GatewayError::Refused`] for what the gateway says and what may help.
    pub fn connect(stream: S, credentials: Credentials, limits: Limits) -> Result<Self, GatewayError> {
        let deadline = Instant::now() + limits.handshake;
        let socket = upgrade(stream, limits, deadline)?;
        let session = Session::new(credentials, limits, Instant::now());
        let mut client = Self { socket, session, unwritten: false, more: false, ended: None };
        while client.session.hello().is_none() {
            // Looked at each time: one that says much and no hello is as late as one that says nothing.
            if Instant::now() >= deadline {
                return Err(GatewayError::Timeout("hello"));
            }
            if !client.turn()? {
                thread::sleep(NAP);
            }
        }
        Ok(client)
    }

    /// What the gateway said of itself.
    pub fn hello(&self) -> Option<&Hello> {
        self.session.hello()
    }

    /// The stream, to be polled.
    pub fn stream(&self) -> &S {
        self.socket.get_ref()
    }

    /// Whether the stream has not taken all that was to be written: poll it for room.
    pub fn unwritten(&self) -> bool {
        self.unwritten
    }

    /// Whether the last [`poll`](Self::poll) ended before there was nothing left to read, although it gave no event.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// The session: to send, to abort, to ask. What it has to say goes out with the next [`poll`](Self::poll).
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The next event; `None` when nothing has come (yet), or nothing but what is no event, as from a gateway that sends pings
    /// without end: see [`has_more`](Self::has_more).
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn poll(&mut self) -> Result<Option<Event>, GatewayError> {
        self.more = false;
        for _ in 0..SILENT {
            if let Some(event) = self.session.next_event() {
                // What was just asked for goes out, whoever is busy with events.
                if self.ended.is_none() {
                    self.write()?;
                }
                return Ok(Some(event));
            }
            if let Some(error) = self.ended.take() {
                return Err(error);
            }
            self.session.tick(Instant::now())?;
            match self.turn() {
                Ok(true) => {}
                Ok(false) => return Ok(self.session.next_event()),
                Err(error) => {
                    self.ended = Some(error);
                    self.session.release();
                }
            }
        }
        self.more = true;
        Ok(None)
    }

    /// Asks, and waits for the response. Events that come meanwhile wait for [`poll`](Self::poll).
    ///
    /// # Errors
    /// When the gateway refuses, or the connection has ended.
    pub fn request(&mut self, method: &str, params: &Value) -> Result<Value, GatewayError> {
        let id = self.session.call(method, params, Instant::now())?;
        loop {
            if let Some(result) = self.session.take_response(&id) {
                return result.map_err(GatewayError::Refused);
            }
            self.session.tick(Instant::now())?;
            if !self.turn()? {
                thread::sleep(NAP);
            }
        }
    }

    /// The messages of a session, as the gateway tells them.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn history(&mut self, session: &str, limit: u32) -> Result<Value, GatewayError> {
        self.request("chat.history", &json!({"sessionKey": session, "limit": limit}))
    }

    /// The sessions, as the gateway tells them.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn sessions(&mut self) -> Result<Value, GatewayError> {
        self.request("sessions.list", &json!({}))
    }

    /// How the gateway is.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn health(&mut self) -> Result<Value, GatewayError> {
        self.request("health", &json!({}))
    }

    /// How the chat channels are, as the gateway tells it; with `probe`, after it has asked each service, which may take so long.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn channels(&mut self, probe: Option<Duration>) -> Result<Value, GatewayError> {
        let params = probe
            .map_or_else(|| json!({}), |time| json!({"probe": true, "timeoutMs": time.as_millis() as u64}));
        self.request("channels.status", &params)
    }

    /// Who waits to be let in through a chat channel, or through any, as the gateway tells it. It does not tell the codes.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn pairing(&mut self, channel: Option<&str>) -> Result<Value, GatewayError> {
        let params = channel.map_or_else(|| json!({}), |channel| json!({"channel": channel}));
        self.request("channels.pairing.list", &params)
    }

    /// Says goodbye, as far as the stream takes it at once.
    pub fn close(mut self) {
        let _gone_already = self.socket.close(None);
        let _gone_already = self.socket.flush();
    }

    /// Writes what waits and reads one message; false when none has come.
    fn turn(&mut self) -> Result<bool, GatewayError> {
        self.write()?;
        match self.socket.read() {
            Ok(Message::Text(text)) => {
                self.session.receive(&text, Instant::now())?;
                self.write()?;
                Ok(true)
            }
            Ok(Message::Close(frame)) => {
                let (code, reason) = frame
                    .map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
                Err(GatewayError::Closed { code, reason })
            }
            // Pings are answered by the library; binary messages are not the protocol's.
            Ok(_) => Ok(true),
            Err(error) => waits(error).map(|()| false),
        }
    }

    fn write(&mut self) -> Result<(), GatewayError> {
        while let Some(text) = self.session.outgoing() {
            match self.socket.write(Message::text(text)) {
                Err(Error::WriteBufferFull(_)) => return Err(GatewayError::Backlog),
                written => written.or_else(waits)?,
            }
        }
        let flushed = self.socket.flush();
        self.unwritten = flushed.is_err();
        flushed.or_else(waits)
    }
}

fn upgrade<S: Read + Write>(
    stream: S,
    limits: Limits,
    deadline: Instant,
) -> Result<WebSocket<S>, GatewayError> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits.message))
        .max_frame_size(Some(limits.frame))
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(limits.message.saturating_mul(2));
    // No Origin and no forwarding header: the gateway takes scopes away from whoever sends one.
    let mut upgraded = client_with_config("ws://127.0.0.1:18789/", stream, Some(config));
    loop {
        match upgraded {
            Ok((socket, _)) => return Ok(socket),
            Err(HandshakeError::Interrupted(_)) if Instant::now() >= deadline => {
                return Err(GatewayError::Timeout("upgrade"));
            }
            Err(HandshakeError::Interrupted(handshake)) => {
                thread::sleep(NAP);
                upgraded = handshake.handshake();
            }
            Err(HandshakeError::Failure(error)) => return Err(fatal(error)),
        }
    }
}

/// Nothing to read or no room to write is no error.
fn waits(error: Error) -> Result<(), GatewayError> {
    match &error {
        Error::Io(io)
            if matches!(io.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) =>
        {
            Ok(())
        }
        _ => Err(fatal(error)),
    }
}

fn fatal(error: Error) -> GatewayError {
    let gone = || GatewayError::Closed { code: 1006, reason: "it went away without a word".to_owned() };
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => gone(),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => gone(),
        Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => gone(),
        Error::Io(error) => GatewayError::Io(io::Error::new(error.kind(), error)),
        Error::Http(response) => GatewayError::Http(response.status().as_u16()),
        Error::Capacity(tungstenite::error::CapacityError::MessageTooLong { max_size, .. }) => {
            GatewayError::TooLarge(max_size)
        }
        error => GatewayError::Protocol(error.to_string()),
    }
}
