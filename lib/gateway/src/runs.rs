//! The runs that are going on, and those that have just ended.

use crate::event::{Event, Run};
use crate::text::{string, text_of};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Runs by their id.
#[derive(Debug)]
pub struct Runs {
    limit: usize,
    /// How much of a text is kept.
    text: usize,
    live: BTreeMap<String, Live>,
    /// Ended: whatever else comes for them is a repetition.
    ended: VecDeque<String>,
}

#[derive(Debug)]
struct Live {
    session: Option<String>,
    ours: bool,
    /// The session's name as we gave it.
    key: Option<String>,
    text: String,
    thinking: String,
    /// How much of `text` stood there when the message that is being written began: a run may hold several, with tool calls between.
    before: usize,
    /// What `agent` events have told of that message.
    part: String,
    /// It has called a tool.
    tools: bool,
    /// `chat` events say otherwise than `agent` events: they alone count from now on.
    contradicted: bool,
    heard: Instant,
}

impl Runs {
    pub fn new(limit: usize, text: usize) -> Self {
        Self { limit, text, live: BTreeMap::new(), ended: VecDeque::new() }
    }

    /// How many go on that we started.
    pub fn ours(&self) -> usize {
        self.live.values().filter(|live| live.ours).count()
    }

    /// A run that we start, or started on an earlier connection.
    pub fn begin(&mut self, id: &str, session: &str, now: Instant) {
        let live = self.live.entry(id.to_owned()).or_insert_with(|| Live::new(now));
        (live.ours, live.heard) = (true, now);
        live.key = Some(session.to_owned());
        live.session.get_or_insert_with(|| session.to_owned());
    }

    /// A run that never began, because its request was refused.
    pub fn refused(&mut self, id: &str, message: String) -> Option<Event> {
        let (run, _) = self.end(id)?;
        Some(Event::Failed { run, message })
    }

    /// The session, by the name that we gave, of the run of ours that this event ends and that has called tools: what the event says may
    /// not be all of the answer.
    pub fn ends_with_tools(&self, payload: &Value) -> Option<String> {
        let live = self.live.get(id_of(payload)?)?;
        (payload["state"] == "final" && live.tools).then(|| live.key.clone()).flatten()
    }

    /// A `chat` event.
    pub fn chat(&mut self, payload: &Value, now: Instant) -> Option<Event> {
        let id = id_of(payload)?;
        let max = self.text;
        let message = text_of(&payload["message"]);
        match payload["state"].as_str()? {
            "delta" => {
                let live = self.hear(id, session_of(payload), now)?;
                let delta = payload["deltaText"].as_str();
                let text = match (message, delta) {
                    (Some(text), _) => text,
                    (None, Some(delta)) => format!("{}{delta}", live.text),
                    (None, None) => return None,
                };
                // An `agent` event has told it already, or more than that.
                if live.text.starts_with(&text) {
                    return None;
                }
                let added = text.strip_prefix(live.text.as_str()).map(ToOwned::to_owned);
                live.text.clone_from(&text);
                cut(&mut live.text, max);
                live.contradicted |= added.is_none();
                Some(Event::Delta { run: self.run(id)?, text, added })
            }
            "final" => self.finish(id, payload, now, message, |run, text| Event::Final { run, text }),
            "aborted" => self.finish(id, payload, now, message, |run, text| Event::Aborted { run, text }),
            "error" => {
                let why = string(&payload["errorMessage"]);
                self.finish(id, payload, now, Some(why), |run, message| Event::Failed { run, message })
            }
            _ => {
                // `status` and whatever is still to come: a sign of life.
                self.hear(id, session_of(payload), now)?;
                None
            }
        }
    }

    /// More of an answer: the text so far of the message that is being written.
    pub fn written(&mut self, id: &str, session: Option<&str>, text: &str, now: Instant) -> Option<Event> {
        let max = self.text;
        let live = self.hear(sound(id)?, session, now)?;
        let added = live.write(text, max)?;
        let text = live.text.clone();
        Some(Event::Delta { run: self.run(id)?, text, added: Some(added) })
    }

    /// An `agent` event.
    pub fn agent(&mut self, payload: &Value, now: Instant) -> Option<Event> {
        let id = id_of(payload)?;
        let max = self.text;
        let data = &payload["data"];
        let live = self.hear(id, session_of(payload), now)?;
        match (payload["stream"].as_str()?, data["phase"].as_str()) {
            ("assistant", _) => self.written(id, None, data["text"].as_str()?, now),
            ("thinking", _) => {
                match (data["text"].as_str(), data["delta"].as_str()) {
                    (Some(text), _) => text.clone_into(&mut live.thinking),
                    (None, Some(delta)) => live.thinking.push_str(delta),
                    (None, None) => return None,
                }
                cut(&mut live.thinking, max);
                let text = live.thinking.clone();
                Some(Event::Thinking { run: self.run(id)?, text })
            }
            ("tool", Some("start")) => {
                live.tools = true;
                Some(Event::ToolStart {
                    run: self.run(id)?,
                    id: string(&data["toolCallId"]),
                    name: string(&data["name"]),
                    args: data["args"].clone(),
                })
            }
            ("tool", Some("result")) => Some(Event::ToolResult {
                run: self.run(id)?,
                id: string(&data["toolCallId"]),
                name: string(&data["name"]),
                is_error: data["isError"] == true,
                result: data["result"].clone(),
            }),
            _ => None,
        }
    }

