//! Between browsers and the gateway: who asked what, who is to be told what, and what waits while the gateway is away.

mod stops;

use crate::agents::Agents;
use crate::ask::{Ask, LONGEST_TEXT};
use crate::browser::Browser;
use crate::call::{Asked, Call};
use crate::record::Picture;
use crate::run::Run;
use crate::say::Say;
use crate::session_keys::{SHARED, is_session};
use sentrix_gateway::{Event, GatewayError, Run as GatewayRun, Session};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many messages of one browser may be without an answer.
const RUNS_EACH: usize = 16;
/// How many bytes of messages may wait for the gateway.
const MOST_WAITING: usize = 32 << 20;
/// How long a message waits for a gateway that is away.
const WAIT: Duration = Duration::from_secs(30);
/// How long an answer that was begun is waited for while the gateway is away.
const LOST: Duration = Duration::from_secs(180);

/// Names a browser's connection.
pub type BrowserId = u64;

/// All that goes on between browsers and the gateway. Without input and output: what is to be told is taken out.
#[derive(Debug, Default)]
pub struct Hub {
    browsers: BTreeMap<BrowserId, Browser>,
    runs: BTreeMap<String, Run>,
    calls: VecDeque<Call>,
    asked: BTreeMap<String, Asked>,
    out: Vec<(BrowserId, Say)>,
    agents: Agents,
    patrol_enabled: bool,
    count: u64,
    up: bool,
    /// Why the gateway is away, in words.
    why: String,
}

impl Hub {
    /// A browser has come.
    pub fn join(&mut self, id: BrowserId, browser: Browser, now: Instant) {
        let key = browser.session().to_owned();
        self.browsers.insert(id, browser);
        // It may be one that was cut off in the middle of an answer.
        let gone = |run: &&mut Run| run.key == key;
        for run in self.runs.values_mut().filter(gone) {
            if !self.browsers.contains_key(&run.browser) {
                run.browser = id;
            }
        }
        if self.up {
            self.ready(id);
        }
        self.tell_running(id, now);
    }

    /// Tells a page what it waits for: it may have forgotten, or have been told of an end while it was away.
    fn tell_running(&mut self, id: BrowserId, now: Instant) {
        if self.browsers.get(&id).is_none_or(|browser| !browser.page) {
            return;
        }
        let mine = self.runs.values().filter(|run| run.browser == id);
        let runs: Vec<Value> = mine
            .map(
                |run| json!({"id": run.frame, "since_s": now.saturating_duration_since(run.since).as_secs()}),
            )
            .collect();
        self.tell(id, Say::frame("running", &json!({"runs": runs})));
    }

    /// A browser has gone; its session's key. What it asked for goes on.
    pub fn leave(&mut self, id: BrowserId) -> Option<String> {
        self.browsers.remove(&id).map(|browser| browser.key)
    }

    /// How many browsers there are.
    pub fn browsers(&self) -> usize {
        self.browsers.len()
    }

    /// Takes what is to be told.
    pub fn told(&mut self) -> Vec<(BrowserId, Say)> {
        std::mem::take(&mut self.out)
    }

    /// Tells a browser something.
    pub fn tell(&mut self, id: BrowserId, say: Say) {
        self.out.push((id, say));
    }

    /// Tells every page something; the existing client has no use for it.
    pub fn tell_pages(&mut self, say: &Say) {
        let pages = self.browsers.iter().filter(|(_, browser)| browser.page);
        self.out.extend(pages.map(|(id, _)| (*id, say.clone())));
    }

    /// Takes what is known of the patrol.
    pub fn look_at(&mut self, picture: &Picture) {
        self.patrol_enabled = picture.patrol_enabled;
    }

    /// A `state` message.
    pub fn state(&self, picture: &Picture, now: Instant) -> Say {
        let agents = self.agents.describe(picture, self.runs.values().any(|run| run.acknowledged), now);
        Say::State(format!("{{\"type\":\"state\",\"payload\":{{\"agents\":{agents},{}}}}}", picture.json))
    }

