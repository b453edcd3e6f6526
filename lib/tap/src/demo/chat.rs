//! The demo's answers as chat completions.

use super::script::Reply;
use super::{MODEL, tokens, words};
use serde_json::{Value, json};
use uuid::Uuid;

/// The chunks of a streamed answer, one a piece.
pub(super) fn stream(reply: &Reply) -> Vec<String> {
    let id = id();
    let chunk = |delta: Value, stop: Value| {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": stop}]);
        json!({"id": id, "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": choices})
    };
    let mut chunks = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    chunks.extend(
        words(&reply.thinking)
            .into_iter()
            .map(|piece| chunk(json!({"reasoning_content": piece}), Value::Null)),
    );
    chunks.extend(words(&reply.text).into_iter().map(|piece| chunk(json!({"content": piece}), Value::Null)));
    if let Some(call) = call(reply) {
        chunks.push(chunk(json!({"tool_calls": [call]}), Value::Null));
    }
    chunks.push(chunk(json!({}), json!(stop(reply))));
    chunks.push(json!({"id": id, "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [], "usage": usage(reply)}));
    let mut pieces: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    pieces.push("data: [DONE]\n\n".to_owned());
    pieces
}

/// The answer in one.
pub(super) fn whole(reply: &Reply) -> String {
    let mut message =
        json!({"role": "assistant", "content": reply.text, "reasoning_content": reply.thinking});
    if let Some(call) = call(reply) {
        message["tool_calls"] = json!([call]);
    }
    let choices = json!([{"index": 0, "message": message, "finish_reason": stop(reply)}]);
    json!({"id": id(), "object": "chat.completion", "created": 0, "model": MODEL, "choices": choices, "usage": usage(reply)}).to_string()
}

fn id() -> String {
    format!("chatcmpl-demo-{}", Uuid::new_v4().simple())
}

fn call(reply: &Reply) -> Option<Value> {
    let (name, arguments) = reply.call.as_ref()?;
    let function = json!({"name": name, "arguments": arguments.to_string()});
    Some(
        json!({"index": 0, "id": format!("call_demo_{}", Uuid::new_v4().simple()), "type": "function", "function": function}),
    )
}

fn stop(reply: &Reply) -> &'static str {
    if reply.call.is_some() { "tool_calls" } else { "stop" }
}

fn usage(reply: &Reply) -> Value {
    json!({"prompt_tokens": 0, "completion_tokens": tokens(reply), "total_tokens": tokens(reply)})
}
