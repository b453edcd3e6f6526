//! The protocol without input and output.

use crate::credentials::Credentials;
use crate::error::GatewayError;
use crate::event::Event;
use crate::frame::{Frame, request};
use crate::hello::Hello;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::runs::Runs;
use crate::whole::{MESSAGES, whole};
use crate::written::Written;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long the end of a run waits for the whole of its answer.
const WHOLE: Duration = Duration::from_secs(3);
/// A gateway that is silent for so many of its ticks is gone.
const SILENT_TICKS: u32 = 3;

/// One connection's protocol: text in with [`receive`](Self::receive), text out with [`outgoing`](Self::outgoing), events
/// with [`next_event`](Self::next_event).
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    state: State,
    runs: Runs,
    pending: BTreeMap<String, Pending>,
    events: VecDeque<Event>,
    outgoing: VecDeque<String>,
    heard: Instant,
    /// Bytes of the frames whose events wait.
    waiting: usize,
    garbage: u64,
}

#[derive(Debug)]
enum State {
    /// The gateway speaks first.
    Challenge(Credentials),
    /// We asked to be let in, under this id.
    Connecting(String),
    Open(Hello),
}

/// What a request without an answer was.
#[derive(Debug)]
struct Pending {
    /// The run that it starts.
    run: Option<String>,
    /// The end of a run that waits for it: it asks for the whole of the answer.
    end: Option<Box<Event>>,
    since: Instant,
}