    /// How the gateway is, for the page.
    pub fn gateway(&self) -> Value {
        json!({"up": self.up, "why": self.why})
    }

    /// A browser sends a message, or stops the agent.
    pub fn ask(&mut self, id: BrowserId, ask: Ask, now: Instant) {
        match ask {
            Ask::Chat { id: frame, text } => self.chat(id, frame, text, now),
            Ask::Abort => self.abort(id),
            _ => {}
        }
    }

    /// A page asks for what was said in its session.
    pub fn history(&mut self, id: BrowserId, frame: Value, limit: u32) {
        let Some(browser) = self.browsers.get(&id) else { return };
        self.calls.push_back(Call::History { browser: id, frame, key: browser.key.clone(), limit });
    }

    /// A page moves into the shared session, or back into its own; the session's key.
    pub fn share(&mut self, id: BrowserId, shared: bool) -> Option<&str> {
        let browser = self.browsers.get_mut(&id)?;
        browser.shared = shared;
        Some(browser.session())
    }

    fn chat(&mut self, id: BrowserId, frame: Option<String>, text: String, now: Instant) {
        let Some(browser) = self.browsers.get(&id) else { return };
        let frame = frame.unwrap_or_else(|| Uuid::new_v4().to_string());
        let busy = self.runs.values().filter(|run| run.browser == id).count() >= RUNS_EACH;
        if busy {
            let why = format!("⚠️ {RUNS_EACH} messages are without an answer: wait for one, or stop them");
            return self.tell(id, Say::response(&frame, &why));
        }
        let refuse = |why: String| Say::response(&frame, &why);
        if text.len() > LONGEST_TEXT {
            let why =
                format!("⚠️ a message may have {LONGEST_TEXT} bytes at most; this one has {}", text.len());
            return self.tell(id, refuse(why));
        }
        let waiting: usize = self.runs.values().map(|run| run.message.len()).sum();
        if waiting + text.len() > MOST_WAITING {
            let why = "⚠️ too much waits for the gateway: try again when it is there".to_owned();
            return self.tell(id, refuse(why));
        }
        self.count += 1;
        let key = browser.session().to_owned();
        let run = Uuid::new_v4().to_string();
        self.calls.push_back(Call::Chat(run.clone()));
        self.runs.insert(run, Run::new(self.count, id, frame, key, text, now));
    }

