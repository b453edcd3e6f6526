//! The demo's answers in the dialect of Anthropic's messages.

use super::script::Reply;
use super::{MODEL, named, tokens, words};
use serde_json::{Value, json};
use uuid::Uuid;

/// The events of a streamed answer, one a piece.
pub(super) fn stream(reply: &Reply) -> Vec<String> {
    let mut events = vec![json!({"type": "message_start", "message": message(reply, &[], Value::Null)})];
    let mut index = 0;
    for (kind, field, text) in [("thinking", "thinking", &reply.thinking), ("text", "text", &reply.text)] {
        if text.is_empty() {
            continue;
        }
        events.push(json!({"type": "content_block_start", "index": index, "content_block": {"type": kind, field: ""}}));
        for piece in words(text) {
            let delta = json!({"type": format!("{kind}_delta"), field: piece});
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
    }
    if let Some((name, arguments)) = &reply.call {
        let block = json!({"type": "tool_use", "id": call_id(), "name": name, "input": {}});
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        let delta = json!({"type": "input_json_delta", "partial_json": arguments.to_string()});
        events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events
        .push(json!({"type": "message_delta", "delta": {"stop_reason": stop(reply)}, "usage": usage(reply)}));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(named).collect()
}

/// The answer in one.
pub(super) fn whole(reply: &Reply) -> String {
    let mut content = vec![json!({"type": "text", "text": reply.text})];
    if let Some((name, arguments)) = &reply.call {
        content.push(json!({"type": "tool_use", "id": call_id(), "name": name, "input": arguments}));
    }
    message(reply, &content, json!(stop(reply))).to_string()
}

fn message(reply: &Reply, content: &[Value], stop: Value) -> Value {
    json!({"id": format!("msg_demo_{}", Uuid::new_v4().simple()), "type": "message", "role": "assistant", "model": MODEL, "content": content, "stop_reason": stop, "stop_sequence": null, "usage": usage(reply)})
}

fn usage(reply: &Reply) -> Value {
    json!({"input_tokens": 0, "output_tokens": tokens(reply)})
}

fn stop(reply: &Reply) -> &'static str {
    if reply.call.is_some() { "tool_use" } else { "end_turn" }
}

fn call_id() -> String {
    format!("toolu_demo_{}", Uuid::new_v4().simple())
}
