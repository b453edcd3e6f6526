//! The one connection to the gateway: made when somebody needs it, made again when it is lost.

use crate::dial::{Dial, Dialled, Unreached, explain};
use crate::line::Line;
use crate::pace::Pace;
use crate::waiting::For;
use crate::wake::Bell;
use sentrix_bridge::Hub;
use sentrix_cli::note;
use sentrix_gateway::{Backoff, GatewayError};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

/// How long it is kept when nobody needs it.
const IDLE: Duration = Duration::from_secs(30);
/// Events that are handled before the browsers have their turn.
const TURN: usize = 256;

/// The connection to the gateway, as it is.
#[derive(Debug)]
enum State {
    /// Nobody needs it.
    Off,
    /// It is being made.
    Dialling(Receiver<Result<Dialled, Unreached>>),
    /// It is there.
    Up(Box<Dialled>),
    /// It is to be made again at this time.
    Waiting(Instant),
}

/// The connection to the gateway.
#[derive(Debug)]
pub struct Uplink {
    dial: Dial,
    bell: Bell,
    state: State,
    backoff: Backoff,
    needed: Instant,
    /// What was said last, so that it is said once.
    said: String,
    more: bool,
    /// How many connections there were.
    count: u64,
    pace: Pace,
}

impl Uplink {
    /// Not made yet.
    pub fn new(dial: Dial, bell: Bell, now: Instant) -> Self {
        let (state, backoff, said) = (State::Off, Backoff::default(), String::new());
        Self { dial, bell, state, backoff, needed: now, said, more: false, count: 0, pace: Pace::default() }
    }

    /// What to wait for, the how many-th connection it is, and for what it is waited.
    pub fn line(&self, now: Instant) -> Option<(&Line, u64, For)> {
        let State::Up(up) = &self.state else { return None };
        let what = For { words: self.rest(now).is_none(), room: up.client.unwritten() };
        Some((up.client.stream(), self.count, what))
    }

    /// How long the gateway is let speak before it is listened to again.
    pub fn rest(&self, now: Instant) -> Option<Duration> {
        self.pace.rest(now)
    }

    /// It takes what it is told again, or it has hung up.
    pub fn stir(&mut self) {
        self.pace.end();
    }

    /// Whether the last turn ended before there was nothing left to read.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// How long it waits before it tries again, if it does.
    pub fn retries_in(&self, now: Instant) -> Option<Duration> {
        if let State::Waiting(at) = self.state { Some(at.saturating_duration_since(now)) } else { None }
    }

    /// Does what is to be done.
    pub fn turn(&mut self, hub: &mut Hub, now: Instant) {
        self.more = false;
        let needed = hub.browsers() > 0 || hub.is_busy();
        if needed {
            self.needed = now;
        }
        match &mut self.state {
            State::Off if needed => self.begin(hub, now),
            State::Waiting(at) if needed && now >= *at => self.begin(hub, now),
            State::Off | State::Waiting(_) => {}
            State::Dialling(coming) => match coming.try_recv() {
                Ok(Ok(up)) => self.up(up, hub, now),
                Ok(Err(unreached)) => self.lost(&unreached.why, &unreached.error, hub, now),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    self.lost("the connection failed", &GatewayError::Timeout("connection"), hub, now);
                }
            },
            State::Up(_) if now.saturating_duration_since(self.needed) >= IDLE => {
                if let State::Up(up) = std::mem::replace(&mut self.state, State::Off) {
                    up.client.close();
                }
                hub.disconnected("nobody needed it", now);
            }
            State::Up(_) if self.pace.rest(now).is_some() && !hub.is_awaiting() => {}
            State::Up(_) => self.exchange(hub, now),
        }
    }

    fn begin(&mut self, hub: &mut Hub, now: Instant) {
        let (sender, receiver) = mpsc::channel();
        let (dial, bell) = (self.dial.clone(), self.bell.clone());
        let started = thread::Builder::new().name("dial".to_owned()).stack_size(256 << 10).spawn(move || {
            // Nobody listens when the bridge is ending.
            let _nobody = sender.send(dial.connect());
            bell.ring();
        });
        match started {
            Ok(_) => self.state = State::Dialling(receiver),
            Err(error) => {
                let why = format!("cannot start a thread: {error}");
                self.lost(&why, &GatewayError::Timeout("connection"), hub, now);
            }
        }
    }

    fn up(&mut self, up: Dialled, hub: &mut Hub, now: Instant) {
        self.backoff.connected(now);
        if !self.said.is_empty() {
            note("the gateway is there again");
            self.said.clear();
        }
        self.state = State::Up(Box::new(up));
        self.count += 1;
        if let State::Up(up) = &mut self.state {
            hub.connected(up.client.session(), now);
        }
        self.exchange(hub, now);
    }

    fn exchange(&mut self, hub: &mut Hub, now: Instant) {
        let State::Up(up) = &mut self.state else { return };
        let mut ended = hub.drive(up.client.session(), now);
        let mut events = 0;
        while ended.is_ok() {
            match up.client.poll() {
                Ok(Some(event)) => hub.event(event, now),
                Ok(None) => {
                    self.more = up.client.has_more();
                    break;
                }
                Err(error) => ended = Err(error),
            }
            events += 1;
            if events >= TURN {
                self.more = true;
                break;
            }
        }
        if self.more {
            self.pace.end();
        } else {
            // When all is said, whatever comes next is news.
            self.pace.heard(events, hub.is_awaiting() || !hub.is_busy(), now);
        }
        if let Err(error) = ended {
            let why = explain(&error, up.carrier.as_ref());
            self.lost(&why, &error, hub, now);
        }
    }

    fn lost(&mut self, why: &str, error: &GatewayError, hub: &mut Hub, now: Instant) {
        if self.said != why {
            note(format!("no gateway: {why}; trying again while somebody waits for it"));
            why.clone_into(&mut self.said);
        }
        self.state = State::Waiting(self.backoff.failed(error, now));
        hub.disconnected(why, now);
    }
}