    /// The gateway let us in: what was going on is taken up, and what waits is sent.
    pub fn connected(&mut self, session: &mut Session, now: Instant) {
        (self.up, self.why) = (true, String::new());
        for (id, run) in self.runs.iter().filter(|(_, run)| run.acknowledged) {
            session.adopt(id, &run.key, now);
        }
        for id in self.browsers.keys().copied().collect::<Vec<_>>() {
            self.ready(id);
        }
        self.tell_gateway();
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// When the connection is of no use any more.
    pub fn drive(&mut self, session: &mut Session, now: Instant) -> Result<(), GatewayError> {
        while let Some(call) = self.calls.pop_front() {
            match self.call(&call, session, now) {
                Ok(()) => {}
                Err(GatewayError::Backlog) => {
                    self.calls.push_front(call);
                    return self.stop_first(session, now);
                }
                Err(GatewayError::TooLarge(max)) => {
                    if let Call::Chat(run) = call {
                        self.end(&run, &format!("⚠️ the gateway takes no message longer than {max} bytes"));
                    }
                }
                Err(error) => {
                    self.calls.push_front(call);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, call: &Call, session: &mut Session, now: Instant) -> Result<(), GatewayError> {
        let (id, asked) = match call {
            Call::Chat(id) => {
                let Some(run) = self.runs.get(id) else { return Ok(()) };
                (session.send_as(id, &run.key, &run.message, now)?, Asked::Chat(id.clone()))
            }
            Call::Abort(key) => (session.abort(key, now)?, Asked::Abort),
            Call::History { browser, frame, key, limit } => {
                let id = session.history(key, *limit, now)?;
                (id, Asked::History { browser: *browser, frame: frame.clone() })
            }
        };
        self.asked.insert(id, asked);
        Ok(())
    }

    /// Something happened at the gateway.
    pub fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Response { id, result } => match (self.asked.remove(&id), result) {
                (Some(Asked::Chat(run)), Ok(_)) => self.acknowledge(&run),
                (Some(Asked::History { browser, frame }), Ok(payload)) => {
                    let frame = json!({"type": "history", "id": frame, "payload": payload});
                    self.tell(browser, Say::Frame(frame.to_string()));
                }
                (Some(Asked::History { browser, frame }), Err(refusal)) => {
                    self.tell(browser, failed(&frame, &refusal.to_string()));
                }
                _ => {}
            },
            Event::Delta { run, text, added } => {
                self.hear(&run, true, now);
                if let Some(run) = self.runs.get_mut(&run.id) {
                    run.begun = true;
                }
                let added = added.unwrap_or_else(|| text.clone());
                let mut audience = self.audience(&run);
                // Mostly there is one, who is given the texts themselves.
                if let Some((browser, id)) = audience.pop().filter(|_| !added.is_empty()) {
                    for (browser, id) in audience {
                        let (added, accumulated) = (added.clone(), text.clone());
                        self.out.push((browser, Say::Delta { id, added, accumulated }));
                    }
                    self.out.push((browser, Say::Delta { id, added, accumulated: text }));
                }
            }
            Event::Final { run, text } => self.finish(&run, &text, now),
            Event::Aborted { run, text } if text.is_empty() => self.finish(&run, "_(aborted)_", now),
            Event::Aborted { run, text } => self.finish(&run, &format!("{text}\n\n_(aborted)_"), now),
            Event::Failed { run, message } => {
                let message =
                    if message.is_empty() { "the agent failed and did not say why" } else { &message };
                self.finish(&run, &format!("⚠️ {message}"), now);
            }
            Event::TimedOut { run, text } => {
                let own = self.runs.get(&run.id).map(|run| run.key.clone()).filter(|key| key != SHARED);
                let why = "⚠️ the agent was silent for too long; it was told to stop";
                self.finish(&run, format!("{text}\n\n{why}").trim_start(), now);
                // In the shared session others may be waiting for theirs.
                self.calls.extend(own.map(Call::Abort));
            }
            Event::Thinking { run, text } => {
                self.hear(&run, true, now);
                self.tell_audience("thinking", &run, &json!({"text": text}));
            }
            Event::ToolStart { run, id, name, args } => {
                self.hear(&run, true, now);
                self.tell_audience("tool.start", &run, &json!({"call": id, "name": name, "args": args}));
            }
            Event::ToolResult { run, id, name, is_error, result } => {
                self.hear(&run, true, now);
                let payload = json!({"call": id, "name": name, "error": is_error, "result": result});
                self.tell_audience("tool.result", &run, &payload);
            }
            Event::Shutdown { reason } => self.why = format!("the gateway is stopping ({reason})"),
        }
    }

    /// Looks at the time: what has waited for too long is answered with the reason.
    pub fn tick(&mut self, now: Instant) {
        if self.up {
            return;
        }
        let late = |run: &Run| match run.away {
            Some(away) => now.saturating_duration_since(away) >= LOST,
            None => !run.acknowledged && now.saturating_duration_since(run.since) >= WAIT,
        };
        let late: Vec<String> =
            self.runs.iter().filter(|(_, run)| late(run)).map(|(id, _)| id.clone()).collect();
        let why = if self.why.is_empty() { "it has not answered yet" } else { &self.why };
        let text = format!("⚠️ the gateway cannot be reached: {why}; the message was given up");
        for id in late {
            self.end(&id, &text);
        }
        let asks = std::mem::take(&mut self.calls);
        for call in asks {
            match call {
                Call::History { browser, frame, .. } => self.tell(browser, failed(&frame, &self.why.clone())),
                Call::Chat(run) if !self.runs.contains_key(&run) => {}
                // Nobody is left for whom the gateway would be asked for again.
                Call::Abort(_) if self.runs.is_empty() && self.browsers.is_empty() => {}
                call => self.calls.push_back(call),
            }
        }
    }

    /// Whether anybody waits for an answer.
    pub fn is_busy(&self) -> bool {
        !self.runs.is_empty() || !self.calls.is_empty()
    }

    /// Whether anybody waits for a first word, or for an answer to anything else: what comes is not to be held back.
    pub fn is_awaiting(&self) -> bool {
        !self.calls.is_empty() || !self.asked.is_empty() || self.runs.values().any(|run| !run.begun)
    }

    fn ready(&mut self, id: BrowserId) {
        let Some(browser) = self.browsers.get_mut(&id) else { return };
        if !std::mem::replace(&mut browser.ready, true) {
            let payload = json!({"status": "connected", "patrol_enabled": self.patrol_enabled});
            self.tell(id, Say::frame("bridge.ready", &payload));
        }
    }

    fn tell_gateway(&mut self) {
        let say = Say::frame("gateway", &self.gateway());
        self.tell_pages(&say);
    }

    fn acknowledge(&mut self, id: &str) {
        if let Some(run) = self.runs.get_mut(id) {
            run.acknowledged = true;
            // It is not sent again, so it need not be kept.
            run.message = String::new();
        }
    }

    fn hear(&mut self, run: &GatewayRun, goes_on: bool, now: Instant) {
        self.acknowledge(&run.id);
        if let Some(run) = self.runs.get_mut(&run.id) {
            run.away = None;
        }
        if let Some(session) = &run.session {
            self.agents.hear(session, goes_on, now);
        }
    }

    /// Who is told of a run, and under which id.
    fn audience(&self, run: &GatewayRun) -> Vec<(BrowserId, String)> {
        if let Some(ours) = self.runs.get(&run.id) {
            if ours.key != SHARED || self.browsers.contains_key(&ours.browser) {
                return vec![(ours.browser, ours.frame.clone())];
            }
            // Who asked in the shared session has gone: it is for all who share it.
            let shares = |browser: &Browser| browser.session() == SHARED;
            let all = self.browsers.iter().filter(|(_, browser)| shares(browser));
            return all.map(|(id, _)| (*id, ours.frame.clone())).collect();
        }
        // Not asked for by anybody here: a channel, a schedule, a run that the gateway resumed.
        let Some(session) = &run.session else { return Vec::new() };
        let hears = |browser: &Browser| is_session(session, browser.session());
        let all = self.browsers.iter().filter(|(_, browser)| hears(browser));
        all.map(|(id, _)| (*id, run.id.clone())).collect()
    }

    fn tell_audience(&mut self, kind: &str, run: &GatewayRun, payload: &Value) {
        for (browser, id) in self.audience(run) {
            if self.browsers.get(&browser).is_some_and(|browser| browser.page) {
                let frame = json!({"type": kind, "id": id, "payload": payload});
                self.out.push((browser, Say::Frame(frame.to_string())));
            }
        }
    }

    fn finish(&mut self, run: &GatewayRun, text: &str, now: Instant) {
        self.hear(run, false, now);
        for (browser, id) in self.audience(run) {
            self.out.push((browser, Say::response(&id, text)));
        }
        self.runs.remove(&run.id);
    }

    fn end(&mut self, id: &str, text: &str) {
        if let Some(run) = self.runs.remove(id) {
            self.tell(run.browser, Say::response(&run.frame, text));
        }
    }
}

fn failed(frame: &Value, why: &str) -> Say {
    Say::Frame(json!({"type": "error", "id": frame, "payload": {"message": why}}).to_string())
}

#[cfg(test)]
#[path = "hub_tests.rs"]
mod tests;
