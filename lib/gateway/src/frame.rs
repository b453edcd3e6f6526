//! Frames: `req`, `res`, `event`.

use crate::refusal::Refusal;
use crate::surrogates::mend;
use serde_json::{Value, json};

/// A frame from the gateway.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// Something happened.
    Event {
        /// What.
        name: String,
        /// Its particulars.
        payload: Value,
    },
    /// The answer to a request.
    Response {
        /// The request's id.
        id: String,
        /// The answer.
        result: Result<Value, Refusal>,
    },
    /// A type that we do not know.
    Unknown,
}

impl Frame {
    /// Reads a text frame; `None` when it is no JSON object.
    pub fn read(text: &str) -> Option<Self> {
        let mut value: Value =
            serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend(text))).ok()?;
        if !value.is_object() {
            return None;
        }
        let payload = value["payload"].take();
        Some(match (value["type"].as_str(), value["event"].as_str(), value["id"].as_str()) {
            (Some("event"), Some(name), _) => Self::Event { name: name.to_owned(), payload },
            (Some("res"), _, Some(id)) => {
                let ok = value["ok"] == true;
                let result = if ok { Ok(payload) } else { Err(Refusal::read(&value["error"])) };
                Self::Response { id: id.to_owned(), result }
            }
            _ => Self::Unknown,
        })
    }
}

/// The text of a request frame.
pub fn request(id: &str, method: &str, params: &Value) -> String {
    json!({"type": "req", "id": id, "method": method, "params": params}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_whatever_else_is_in_them() {
        let event = Frame::read(r#"{"type":"event","event":"tick","payload":{"ts":1},"seq":5,"new":[]}"#);
        assert_eq!(event, Some(Frame::Event { name: "tick".to_owned(), payload: json!({"ts": 1}) }));
        let half = Frame::read(r#"{"type":"event","event":"chat","payload":{"deltaText":"\ud83d"}}"#);
        assert_eq!(
            half,
            Some(Frame::Event { name: "chat".to_owned(), payload: json!({"deltaText": "\u{fffd}"}) })
        );
        assert!(matches!(
            Frame::read(r#"{"type":"res","id":"1"}"#),
            Some(Frame::Response { result: Err(_), .. })
        ));
        for text in [r#"{"type":"hint"}"#, r#"{"type":5}"#, r#"{"type":"event","event":[]}"#, "{}"] {
            assert_eq!(Frame::read(text), Some(Frame::Unknown), "{text}");
        }
        for text in ["", "5", "null", "[]", "{", "\u{0}", &"[".repeat(100_000)] {
            assert_eq!(Frame::read(text), None);
        }
    }
}
