//! What a browser asks for.

use serde_json::Value;

/// The longest id of a message that is kept and given back.
const LONGEST_ID: usize = 200;
/// The longest message.
pub const LONGEST_TEXT: usize = 256 << 10;

/// What a browser asks for. Methods, scopes and sessions are not among it: those are ours to fix.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// To send a message.
    Chat {
        /// Under which the answer is to come; `None` where the browser gave none.
        id: Option<String>,
        /// Trimmed, and not empty.
        text: String,
    },
    /// To stop what the agent is writing.
    Abort,
    /// For the state of everything.
    GetState,
    /// For something of the page's own.
    Page {
        /// The message's type.
        kind: String,
        /// Its id, to be given back.
        id: Value,
        /// Its particulars; an object.
        payload: Value,
    },
    /// To say something to the gateway itself. It is denied, and worth a line in the record.
    Denied,
    /// Nothing that is known, or nothing at all.
    Nothing,
}

impl Ask {
    /// Reads a text frame. Whatever it holds, this is one of the above: a bad frame ends no session.
    pub fn read(text: &str) -> Self {
        let Ok(Value::Object(mut frame)) = serde_json::from_str::<Value>(text) else { return Self::Nothing };
        let Some(Value::String(kind)) = frame.remove("type") else {
            return if frame.contains_key("method") { Self::Denied } else { Self::Nothing };
        };
        let id = frame.remove("id").unwrap_or(Value::Null);
        let payload = frame.remove("payload").unwrap_or(Value::Null);
        match kind.as_str() {
            "chat" => {
                let text = payload["text"].as_str().unwrap_or_default().trim();
                let id = id.as_str().filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
                if text.is_empty() {
                    return Self::Nothing;
                }
                Self::Chat { id: id.map(str::to_owned), text: text.to_owned() }
            }
            "abort" => Self::Abort,
            "get_state" => Self::GetState,
            "req" | "res" | "event" | "connect" => Self::Denied,
            _ if frame.contains_key("method") || frame.contains_key("scopes") => Self::Denied,
            _ => {
                let id = if id.to_string().len() <= LONGEST_ID { id } else { Value::Null };
                let payload = if payload.is_object() { payload } else { Value::Object(frame) };
                Self::Page { kind, id, payload }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_has_a_text_and_perhaps_an_id() {
        let chat = |id: Option<&str>| Ask::Chat { id: id.map(str::to_owned), text: "hi".to_owned() };
        assert_eq!(
            Ask::read(r#"{"type":"chat","id":"msg-1","payload":{"text":" hi\n"},"timestamp":1}"#),
            chat(Some("msg-1"))
        );
        for id in [r#""id":5,"#, "", r#""id":"","#] {
            assert_eq!(Ask::read(&format!(r#"{{"type":"chat",{id}"payload":{{"text":"hi"}}}}"#)), chat(None));
        }
    }

    #[test]
    fn what_breaks_others_is_nothing() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "",
            "x",
            "5",
            "null",
            "[1,2]",
            "\"chat\"",
            "{}",
            r#"{"type":5}"#,
            r#"{"type":"chat"}"#,
            &deep,
            r#"{"type":"chat","payload":null}"#,
            r#"{"type":"chat","payload":{"text":5}}"#,
            r#"{"type":"chat","payload":{"text":"  "}}"#,
            r#"{"type":"chat","payload":[]}"#,
        ] {
            assert_eq!(Ask::read(text), Ask::Nothing, "{text:.40}");
        }
        assert_eq!(Ask::read(r#"{"type":"abort","payload":null}"#), Ask::Abort);
    }

    #[test]
    fn who_speaks_to_the_gateway_is_denied() {
        for text in [
            r#"{"type":"req","id":"1","method":"config.set","params":{}}"#,
            r#"{"type":"connect","scopes":["operator.admin"]}"#,
            r#"{"method":"exec.approvals.set"}"#,
            r#"{"type":"anything","method":"config.set"}"#,
        ] {
            assert_eq!(Ask::read(text), Ask::Denied, "{text}");
        }
    }
}
