//! OpenAI responses. Source: OpenAI's API reference, "Responses" and "Streaming events" (`response.output_text.delta`,
//! `response.function_call_arguments.delta`, `response.reasoning_summary_text.delta`, encrypted reasoning, `response.refusal.delta`,
//! `response.completed`, `.incomplete`, `.failed`, `error`).

use super::Asked;
use super::content::{call, items, string, text};
use crate::assembled::Assembled;
use sentrix_record::exchange::ExchangeMessage;
use serde_json::Value;

pub(super) fn asked(body: &Value) -> Asked {
    let mut asked =
        Asked { system: body["instructions"].as_str().map(ToOwned::to_owned), ..Asked::default() };
    match &body["input"] {
        Value::String(said) => asked.messages.push(ExchangeMessage {
            role: "user".to_owned(),
            content: said.clone(),
            ..ExchangeMessage::default()
        }),
        input => items(input).iter().for_each(|item| take(item, &mut asked)),
    }
    if let Some(tools) = body.get("tools").filter(|tools| !items(tools).is_empty()) {
        asked.tool_names = items(tools).iter().map(|tool| string(&tool["name"])).collect();
        asked.tools = Some(tools.clone());
    }
    asked
}

fn take(item: &Value, asked: &mut Asked) {
    let kind = item["type"].as_str().unwrap_or("message");
    let role = item["role"].as_str().unwrap_or_default();
    match (kind, role) {
        ("message", "system" | "developer") => {
            let system = asked.system.get_or_insert_default();
            if !system.is_empty() {
                system.push('\n');
            }
            system.push_str(&text(&item["content"]));
        }
        ("message", role) => asked.messages.push(ExchangeMessage {
            role: role.to_owned(),
            content: text(&item["content"]),
            ..ExchangeMessage::default()
        }),
        ("function_call", _) => asked.messages.push(ExchangeMessage {
            role: "assistant".to_owned(),
            tool_calls: vec![call(&item["call_id"], &item["name"], &item["arguments"])],
            ..ExchangeMessage::default()
        }),
        ("function_call_output", _) => asked.messages.push(ExchangeMessage {
            role: "tool".to_owned(),
            content: text(&item["output"]),
            tool_call_id: Some(string(&item["call_id"])),
            ..ExchangeMessage::default()
        }),
        ("reasoning", _) => asked.messages.push(ExchangeMessage {
            role: "assistant".to_owned(),
            thinking: text(&item["summary"]),
            ..ExchangeMessage::default()
        }),
        _ => asked.messages.push(ExchangeMessage {
            role: kind.to_owned(),
            content: text(item),
            ..ExchangeMessage::default()
        }),
    }
}

pub(super) fn event(event: &Value, answer: &mut Assembled) {
    let delta = event["delta"].as_str().unwrap_or_default();
    let key = event["output_index"].to_string();
    match event["type"].as_str().unwrap_or_default() {
        "response.created" | "response.in_progress" => named(&event["response"], answer),
        "response.output_text.delta" => answer.add_text(delta),
        "response.refusal.delta" => answer.add_refusal(delta),
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            answer.add_thinking(delta)
        }
        "response.output_item.added" => begin(&key, &event["item"], answer),
        "response.function_call_arguments.delta" => answer.add_arguments(&key, delta),
        "response.function_call_arguments.done" => {
            answer.set_arguments(&key, event["arguments"].as_str().unwrap_or_default());
        }
        "response.output_item.done" => {
            begin(&key, &event["item"], answer);
            if let Some(arguments) = event["item"]["arguments"].as_str() {
                answer.set_arguments(&key, arguments);
            }
        }
        "response.completed" | "response.incomplete" | "response.failed" => end(&event["response"], answer),
        "error" => answer.error = Some(event.clone()),
        _ => {}
    }
}

pub(super) fn whole(body: &Value, answer: &mut Assembled) {
    for (at, item) in items(&body["output"]).iter().enumerate() {
        let key = at.to_string();
        match item["type"].as_str() {
            Some("message") => {
                for part in items(&item["content"]) {
                    answer.add_text(part["text"].as_str().unwrap_or_default());
                    answer.add_refusal(part["refusal"].as_str().unwrap_or_default());
                }
            }
            Some("reasoning") => answer.add_thinking(&text(&item["summary"])),
            _ => {
                begin(&key, item, answer);
                if let Some(arguments) = item["arguments"].as_str() {
                    answer.set_arguments(&key, arguments);
                }
            }
        }
    }
    end(body, answer);
}

fn begin(key: &str, item: &Value, answer: &mut Assembled) {
    if item["type"] == "function_call" {
        answer.call(key, item["call_id"].as_str(), item["name"].as_str());
    }
}

fn named(response: &Value, answer: &mut Assembled) {
    if let Some(id) = response["id"].as_str() {
        answer.id = Some(id.to_owned());
    }
    if let Some(model) = response["model"].as_str() {
        answer.model = Some(model.to_owned());
    }
}

fn end(response: &Value, answer: &mut Assembled) {
    named(response, answer);
    let why = response["incomplete_details"]["reason"].as_str().or_else(|| response["status"].as_str());
    answer.stop = why.map(ToOwned::to_owned);
    let usage = &response["usage"];
    let cached = usage["input_tokens_details"]["cached_tokens"].as_u64();
    answer.usage.input_tokens =
        usage["input_tokens"].as_u64().map(|all| all.saturating_sub(cached.unwrap_or(0)));
    answer.usage.output_tokens = usage["output_tokens"].as_u64();
    answer.usage.cache_read_tokens = cached;
    answer.usage.reasoning_tokens = usage["output_tokens_details"]["reasoning_tokens"].as_u64();
    if response["error"].is_object() {
        answer.error = Some(response["error"].clone());
    }
    answer.ended = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_with_encrypted_reasoning_is_put_together() {
        let mut answer = Assembled::new(9999);
        for one in [
            json!({"type": "response.created", "response": {"id": "resp_1", "model": "m", "status": "in_progress"}}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAA", "summary": []}}),
            json!({"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "Weighing"}),
            json!({"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "read", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{\"path\":"}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "\"a\"}"}),
            json!({"type": "response.function_call_arguments.done", "output_index": 1, "arguments": "{\"path\":\"a\"}"}),
            json!({"type": "response.output_text.delta", "output_index": 2, "delta": "Hello"}),
            json!({"type": "response.completed", "response": {"id": "resp_1", "model": "m", "status": "completed", "usage": {"input_tokens": 9, "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 3}}}}),
        ] {
            event(&one, &mut answer);
        }
        assert!(answer.ended);
        let answer = answer.finish();
        assert_eq!(answer.text, "Hello");
        assert_eq!(answer.thinking, "Weighing");
        assert_eq!(answer.tool_calls.len(), 1);
        assert_eq!(answer.tool_calls[0].arguments.text(), "{\"path\":\"a\"}");
        assert_eq!(answer.usage.reasoning_tokens, Some(3));
    }

    #[test]
    fn input_items_become_messages() {
        let asked = asked(&json!({"input": [
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "rules"}]},
            {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{\"path\":\"a\"}"},
            {"type": "function_call_output", "call_id": "c", "output": "text"},
        ], "tools": [{"type": "function", "name": "read"}]}));
        assert_eq!(asked.system.as_deref(), Some("rules"));
        let roles: Vec<&str> = asked.messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool"]);
        assert_eq!(asked.tool_names, ["read"]);
    }
}
