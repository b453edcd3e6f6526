//! The event that comes oftenest, more of an answer, read without a tree of values being built for it.

use serde::Deserialize;
use std::borrow::Cow;

/// What an `agent` event says of the message that is being written.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Written<'a> {
    /// The run's id.
    #[serde(rename = "runId")]
    pub run: &'a str,
    /// The session that it belongs to.
    #[serde(rename = "sessionKey", default)]
    pub session: Option<&'a str>,
    #[serde(rename = "stream")]
    _stream: Stream,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(rename = "type")]
    _type: Type,
    #[serde(rename = "event")]
    _event: Name,
    #[serde(borrow)]
    payload: Written<'a>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

// Any other word ends the reading where it stands.

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Event,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Name {
    Agent,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stream {
    Assistant,
}

impl<'a> Written<'a> {
    /// Reads a text frame. `None` says nothing of it but that it is to be read as any other.
    pub fn read(text: &'a str) -> Option<Self> {
        let outer: Outer<'a> = serde_json::from_str(text).ok()?;
        Some(outer.payload)
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.data.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;
    use std::fs;
    use std::path::Path;

    #[test]
    fn a_recorded_frame_says_the_same_read_this_way_and_the_other() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/gateway");
        let mut read = 0;
        for name in ["chat-abort.jsonl", "chat-error.jsonl", "chat-tool.jsonl"] {
            for line in fs::read_to_string(dir.join(name)).unwrap().lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                let text = line["frame"].to_string();
                let whole = Frame::read(&text);
                let Some(written) = Written::read(&text) else {
                    assert!(!text.contains(r#""stream":"assistant""#), "{text}");
                    continue;
                };
                let Some(Frame::Event { name, payload }) = whole else { unreachable!("it is an event") };
                assert_eq!((name.as_str(), payload["stream"].as_str()), ("agent", Some("assistant")));
                assert_eq!(payload["runId"], written.run);
                assert_eq!(payload["sessionKey"].as_str(), written.session);
                assert_eq!(payload["data"]["text"], written.text());
                read += 1;
            }
        }
        assert!(read > 5, "{read}");
    }

    #[test]
    fn whatever_is_unusual_is_left_to_the_other_way() {
        let frame = |data: &str, rest: &str| {
            format!(
                r#"{{"type":"event","event":"agent","payload":{{"runId":"r","stream":"assistant","data":{data}{rest}}}}}"#
            )
        };
        let usual = frame(r#"{"text":"a\nb","delta":[{"new":1}]}"#, "");
        let usual = Written::read(&usual);
        assert_eq!(usual.as_ref().map(|written| (written.text(), written.session)), Some(("a\nb", None)));
        for text in [
            frame(r#"{"text":"\ud83d"}"#, ""),
            frame(r#"{"text":5}"#, ""),
            frame("{}", ""),
            frame(r#"{"text":"a"}"#, r#","runId":"other""#),
            frame(r#"{"text":"a"}"#, r#","sessionKey":7"#),
            frame(r#"{"text":"a"}"#, "").replace("assistant", "tool"),
            frame(r#"{"text":"a"}"#, "").replace("agent", "chat"),
            frame(r#"{"text":"a"}"#, "") + "x",
        ] {
            assert_eq!(Written::read(&text), None, "{text}");
        }
    }
}