impl Session {
    /// A new connection.
    pub fn new(credentials: Credentials, limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            state: State::Challenge(credentials),
            runs: Runs::new(limits.runs, limits.text),
            pending: BTreeMap::new(),
            events: VecDeque::new(),
            outgoing: VecDeque::new(),
            heard: now,
            waiting: 0,
            garbage: 0,
        }
    }

    /// What the gateway said of itself, once it has let us in.
    pub fn hello(&self) -> Option<&Hello> {
        if let State::Open(hello) = &self.state { Some(hello) } else { None }
    }

    /// How many frames were no JSON objects. They are passed over.
    pub fn garbage(&self) -> u64 {
        self.garbage
    }

    /// Takes in a text frame.
    ///
    /// # Errors
    /// When the gateway does not let us in, or more events wait than are allowed.
    pub fn receive(&mut self, text: &str, now: Instant) -> Result<(), GatewayError> {
        self.heard = now;
        if let Some(written) = Written::read(text) {
            self.events.extend(self.runs.written(written.run, written.session, written.text(), now));
        } else {
            match Frame::read(text) {
                None => self.garbage += 1,
                Some(Frame::Unknown) => {}
                Some(Frame::Response { id, result }) => self.response(id, result)?,
                Some(Frame::Event { name, payload }) => self.event(&name, &payload, now)?,
            }
        }
        self.waiting = if self.events.is_empty() { 0 } else { self.waiting.saturating_add(text.len()) };
        // One frame may be as long as it likes: it is the waiting that is bounded.
        let over = self.events.len() > 1 && self.waiting > self.limits.backlog;
        if over || self.events.len() > self.limits.events { Err(GatewayError::Backlog) } else { Ok(()) }
    }

    fn event(&mut self, name: &str, payload: &Value, now: Instant) -> Result<(), GatewayError> {
        if name == "connect.challenge" {
            return self.challenged(payload);
        }
        if name == "chat"
            && let Some(session) = self.runs.ends_with_tools(payload)
        {
            self.ended(payload, &session, now);
            return Ok(());
        }
        let event = match name {
            "chat" => self.runs.chat(payload, now),
            "agent" => self.runs.agent(payload, now),
            "shutdown" => {
                let reason = payload["reason"].as_str().unwrap_or("no reason given").to_owned();
                Some(Event::Shutdown { reason })
            }
            _ => None,
        };
        self.events.extend(event);
        Ok(())
    }

    /// A run has ended whose answer may have been told in part: the whole of it is asked for first.
    fn ended(&mut self, payload: &Value, session: &str, now: Instant) {
        let end = self.runs.chat(payload, now);
        // Where it cannot be asked for, what was told has to do.
        match end.is_some().then(|| self.history(session, MESSAGES, now)) {
            Some(Ok(id)) => {
                if let Some(pending) = self.pending.get_mut(&id) {
                    pending.end = end.map(Box::new);
                }
            }
            _ => self.events.extend(end),
        }
    }

    /// The connection has ended: what waits for an answer is told as it is.
    pub(crate) fn release(&mut self) {
        self.give_up(|_| true);
    }

    /// Gives up waiting for the whole of answers.
    fn give_up(&mut self, which: impl Fn(&Pending) -> bool) {
        let given_up = self.pending.extract_if(.., |_, pending| pending.end.is_some() && which(pending));
        self.events.extend(given_up.filter_map(|(_, pending)| pending.end).map(|end| *end));
    }

    fn challenged(&mut self, payload: &Value) -> Result<(), GatewayError> {
        let State::Challenge(credentials) = &self.state else { return Ok(()) };
        if !payload["nonce"].is_string() {
            return Err(GatewayError::Protocol("its challenge has no nonce".to_owned()));
        }
        let id = Uuid::new_v4().to_string();
        // The client's id and mode are two of a list that the gateway knows; any other name is refused.
        let params = json!({
            "minProtocol": 3,
            "maxProtocol": 4,
            "client": {
                "id": "gateway-client",
                "displayName": credentials.display_name,
                "version": credentials.version,
                "platform": "linux",
                "mode": "backend",
            },
            "role": "operator",
            "scopes": ["operator.admin"],
            "caps": ["tool-events"],
            "auth": {"token": credentials.token},
        });
        self.outgoing.push_back(request(&id, "connect", &params));
        self.state = State::Connecting(id);
        Ok(())
    }

    fn response(&mut self, id: String, result: Result<Value, Refusal>) -> Result<(), GatewayError> {
        if let State::Connecting(connect) = &self.state
            && *connect == id
        {
            let payload = result.map_err(GatewayError::Refused)?;
            let hello = Hello::read(&payload).filter(|hello| (3..=4).contains(&hello.protocol));
            self.state = State::Open(hello.ok_or_else(|| {
                GatewayError::Protocol("its answer to connect is no hello of protocol 3 or 4".to_owned())
            })?);
            return Ok(());
        }
        // An id that we did not give, or that was given up, is passed over.
        let Some(pending) = self.pending.remove(&id) else { return Ok(()) };
        if let Some(mut end) = pending.end {
            if let (Event::Final { text, .. }, Ok(history)) = (&mut *end, &result)
                && let Some(whole) = whole(history, text)
            {
                *text = whole;
            }
            self.events.push_back(*end);
            return Ok(());
        }
        if let (Some(run), Err(refusal)) = (&pending.run, &result) {
            self.events.extend(self.runs.refused(run, refusal.to_string()));
        }
        self.events.push_back(Event::Response { id, result });
        Ok(())
    }

    /// Sends a message into a session (`main` is the agent's own); gives the run's id.
    ///
    /// # Errors
    /// When we are not let in yet, the message is too long, or too much waits.
    pub fn send(&mut self, session: &str, message: &str, now: Instant) -> Result<String, GatewayError> {
        let run = Uuid::new_v4().to_string();
        self.send_as(&run, session, message, now)?;
        Ok(run)
    }

    /// The same under an id of the caller's: sent again after a reconnect, it starts no second run. Gives the request's id, under
    /// which the gateway will say that it has the message.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_as(
        &mut self,
        run: &str,
        session: &str,
        message: &str,
        now: Instant,
    ) -> Result<String, GatewayError> {
        if self.runs.ours() >= self.limits.runs {
            return Err(GatewayError::Backlog);
        }
        let params = json!({"sessionKey": session, "message": message, "idempotencyKey": run});
        let id = self.call("chat.send", &params, now)?;
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.run = Some(run.to_owned());
        }
        self.runs.begin(run, session, now);
        Ok(id)
    }

    /// Aborts what goes on in a session; gives the request's id. `Aborted` may come before its response.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn abort(&mut self, session: &str, now: Instant) -> Result<String, GatewayError> {
        self.call("chat.abort", &json!({"sessionKey": session}), now)
    }

    /// Asks for the messages of a session; gives the id under which they will come.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn history(&mut self, session: &str, limit: u32, now: Instant) -> Result<String, GatewayError> {
        self.call("chat.history", &json!({"sessionKey": session, "limit": limit}), now)
    }

    /// Follows a run that we started on an earlier connection.
    pub fn adopt(&mut self, run: &str, session: &str, now: Instant) {
        self.runs.begin(run, session, now);
    }

    /// Asks for anything; gives the id under which the response will come.
    ///
    /// # Errors
    /// When we are not let in yet, the request is too long, or too much waits.
    pub fn call(&mut self, method: &str, params: &Value, now: Instant) -> Result<String, GatewayError> {
        let Some(hello) = self.hello() else {
            return Err(GatewayError::Protocol("it has not let us in yet".to_owned()));
        };
        let max = hello.max_payload.min(self.limits.message);
        if self.pending.len() >= self.limits.pending {
            return Err(GatewayError::Backlog);
        }
        let id = Uuid::new_v4().to_string();
        let text = request(&id, method, params);
        if text.len() > max {
            return Err(GatewayError::TooLarge(max));
        }
        self.outgoing.push_back(text);
        self.pending.insert(id.clone(), Pending { run: None, end: None, since: now });
        Ok(id)
    }

    /// Looks at the time: runs that were silent for too long end, and so does a connection on which nothing comes.
    ///
    /// # Errors
    /// [`GatewayError::Timeout`].
    pub fn tick(&mut self, now: Instant) -> Result<(), GatewayError> {
        self.events.extend(self.runs.expire(now, self.limits.silent_run));
        self.give_up(|pending| now.saturating_duration_since(pending.since) >= WHOLE);
        let silent = now.saturating_duration_since(self.heard);
        match &self.state {
            State::Open(hello) if silent >= hello.tick * SILENT_TICKS => {
                Err(GatewayError::Timeout("sign of life"))
            }
            State::Challenge(_) if silent >= self.limits.handshake => Err(GatewayError::Timeout("challenge")),
            State::Connecting(_) if silent >= self.limits.handshake => Err(GatewayError::Timeout("hello")),
            _ => {
                let late =
                    |pending: &Pending| now.saturating_duration_since(pending.since) >= self.limits.response;
                if self.pending.values().any(late) { Err(GatewayError::Timeout("response")) } else { Ok(()) }
            }
        }
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes the response to a request out of the events.
    pub fn take_response(&mut self, id: &str) -> Option<Result<Value, Refusal>> {
        let ours = |event: &Event| matches!(event, Event::Response { id: other, .. } if other == id);
        let at = self.events.iter().position(ours)?;
        match self.events.remove(at)? {
            Event::Response { result, .. } => Some(result),
            _ => None,
        }
    }

    /// The next text frame to send.
    pub fn outgoing(&mut self) -> Option<String> {
        self.outgoing.pop_front()
    }
}
