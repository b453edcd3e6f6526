//! An answer, put together from its pieces.

use sentrix_record::exchange::{ExchangeResponse, Usage};
use sentrix_record::{Arguments, ToolCall};
use serde_json::Value;

/// An answer so far.
#[derive(Debug, Default)]
pub(crate) struct Assembled {
    pub id: Option<String>,
    pub model: Option<String>,
    pub text: String,
    pub thinking: String,
    calls: Vec<(String, Call)>,
    pub refusal: String,
    pub stop: Option<String>,
    pub usage: Usage,
    pub error: Option<Value>,
    /// The provider has said that this is all.
    pub ended: bool,
    /// How many bytes more are kept.
    room: usize,
    /// More came than is kept.
    pub cut: bool,
}

/// A tool call so far.
#[derive(Debug, Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
    /// The arguments came as JSON, not as text in pieces.
    json: Option<Value>,
}

impl Assembled {
    /// Nothing yet; `room` bytes are kept at most.
    pub(crate) fn new(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    pub(crate) fn add_text(&mut self, piece: &str) {
        let piece = self.take(piece);
        self.text.push_str(piece);
    }

    pub(crate) fn add_thinking(&mut self, piece: &str) {
        let piece = self.take(piece);
        self.thinking.push_str(piece);
    }

    pub(crate) fn add_refusal(&mut self, piece: &str) {
        let piece = self.take(piece);
        self.refusal.push_str(piece);
    }

    /// Begins a call, or names one that has begun; `key` is what its pieces are told apart by.
    pub(crate) fn call(&mut self, key: &str, id: Option<&str>, name: Option<&str>) {
        let Some(call) = self.call_mut(key) else { return };
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            id.clone_into(&mut call.id);
        }
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut call.name);
        }
    }

    /// Adds a piece of a call's arguments.
    pub(crate) fn add_arguments(&mut self, key: &str, piece: &str) {
        let piece = self.take(piece);
        if let Some(call) = self.call_mut(key) {
            call.arguments.push_str(piece);
        }
    }

    /// The whole arguments of a call, as text.
    pub(crate) fn set_arguments(&mut self, key: &str, whole: &str) {
        if let Some(call) = self.call_mut(key)
            && call.arguments != whole
        {
            call.arguments.clear();
            self.add_arguments(key, whole);
        }
    }

    /// The whole arguments of a call, as JSON.
    pub(crate) fn set_json(&mut self, key: &str, arguments: &Value) {
        if let Some(call) = self.call_mut(key) {
            call.json = Some(arguments.clone());
        }
    }

    /// How many calls there are.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len()
    }

    fn call_mut(&mut self, key: &str) -> Option<&mut Call> {
        let at = match self.calls.iter().position(|(known, _)| known == key) {
            Some(at) => at,
            None => {
                // Each may be empty, and there may be any number of them.
                self.room = self.room.checked_sub(64 + key.len())?;
                self.calls.push((key.to_owned(), Call::default()));
                self.calls.len() - 1
            }
        };
        self.calls.get_mut(at).map(|(_, call)| call)
    }

    /// As much of a piece as there is room for.
    fn take<'a>(&mut self, piece: &'a str) -> &'a str {
        let end = piece.floor_char_boundary(self.room);
        self.cut |= end < piece.len();
        self.room -= end;
        &piece[..end]
    }

    /// The answer as it is recorded, without length and digest.
    pub(crate) fn finish(self) -> ExchangeResponse {
        ExchangeResponse {
            id: self.id,
            model: self.model,
            text: self.text,
            thinking: self.thinking,
            tool_calls: self.calls.into_iter().map(|(_, call)| call.finish()).collect(),
            refusal: Some(self.refusal).filter(|text| !text.is_empty()),
            stop_reason: self.stop,
            usage: self.usage,
            cost_usd: None,
            error: self.error,
            bytes: 0,
            blake3: String::new(),
        }
    }
}

impl Call {
    fn finish(self) -> ToolCall {
        let arguments = match self.json {
            Some(json) if self.arguments.is_empty() => serde_json::value::to_raw_value(&json)
                .map_or_else(|_| Arguments::default(), Arguments::from_json),
            // A call without arguments sends no piece of them.
            _ if self.arguments.is_empty() => Arguments::from_model("{}"),
            _ => Arguments::from_model(&self.arguments),
        };
        ToolCall { id: self.id, name: self.name, arguments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut answer = Assembled::new(10);
        answer.add_text("12345ä");
        answer.add_thinking("abcä");
        assert!(answer.cut);
        assert_eq!((answer.text.as_str(), answer.thinking.as_str()), ("12345ä", "abc"));
        let mut many = Assembled::new(1000);
        (0..1000).for_each(|n| many.call(&n.to_string(), None, Some("x")));
        assert!(many.calls() < 20);
    }

    #[test]
    fn arguments_that_break_off_stay_text() {
        let mut answer = Assembled::new(100);
        answer.call("0", Some("c"), Some("exec"));
        answer.add_arguments("0", "{\"command\":\"ls");
        assert_eq!(answer.finish().tool_calls[0].arguments.text(), "{\"command\":\"ls");
    }
}
