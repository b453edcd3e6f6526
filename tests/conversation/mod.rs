//! Conversations that a raw stream and the tap both recorded, built field by field.

#![allow(dead_code, reason = "each test file uses its part of this")]

use crate::support::{self, Logs, delta, run};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

pub const RAW: &str = "20260310T014033.json";
pub const TAP: &str = "20260310T014033-tap.json";
/// When the conversations of these tests took place: long ago.
pub const THEN: i64 = 1_773_106_833_000;

/// An exchange, built field by field.
pub struct Exchange(pub Value);

impl Exchange {
    /// An exchange that ended at `ts` with this text.
    pub fn new(id: &str, ts: i64, text: &str) -> Self {
        Self(json!({
            "event": "llm_exchange", "ts": ts - 400, "timestamp": "2026-03-10T01:40:33.000Z", "id": id, "provider": "anthropic",
            "dialect": "anthropic-messages", "kind": "turn", "method": "POST", "path": "/v1/messages", "model": "claude-x", "status": 200,
            "request": {"conversation": "c1", "bytes": 9, "blake3": "00", "stream": true, "messages": []},
            "response": {"id": format!("msg_{id}"), "model": "claude-x-1", "text": text, "stop_reason": "end_turn",
                "usage": {"input_tokens": 12, "output_tokens": 3}, "bytes": 9, "blake3": "00"},
            "timing": {"first_byte_ms": 100, "total_ms": 395}, "complete": true
        }))
    }

    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.0.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    pub fn said(self, role: &str, content: &str) -> Self {
        self.message(json!({"role": role, "content": content}))
    }

    pub fn message(mut self, message: Value) -> Self {
        self.0["request"]["messages"].as_array_mut().unwrap().push(message);
        self
    }

    pub fn line(&self) -> String {
        self.0.to_string()
    }

    /// Its announcement and itself.
    pub fn lines(&self) -> [String; 2] {
        [self.start(), self.line()]
    }

    pub fn start(&self) -> String {
        json!({"event": "llm_exchange_start", "ts": self.0["ts"], "id": self.0["id"], "provider": "anthropic", "model": "claude-x", "path": "/v1/messages"})
            .to_string()
    }
}

/// A conversation with a tool turn, as both records have it.
pub struct Conversation {
    pub raw: Vec<String>,
    pub tap: Vec<String>,
}

impl Conversation {
    /// One that begins at `ts`; `name` keeps it apart from others.
    pub fn at(ts: i64, name: &str) -> Self {
        let conversation = json!(format!("c-{name}"));
        let first = Exchange::new(&format!("{name}-1"), ts, "Let me look.")
            .with("/request/conversation", conversation.clone())
            .said("user", &format!("what does the note of {name} say?"))
            .with("/response/thinking", json!("They want the note."))
            .with(
                "/response/tool_calls",
                json!([{"id": format!("call-{name}"), "name": "read", "arguments": {"path": "note.txt"}}]),
            )
            .with("/response/stop_reason", json!("tool_use"));
        let second = Exchange::new(&format!("{name}-2"), ts + 2000, &format!("The note of {name} says 42."))
            .with("/request/conversation", conversation)
            .with("/request/before", json!({"messages": 2, "blake3": "00"}))
            .message(json!({"role": "tool", "content": "42\n", "tool_call_id": format!("call-{name}")}));
        Self {
            raw: vec![
                delta(name, ts - 50, "Let me look."),
                message(name, ts, "Let me look.", "They want the note."),
                message(name, ts + 2000, &format!("The note of {name} says 42."), ""),
            ],
            tap: [first, second].iter().flat_map(Exchange::lines).collect(),
        }
    }

    pub fn write(&self, logs: &Logs) {
        logs.log(RAW, &self.raw);
        logs.log(TAP, &self.tap);
    }
}

pub fn message(run: &str, ts: i64, text: &str, thinking: &str) -> String {
    json!({"ts": ts, "event": "assistant_message_end", "runId": run, "rawText": text, "rawThinking": thinking}).to_string()
}

pub fn turns(logs: &Logs) -> Vec<Value> {
    run(support::command(&["turns"]).arg(logs.path())).exits(0).lines()
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// What is said to be missing: the snippets of all findings of this kind.
pub fn gaps(flags: &[Value]) -> Vec<String> {
    flags
        .iter()
        .flat_map(|flag| flag["evidence"].as_array().unwrap())
        .filter(|evidence| evidence["label"] == "capture_gap")
        .map(|evidence| evidence["snippet"].as_str().unwrap().to_owned())
        .collect()
}

/// A sweep without state; its flags.
pub fn sweep(logs: &Logs) -> Vec<Value> {
    run(support::command(&["--state", "none", "--judge", "rules"]).arg(logs.path())).exits(0).lines()
}

#[track_caller]
pub fn only_gap(logs: &Logs) -> String {
    let gaps = gaps(&sweep(logs));
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    gaps[0].clone()
}
