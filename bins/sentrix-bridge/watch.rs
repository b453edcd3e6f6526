//! The record is followed on a thread of its own, so that a slow disk keeps nobody from talking.

use crate::status::Status;
use crate::wake::Bell;
use sentrix_bridge::{BrowserId, Picture, Place, Record, Say};
use sentrix_cli::note;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks, while a page is open.
const LOOK: Duration = Duration::from_millis(250);
/// Between two looks, while none is.
const REST: Duration = Duration::from_secs(5);
/// How many new events a page is told of at once.
const EVENTS: usize = 500;

/// What is wanted of the record.
#[derive(Debug)]
pub enum Want {
    /// Its picture, as of now.
    State(BrowserId),
    /// An answer to a page: its message's type, id and particulars.
    Page(BrowserId, String, Value, Value),
    /// How many pages want news.
    Pages(usize),
}

/// What the record says.
#[derive(Debug)]
pub enum Told {
    /// Its picture, for a browser that asked.
    State(BrowserId, Picture),
    /// Its picture, because it has changed.
    Picture(Picture),
    /// For one page.
    Page(BrowserId, Say),
    /// What a `status` message says of the record; the rest is the loop's to add.
    Status(BrowserId, Value, Map<String, Value>),
    /// For all pages.
    News(Say),
    /// For pages that follow the log.
    Events(Say),
}

/// The thread's end of it.
#[derive(Debug)]
pub struct Watch {
    want: Sender<Want>,
    told: Receiver<Told>,
}

impl Watch {
    /// Begins to follow.
    pub fn start(dir: &Path, bell: Bell, status: Status) -> std::io::Result<Self> {
        let (want, wanted) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let record = Record::new(dir);
        let mut watcher = Watcher { record, wanted, tell, bell, pages: 0, status };
        thread::Builder::new().name("record".to_owned()).spawn(move || watcher.run())?;
        Ok(Self { want, told })
    }

    /// Asks.
    pub fn want(&self, want: Want) {
        // The thread ends with the process alone.
        let _ended = self.want.send(want);
    }

    /// What it has said.
    pub fn told(&self) -> impl Iterator<Item = Told> {
        self.told.try_iter()
    }
}

struct Watcher {
    record: Record,
    wanted: Receiver<Want>,
    tell: Sender<Told>,
    bell: Bell,
    pages: usize,
    status: Status,
}

impl Watcher {
    fn run(&mut self) {
        let mut next = Instant::now();
        loop {
            let now = Instant::now();
            if now >= next {
                self.look();
                next = now + if self.pages > 0 { LOOK } else { REST };
            }
            match self.wanted.recv_timeout(next.saturating_duration_since(now)) {
                Ok(want) => self.answer(want, &mut next),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn say(&self, told: Told) {
        let _ended = self.tell.send(told);
        self.bell.ring();
    }

    fn look(&mut self) {
        let before = self.record.picture().clone();
        let news = self.record.look();
        if *self.record.picture() != before {
            self.say(Told::Picture(self.record.picture().clone()));
        }
        if self.pages == 0 {
            return;
        }
        if let Some(flags) = news.flags.as_ref().filter(|flags| !flags.is_empty()) {
            self.say(Told::News(Say::frame("flags.new", &json!({"flags": flags}))));
        }
        let changed = [("flags", news.flags.is_some()), ("cases", news.cases), ("sweeps", news.sweeps)];
        let what: Vec<&str> = changed.iter().filter(|(_, new)| *new).map(|(what, _)| *what).collect();
        if !what.is_empty() {
            self.say(Told::News(Say::frame("changed", &json!({"what": what}))));
        }
        if !news.events.is_empty() {
            let skipped = news.events.len().saturating_sub(EVENTS);
            let events: Vec<Value> =
                news.events[skipped..].iter().map(sentrix_bridge::Recorded::shown).collect();
            self.say(Told::Events(Say::frame("log.events", &json!({"events": events, "skipped": skipped}))));
        }
    }

    fn answer(&mut self, want: Want, next: &mut Instant) {
        match want {
            Want::State(browser) => {
                self.look();
                self.say(Told::State(browser, self.record.picture().clone()));
            }
            Want::Pages(pages) => {
                if pages > self.pages {
                    *next = Instant::now();
                }
                self.pages = pages;
            }
            Want::Page(browser, kind, id, payload) => {
                if kind == "status" {
                    self.look();
                    let parts = self.status.parts(&self.record, Instant::now());
                    return self.say(Told::Status(browser, id, parts));
                }
                if kind == "seen" {
                    self.see(&payload);
                }
                let reply = self.page(&kind, &payload);
                let (kind, payload) = reply.unwrap_or_else(|| {
                    ("error", json!({"message": format!("there is no answer to {}", kind.chars().take(40).collect::<String>())}))
                });
                let frame = json!({"type": kind, "id": id, "payload": payload});
                self.say(Told::Page(browser, Say::Frame(frame.to_string())));
            }
        }
    }

    fn see(&mut self, payload: &Value) {
        let ids = payload["ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
        match self.record.see(ids) {
            Ok(true) => {
                let ids: Vec<&str> = self.record.seen().collect();
                self.say(Told::News(Say::frame("seen", &json!({"ids": ids}))));
            }
            Ok(false) => {}
            Err(error) => note(format!("cannot keep what was looked at: {error}")),
        }
    }

    fn page(&self, kind: &str, payload: &Value) -> Option<(&'static str, Value)> {
        let limit = payload["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(200);
        let at =
            || (payload["file"].as_str().unwrap_or_default(), payload["start"].as_u64().unwrap_or_default());
        let place = match kind {
            "log.tail" => Place::End,
            "log.before" => Place::Before(at().0, at().1),
            "log.around" => Place::Around(at().0, at().1),
            "seen" => return Some(("seen", json!({"ids": self.record.seen().collect::<Vec<_>>()}))),
            "sweeps" => return Some(("sweeps", json!({"sweeps": self.record.sweeps()}))),
            "log.files" => {
                let files = self.record.files();
                let files: Vec<Value> = files
                    .iter()
                    .map(|(name, bytes)| json!({"name": name.as_str(), "bytes": bytes}))
                    .collect();
                return Some(("log.files", json!({"files": files})));
            }
            _ => return None,
        };
        Some(("log.page", self.record.page(place, limit)))
    }
}
