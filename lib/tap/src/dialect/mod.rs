//! The dialects: what a request asks, and what an answer says, whoever the provider is.

mod chat;
mod content;
mod gemini;
mod messages;
mod responses;

use crate::assembled::Assembled;
use hyper::Method;
use sentrix_record::exchange::{Dialect, ExchangeKind, ExchangeMessage};
use serde_json::{Map, Value};

/// What a request asks.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub model: Option<String>,
    pub stream: bool,
    pub system: Option<String>,
    /// The tools' schemas, as they came.
    pub tools: Option<Value>,
    pub tool_names: Vec<String>,
    pub messages: Vec<ExchangeMessage>,
    pub parameters: Map<String, Value>,
}

/// Which dialect a request is of, and what for; nothing for what no agent has any business with: the key opens more at a provider than
/// conversations.
pub(crate) fn of(method: &Method, path: &str) -> Option<(Dialect, ExchangeKind)> {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    if path.split('/').any(|part| part == "..") {
        return None;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let action = last.split_once(':').map(|(_, action)| action);
    let other = Some((Dialect::Other, ExchangeKind::Other));
    if method == Method::GET {
        let models = last == "models" || path.contains("/models/");
        return if models { other } else { None };
    }
    if method != Method::POST {
        return None;
    }
    match (last, action) {
        ("messages", _) => Some((Dialect::Messages, ExchangeKind::Turn)),
        ("responses", _) => Some((Dialect::Responses, ExchangeKind::Turn)),
        ("completions", _) if path.ends_with("/chat/completions") => {
            Some((Dialect::Chat, ExchangeKind::Turn))
        }
        (_, Some("generateContent" | "streamGenerateContent")) => Some((Dialect::Gemini, ExchangeKind::Turn)),
        ("embeddings", _) | (_, Some("embedContent" | "batchEmbedContents")) => {
            Some((Dialect::Other, ExchangeKind::Embedding))
        }
        ("count_tokens", _) | (_, Some("countTokens")) => other,
        _ => None,
    }
}

/// Reads a request.
pub(crate) fn asked(dialect: Dialect, path: &str, body: &Value) -> Asked {
    let mut asked = match dialect {
        Dialect::Messages => messages::asked(body),
        Dialect::Chat => chat::asked(body),
        Dialect::Responses => responses::asked(body),
        Dialect::Gemini => gemini::asked(path, body),
        Dialect::Other => Asked::default(),
    };
    if asked.model.is_none() {
        asked.model = body["model"].as_str().map(ToOwned::to_owned);
    }
    for name in [
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "temperature",
        "thinking",
        "reasoning",
        "reasoning_effort",
        "tool_choice",
    ] {
        if let Some(value) = body.get(name) {
            asked.parameters.insert(name.to_owned(), value.clone());
        }
    }
    if dialect != Dialect::Gemini {
        asked.stream = body["stream"] == true;
    }
    asked
}

/// Takes in one event of an answer that comes in pieces.
pub(crate) fn event(dialect: Dialect, data: &[u8], answer: &mut Assembled) {
    if data == b"[DONE]" {
        answer.ended = true;
        return;
    }
    // What is no JSON is handed on, not understood.
    let Ok(event) = serde_json::from_slice::<Value>(data) else { return };
    match dialect {
        Dialect::Messages => messages::event(&event, answer),
        Dialect::Chat => chat::event(&event, answer),
        Dialect::Responses => responses::event(&event, answer),
        Dialect::Gemini => gemini::event(&event, answer),
        Dialect::Other => {}
    }
    if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
        answer.error = Some(error.clone());
    }
}

/// Takes in an answer that came whole.
pub(crate) fn whole(dialect: Dialect, body: &[u8], answer: &mut Assembled) {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
    if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
        answer.error = Some(error.clone());
    }
    match dialect {
        Dialect::Messages => messages::whole(&body, answer),
        Dialect::Chat => chat::whole(&body, answer),
        Dialect::Responses => responses::whole(&body, answer),
        // A list of chunks, or one.
        Dialect::Gemini => match body.as_array() {
            Some(chunks) => chunks.iter().for_each(|chunk| gemini::event(chunk, answer)),
            None => gemini::event(&body, answer),
        },
        Dialect::Other => {}
    }
    answer.ended = true;
}

/// The answer of a proxy that cannot serve a request, in the words of the dialect.
pub(crate) fn refusal(dialect: Dialect, kind: &str, message: &str) -> Value {
    match dialect {
        Dialect::Messages => {
            serde_json::json!({"type": "error", "error": {"type": kind, "message": message}})
        }
        Dialect::Gemini => serde_json::json!({"error": {"status": kind, "message": message}}),
        _ => serde_json::json!({"error": {"type": kind, "message": message}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_every_provider_are_known() {
        let of = |method: &str, path: &str| super::of(&Method::from_bytes(method.as_bytes()).unwrap(), path);
        let turn = |path: &str| {
            of("POST", path).filter(|(_, kind)| *kind == ExchangeKind::Turn).map(|(dialect, _)| dialect)
        };
        assert_eq!(turn("/v1/messages"), Some(Dialect::Messages));
        assert_eq!(turn("/v1/messages?beta=true"), Some(Dialect::Messages));
        assert_eq!(turn("/api/v1/chat/completions"), Some(Dialect::Chat));
        assert_eq!(turn("/openai/v1/chat/completions"), Some(Dialect::Chat));
        assert_eq!(turn("/v1/responses"), Some(Dialect::Responses));
        let gemini = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse";
        assert_eq!(turn(gemini), Some(Dialect::Gemini));
        assert_eq!(of("POST", "/v1/embeddings"), Some((Dialect::Other, ExchangeKind::Embedding)));
        assert!(of("GET", "/v1/models").is_some() && of("GET", "/v1/models/gpt-5").is_some());
        for (method, strange) in [
            ("POST", "/"),
            ("POST", ""),
            ("POST", "/v1/completions"),
            ("GET", "/v1/files"),
            ("POST", "/v1/messages/batches"),
            ("DELETE", "/v1/models/mine"),
            ("GET", "/v1/messages"),
            ("POST", "/v1/models/x/../../files/messages"),
        ] {
            assert_eq!(of(method, strange), None, "{method} {strange}");
        }
    }
}
