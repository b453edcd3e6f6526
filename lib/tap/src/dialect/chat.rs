//! OpenAI chat completions, as OpenAI and many others speak it. Source: OpenAI's API reference, "Chat completions" and "Streaming" (usage in a
//! last chunk without choices, refusals, `[DONE]`); `reasoning_content` and `reasoning` as DeepSeek's and OpenRouter's references have them.

use super::Asked;
use super::content::{call, items, string, text};
use crate::assembled::Assembled;
use sentrix_record::exchange::ExchangeMessage;
use serde_json::Value;

pub(super) fn asked(body: &Value) -> Asked {
    let (system, messages): (Vec<&Value>, Vec<&Value>) = items(&body["messages"])
        .iter()
        .partition(|message| matches!(message["role"].as_str(), Some("system" | "developer")));
    let system: Vec<String> = system.into_iter().map(|message| text(&message["content"])).collect();
    let tools = body.get("tools").filter(|tools| !items(tools).is_empty());
    let name = |tool: &Value| string(&tool["function"]["name"]);
    Asked {
        system: (!system.is_empty()).then(|| system.join("\n")),
        tool_names: tools.map(|tools| items(tools).iter().map(name).collect()).unwrap_or_default(),
        tools: tools.cloned(),
        messages: messages.into_iter().map(message).collect(),
        ..Asked::default()
    }
}

fn message(message: &Value) -> ExchangeMessage {
    let calls = items(&message["tool_calls"]).iter();
    ExchangeMessage {
        role: string(&message["role"]),
        content: text(&message["content"]),
        thinking: thinking(message).to_owned(),
        tool_calls: calls
            .map(|one| call(&one["id"], &one["function"]["name"], &one["function"]["arguments"]))
            .collect(),
        tool_call_id: message["tool_call_id"].as_str().map(ToOwned::to_owned),
        name: message["name"].as_str().map(ToOwned::to_owned),
        is_error: false,
    }
}

fn thinking(message: &Value) -> &str {
    message["reasoning_content"].as_str().or_else(|| message["reasoning"].as_str()).unwrap_or_default()
}

pub(super) fn event(event: &Value, answer: &mut Assembled) {
    named(event, answer);
    // Of several choices the first is the answer.
    let Some(choice) =
        items(&event["choices"]).iter().find(|choice| choice["index"].as_u64().unwrap_or(0) == 0)
    else {
        return;
    };
    said(&choice["delta"], answer);
    stop(choice, answer);
}

pub(super) fn whole(body: &Value, answer: &mut Assembled) {
    named(body, answer);
    if let Some(choice) = items(&body["choices"]).first() {
        said(&choice["message"], answer);
        stop(choice, answer);
    }
}

fn named(event: &Value, answer: &mut Assembled) {
    if let Some(id) = event["id"].as_str().filter(|id| !id.is_empty()) {
        answer.id = Some(id.to_owned());
    }
    if let Some(model) = event["model"].as_str().filter(|model| !model.is_empty()) {
        answer.model = Some(model.to_owned());
    }
    let usage = &event["usage"];
    if usage.is_object() {
        let cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64();
        answer.usage.input_tokens =
            usage["prompt_tokens"].as_u64().map(|all| all.saturating_sub(cached.unwrap_or(0)));
        answer.usage.output_tokens = usage["completion_tokens"].as_u64();
        answer.usage.cache_read_tokens = cached;
        answer.usage.reasoning_tokens = usage["completion_tokens_details"]["reasoning_tokens"].as_u64();
    }
}

fn said(delta: &Value, answer: &mut Assembled) {
    answer.add_text(&text(&delta["content"]));
    answer.add_thinking(thinking(delta));
    answer.add_refusal(delta["refusal"].as_str().unwrap_or_default());
    for (at, piece) in items(&delta["tool_calls"]).iter().enumerate() {
        let key = piece["index"].as_u64().unwrap_or(at as u64).to_string();
        let function = &piece["function"];
        answer.call(&key, piece["id"].as_str(), function["name"].as_str());
        match &function["arguments"] {
            Value::String(piece) => answer.add_arguments(&key, piece),
            Value::Null => {}
            json => answer.set_json(&key, json),
        }
    }
}

fn stop(choice: &Value, answer: &mut Assembled) {
    if let Some(stop) = choice["finish_reason"].as_str() {
        answer.stop = Some(stop.to_owned());
        answer.ended = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pieces_of_several_calls_are_told_apart() {
        let mut answer = Assembled::new(9999);
        for chunk in [
            json!({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Let "}}]}),
            json!({"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "read", "arguments": ""}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "id": "b", "function": {"name": "ls", "arguments": "{}"}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {"content": "me", "tool_calls": [{"index": 0, "function": {"arguments": "{\"path\":1}"}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 6}}}),
        ] {
            event(&chunk, &mut answer);
        }
        assert!(answer.ended);
        let answer = answer.finish();
        assert_eq!((answer.text.as_str(), answer.thinking.as_str()), ("Let me", "hm"));
        assert_eq!(answer.tool_calls[0].arguments.text(), "{\"path\":1}");
        assert_eq!(answer.tool_calls[1].name, "ls");
        assert_eq!(answer.usage.input_tokens, Some(4));
        assert_eq!(answer.id.as_deref(), Some("chatcmpl-1"));
    }

    #[test]
    fn a_refusal_is_no_text() {
        let mut answer = Assembled::new(99);
        event(&json!({"choices": [{"delta": {"refusal": "I can't"}, "finish_reason": "stop"}]}), &mut answer);
        assert_eq!(answer.finish().refusal.as_deref(), Some("I can't"));
    }
}
