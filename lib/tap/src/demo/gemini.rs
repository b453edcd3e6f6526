//! The demo's answers as Gemini's generateContent.

use super::script::Reply;
use super::{MODEL, tokens, words};
use serde_json::{Value, json};
use uuid::Uuid;

/// The chunks of a streamed answer, one a piece.
pub(super) fn stream(reply: &Reply) -> Vec<String> {
    let id = Uuid::new_v4().simple().to_string();
    let mut parts: Vec<Value> =
        words(&reply.thinking).into_iter().map(|piece| json!({"text": piece, "thought": true})).collect();
    parts.extend(words(&reply.text).into_iter().map(|piece| json!({"text": piece})));
    parts.extend(call(reply));
    let last = parts.len().saturating_sub(1);
    let chunk =
        |(at, part): (usize, Value)| format!("data: {}\r\n\r\n", body(reply, &id, &[part], at == last));
    parts.into_iter().enumerate().map(chunk).collect()
}

/// The answer in one.
pub(super) fn whole(reply: &Reply) -> String {
    let mut parts = vec![json!({"text": reply.thinking, "thought": true}), json!({"text": reply.text})];
    parts.extend(call(reply));
    body(reply, &Uuid::new_v4().simple().to_string(), &parts, true).to_string()
}

fn body(reply: &Reply, id: &str, parts: &[Value], last: bool) -> Value {
    let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
    if last {
        candidate["finishReason"] = json!("STOP");
    }
    let usage = json!({"promptTokenCount": 0, "candidatesTokenCount": tokens(reply), "totalTokenCount": tokens(reply)});
    json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": MODEL, "responseId": format!("demo-{id}")})
}

fn call(reply: &Reply) -> Option<Value> {
    let (name, arguments) = reply.call.as_ref()?;
    Some(json!({"functionCall": {"name": name, "args": arguments}}))
}
