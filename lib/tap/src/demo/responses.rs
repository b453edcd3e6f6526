//! The demo's answers in the dialect of OpenAI's responses.

use super::script::Reply;
use super::{MODEL, named, tokens, words};
use serde_json::{Value, json};
use uuid::Uuid;

/// The events of a streamed answer, one a piece.
pub(super) fn stream(reply: &Reply) -> Vec<String> {
    let id = Uuid::new_v4().simple().to_string();
    let output = output(reply, &id);
    let mut events =
        vec![json!({"type": "response.created", "response": response(reply, &id, "in_progress", &[])})];
    for (at, item) in output.iter().enumerate() {
        events.push(json!({"type": "response.output_item.added", "output_index": at, "item": begun(item)}));
        events.extend(parts(at, item));
        events.push(json!({"type": "response.output_item.done", "output_index": at, "item": item}));
    }
    events
        .push(json!({"type": "response.completed", "response": response(reply, &id, "completed", &output)}));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events.iter().map(named).collect()
}

/// The answer in one.
pub(super) fn whole(reply: &Reply) -> String {
    let id = Uuid::new_v4().simple().to_string();
    response(reply, &id, "completed", &output(reply, &id)).to_string()
}

fn response(reply: &Reply, id: &str, status: &str, output: &[Value]) -> Value {
    let usage = json!({"input_tokens": 0, "output_tokens": tokens(reply), "total_tokens": tokens(reply)});
    json!({"id": format!("resp_demo_{id}"), "object": "response", "created_at": 0, "status": status, "model": MODEL, "output": output, "usage": usage})
}

fn output(reply: &Reply, id: &str) -> Vec<Value> {
    let mut items = Vec::new();
    if !reply.thinking.is_empty() {
        items.push(json!({"id": format!("rs_{id}"), "type": "reasoning", "summary": [{"type": "summary_text", "text": reply.thinking}]}));
    }
    if !reply.text.is_empty() {
        let content = json!([{"type": "output_text", "text": reply.text, "annotations": []}]);
        items.push(json!({"id": format!("msg_{id}"), "type": "message", "status": "completed", "role": "assistant", "content": content}));
    }
    if let Some((name, arguments)) = &reply.call {
        items.push(json!({"id": format!("fc_{id}"), "type": "function_call", "status": "completed", "call_id": format!("call_{id}"), "name": name, "arguments": arguments.to_string()}));
    }
    items
}

/// The item before its first piece.
fn begun(item: &Value) -> Value {
    let mut item = item.clone();
    match item["type"].as_str() {
        Some("reasoning") => item["summary"] = json!([]),
        Some("message") => (item["content"], item["status"]) = (json!([]), json!("in_progress")),
        _ => (item["arguments"], item["status"]) = (json!(""), json!("in_progress")),
    }
    item
}

/// The pieces of an item.
fn parts(at: usize, item: &Value) -> Vec<Value> {
    let event = |kind: &str, place: &str, field: &str, value: Value| {
        let mut event = json!({"type": format!("response.{kind}"), "item_id": item["id"], "output_index": at, field: value});
        if !place.is_empty() {
            event[place] = json!(0);
        }
        event
    };
    let (part, text, place, whole) = match item["type"].as_str() {
        Some("reasoning") => {
            ("reasoning_summary_part", "reasoning_summary_text", "summary_index", &item["summary"][0])
        }
        Some("message") => ("content_part", "output_text", "content_index", &item["content"][0]),
        _ => {
            let kind = "function_call_arguments";
            return vec![
                event(&format!("{kind}.delta"), "", "delta", item["arguments"].clone()),
                event(&format!("{kind}.done"), "", "arguments", item["arguments"].clone()),
            ];
        }
    };
    let mut empty = whole.clone();
    empty["text"] = json!("");
    let mut events = vec![event(&format!("{part}.added"), place, "part", empty)];
    for piece in words(whole["text"].as_str().unwrap_or_default()) {
        events.push(event(&format!("{text}.delta"), place, "delta", json!(piece)));
    }
    events.push(event(&format!("{text}.done"), place, "text", whole["text"].clone()));
    events.push(event(&format!("{part}.done"), place, "part", whole.clone()));
    events
}