    /// The runs that were silent for too long.
    pub fn expire(&mut self, now: Instant, limit: Duration) -> Vec<Event> {
        let silent = |live: &Live| now.saturating_duration_since(live.heard) >= limit;
        let ids: Vec<String> =
            self.live.iter().filter(|(_, live)| silent(live)).map(|(id, _)| id.clone()).collect();
        ids.iter()
            .filter_map(|id| self.end(id))
            // Of the runs of others nobody waits for an end.
            .filter(|(run, _)| run.ours)
            .map(|(run, text)| Event::TimedOut { run, text })
            .collect()
    }

    fn finish(
        &mut self,
        id: &str,
        payload: &Value,
        now: Instant,
        text: Option<String>,
        event: impl FnOnce(Run, String) -> Event,
    ) -> Option<Event> {
        self.hear(id, session_of(payload), now)?;
        let (run, so_far) = self.end(id)?;
        Some(event(run, text.unwrap_or(so_far)))
    }

    /// Takes note of a sign of life; `None` for a run that has ended.
    fn hear(&mut self, id: &str, session: Option<&str>, now: Instant) -> Option<&mut Live> {
        if !self.live.contains_key(id) {
            if self.ended.iter().any(|ended| ended == id) {
                return None;
            }
            self.make_room();
            self.live.insert(id.to_owned(), Live::new(now));
        }
        let live = self.live.get_mut(id)?;
        live.heard = now;
        let session = session.filter(|key| key.len() <= 1024);
        if session.is_some() && live.session.as_deref() != session {
            live.session = session.map(ToOwned::to_owned);
        }
        Some(live)
    }

    /// A hostile gateway may name a new run in every frame: the one of others that was silent longest is forgotten.
    fn make_room(&mut self) {
        while self.live.len() >= self.limit {
            let others = self.live.iter().filter(|(_, live)| !live.ours);
            let Some(oldest) = others.min_by_key(|(_, live)| live.heard).map(|(id, _)| id.clone()) else {
                return;
            };
            self.live.remove(&oldest);
        }
    }

    fn run(&self, id: &str) -> Option<Run> {
        let live = self.live.get(id)?;
        Some(Run { id: id.to_owned(), session: live.session.clone(), ours: live.ours })
    }

    fn end(&mut self, id: &str) -> Option<(Run, String)> {
        let run = self.run(id)?;
        let live = self.live.remove(id)?;
        if self.ended.len() >= self.limit {
            self.ended.pop_front();
        }
        self.ended.push_back(id.to_owned());
        Some((run, live.text))
    }
}

impl Live {
    fn new(now: Instant) -> Self {
        let (text, thinking, part) = Default::default();
        Self {
            session: None,
            ours: false,
            key: None,
            text,
            thinking,
            before: 0,
            part,
            tools: false,
            contradicted: false,
            heard: now,
        }
    }

    /// Takes the text so far of the message that is being written; gives what is new in the answer. `agent` events come before
    /// the `chat` events that say the same, and oftener.
    fn write(&mut self, message: &str, max: usize) -> Option<String> {
        if self.contradicted {
            return None;
        }
        if self.part.is_empty() || !message.starts_with(&self.part) {
            self.before = self.text.len();
            self.part.clear();
        }
        // It begins as `part` does, so only what is new is copied.
        self.part.push_str(message.get(self.part.len()..)?);
        cut(&mut self.part, max);
        let joint = if self.before > 0 { "\n\n" } else { "" };
        let known = self.text.get(self.before..)?.strip_prefix(joint).unwrap_or_default();
        // A `chat` event may have told more, or otherwise: it is right.
        let new = message.strip_prefix(known).filter(|new| !new.is_empty())?.to_owned();
        let added =
            if known.is_empty() && self.text.len() == self.before { format!("{joint}{new}") } else { new };
        self.text.push_str(&added);
        cut(&mut self.text, max);
        Some(added)
    }
}

/// The run that an event is about.
fn id_of(payload: &Value) -> Option<&str> {
    sound(payload["runId"].as_str()?)
}

/// Ids are UUIDs; what is much longer would only be kept to fill memory.
fn sound(id: &str) -> Option<&str> {
    (id.len() <= 256).then_some(id)
}

fn session_of(payload: &Value) -> Option<&str> {
    payload["sessionKey"].as_str()
}

fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
    }
}
