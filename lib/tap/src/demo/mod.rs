//! The provider `demo`: a script that plays the part of a model, for whoever has Docker and no key. It is no model, and says so.
//!
//! What it does depends on the last thing that the user said, and on how many answers of tools came since. Asked for the `tour`, it does what
//! an agent gone wrong would do: it reads a note that holds an injection, asks for tools that the sandbox refuses, gives away a made-up key
//! and obeys the injection, so that every defence can be seen at work. It speaks every dialect, whichever provider was asked for.

mod chat;
mod gemini;
mod messages;
mod responses;
mod script;

use crate::dialect::Asked;
use script::Reply;
use sentrix_record::exchange::Dialect;
use serde_json::Value;
use std::time::Duration;

/// The provider's name.
pub(crate) const NAME: &str = "demo";
/// The name of its only model.
const MODEL: &str = "demo-1";
/// So many letters are in one piece, about a word.
const LETTERS: usize = 6;

/// An answer, ready to be played.
pub(crate) struct Script {
    /// Whether it comes in pieces.
    pub stream: bool,
    /// The pieces.
    pub pieces: Vec<String>,
    /// What passes between two of them.
    pub pause: Duration,
}

/// Answers a request; nothing where the dialect is not of conversations.
pub(crate) fn answer(dialect: Dialect, asked: &Asked) -> Option<Script> {
    let reply = script::reply(asked);
    let stream = asked.stream;
    let pieces = match (dialect, stream) {
        (Dialect::Messages, true) => messages::stream(&reply),
        (Dialect::Messages, false) => vec![messages::whole(&reply)],
        (Dialect::Chat, true) => chat::stream(&reply),
        (Dialect::Chat, false) => vec![chat::whole(&reply)],
        (Dialect::Responses, true) => responses::stream(&reply),
        (Dialect::Responses, false) => vec![responses::whole(&reply)],
        (Dialect::Gemini, true) => gemini::stream(&reply),
        (Dialect::Gemini, false) => vec![gemini::whole(&reply)],
        (Dialect::Other, _) => return None,
    };
    Some(Script { stream, pieces, pause: Duration::from_millis(15) })
}

/// A text, about a word a piece.
fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(LETTERS).map(|piece| piece.iter().collect()).collect()
}

/// An event with its name, as two of the dialects write it.
fn named(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

/// Tokens are letters by four: nobody counted them.
fn tokens(reply: &Reply) -> usize {
    (reply.thinking.len() + reply.text.len()) / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembled::Assembled;
    use crate::dialect;
    use crate::sse::Sse;
    use serde_json::json;

    const PATHS: [(Dialect, &str); 4] = [
        (Dialect::Messages, "/v1/messages"),
        (Dialect::Chat, "/v1/chat/completions"),
        (Dialect::Responses, "/v1/responses"),
        (Dialect::Gemini, "/v1beta/models/demo-1:streamGenerateContent?alt=sse"),
    ];

    fn request(said: &str) -> Value {
        json!({
            "stream": true,
            "messages": [{"role": "user", "content": said}],
            "input": said,
            "contents": [{"role": "user", "parts": [{"text": said}]}],
            "tools": [{"name": "read", "function": {"name": "read"}, "functionDeclarations": [{"name": "read"}]}],
        })
    }

    #[test]
    fn it_speaks_every_dialect_as_the_tap_hears_it() {
        for (dialect, path) in PATHS {
            for said in ["hello", "tour"] {
                let asked = dialect::asked(dialect, path, &request(said));
                let expected = script::reply(&asked);
                let (mut sse, mut heard) = (Sse::default(), Assembled::new(99_999));
                for piece in answer(dialect, &asked).unwrap().pieces {
                    sse.push(piece.as_bytes(), |data| dialect::event(dialect, data, &mut heard));
                }
                assert!(heard.ended, "{dialect:?}");
                let heard = heard.finish();
                assert_eq!(
                    (&heard.text, &heard.thinking),
                    (&expected.text, &expected.thinking),
                    "{dialect:?}"
                );
                assert!(heard.id.is_some() && heard.stop_reason.is_some(), "{dialect:?}");
                assert_eq!(heard.tool_calls.len(), usize::from(expected.call.is_some()), "{dialect:?}");
                if let Some((name, arguments)) = expected.call {
                    assert_eq!(heard.tool_calls[0].name, name);
                    assert_eq!(heard.tool_calls[0].arguments.json().get(), arguments.to_string());
                }
            }
        }
    }

    #[test]
    fn an_answer_may_come_whole() {
        for (dialect, path) in PATHS {
            let mut asked = dialect::asked(dialect, path, &request("tour"));
            asked.stream = false;
            let expected = script::reply(&asked);
            let mut heard = Assembled::new(99_999);
            dialect::whole(dialect, answer(dialect, &asked).unwrap().pieces.concat().as_bytes(), &mut heard);
            let heard = heard.finish();
            assert_eq!(heard.text, expected.text, "{dialect:?}");
            assert_eq!(heard.tool_calls[0].name, expected.call.unwrap().0, "{dialect:?}");
        }
    }

    #[test]
    fn it_makes_no_vectors() {
        assert!(answer(Dialect::Other, &Asked::default()).is_none());
    }
}
