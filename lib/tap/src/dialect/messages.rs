//! Anthropic messages. Source: Anthropic's API reference, "Messages" and "Streaming messages" (event types, ping events, error
//! events in mid-stream, `signature_delta`, redacted thinking).

use super::Asked;
use super::content::{call, items, string, text};
use crate::assembled::Assembled;
use sentrix_record::exchange::ExchangeMessage;
use serde_json::Value;

pub(super) fn asked(body: &Value) -> Asked {
    let system = Some(text(&body["system"])).filter(|text| !text.is_empty());
    let tools = body.get("tools").filter(|tools| !items(tools).is_empty());
    Asked {
        system,
        tool_names: tools
            .map(|tools| items(tools).iter().map(|tool| string(&tool["name"])).collect())
            .unwrap_or_default(),
        tools: tools.cloned(),
        messages: items(&body["messages"]).iter().flat_map(message).collect(),
        ..Asked::default()
    }
}

/// A message may answer several calls and say something besides: one of ours for each.
fn message(message: &Value) -> Vec<ExchangeMessage> {
    let role = string(&message["role"]);
    let Some(blocks) = message["content"].as_array() else {
        return vec![ExchangeMessage {
            role,
            content: text(&message["content"]),
            ..ExchangeMessage::default()
        }];
    };
    let mut said = ExchangeMessage { role, ..ExchangeMessage::default() };
    let (mut rest, mut out) = (Vec::new(), Vec::new());
    for block in blocks {
        match block["type"].as_str() {
            Some("tool_result") => out.push(ExchangeMessage {
                role: "tool".to_owned(),
                content: text(&block["content"]),
                tool_call_id: Some(string(&block["tool_use_id"])),
                is_error: block["is_error"] == true,
                ..ExchangeMessage::default()
            }),
            Some("tool_use") => said.tool_calls.push(call(&block["id"], &block["name"], &block["input"])),
            Some("thinking") => said.thinking.push_str(block["thinking"].as_str().unwrap_or_default()),
            Some("redacted_thinking") => {}
            _ => rest.push(block.clone()),
        }
    }
    said.content = text(&Value::Array(rest));
    if out.is_empty() || !said.content.is_empty() || !said.tool_calls.is_empty() {
        out.push(said);
    }
    out
}

pub(super) fn event(event: &Value, answer: &mut Assembled) {
    let key = event["index"].to_string();
    match event["type"].as_str() {
        Some("message_start") => begin(&event["message"], answer),
        Some("content_block_start") => block(&key, &event["content_block"], answer),
        Some("content_block_delta") => {
            let delta = &event["delta"];
            match delta["type"].as_str() {
                Some("text_delta") => answer.add_text(delta["text"].as_str().unwrap_or_default()),
                Some("thinking_delta") => answer.add_thinking(delta["thinking"].as_str().unwrap_or_default()),
                Some("input_json_delta") => {
                    answer.add_arguments(&key, delta["partial_json"].as_str().unwrap_or_default())
                }
                _ => {}
            }
        }
        Some("message_delta") => {
            if let Some(stop) = event["delta"]["stop_reason"].as_str() {
                answer.stop = Some(stop.to_owned());
            }
            usage(&event["usage"], answer);
        }
        Some("message_stop") => answer.ended = true,
        _ => {}
    }
}

pub(super) fn whole(body: &Value, answer: &mut Assembled) {
    begin(body, answer);
    for (at, part) in items(&body["content"]).iter().enumerate() {
        block(&at.to_string(), part, answer);
    }
    answer.stop = body["stop_reason"].as_str().map(ToOwned::to_owned);
}

fn begin(message: &Value, answer: &mut Assembled) {
    answer.id = message["id"].as_str().map(ToOwned::to_owned);
    answer.model = message["model"].as_str().map(ToOwned::to_owned);
    usage(&message["usage"], answer);
}

fn block(key: &str, block: &Value, answer: &mut Assembled) {
    match block["type"].as_str() {
        Some("text") => answer.add_text(block["text"].as_str().unwrap_or_default()),
        Some("thinking") => answer.add_thinking(block["thinking"].as_str().unwrap_or_default()),
        Some("tool_use" | "server_tool_use") => {
            answer.call(key, block["id"].as_str(), block["name"].as_str());
            // Empty here when the pieces follow.
            if block["input"].as_object().is_some_and(|input| !input.is_empty()) {
                answer.set_json(key, &block["input"]);
            }
        }
        _ => {}
    }
}

fn usage(usage: &Value, answer: &mut Assembled) {
    let set = |to: &mut Option<u64>, name: &str| *to = usage[name].as_u64().or(*to);
    set(&mut answer.usage.input_tokens, "input_tokens");
    set(&mut answer.usage.output_tokens, "output_tokens");
    set(&mut answer.usage.cache_read_tokens, "cache_read_input_tokens");
    set(&mut answer.usage.cache_write_tokens, "cache_creation_input_tokens");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::Sse;
    use sentrix_record::exchange::Dialect;
    use serde_json::json;

    /// In the shapes of the reference's streaming example with tools and thinking.
    pub(crate) const STREAM: &str = concat!(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"claude-x\",\"stop_reason\":null,\"usage\":{\"input_tokens\":472,\"output_tokens\":2,\"cache_read_input_tokens\":7}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Let me see 😀\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQB\"}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"Okay\"}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"read\",\"input\":{}}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"path\\\": \\\"a\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"bc\\\"}\"}}\n\n",
        "event: new_kind\ndata: {\"type\":\"new_kind\",\"x\":1}\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":89}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );

    #[test]
    fn an_answer_is_put_together_wherever_it_is_cut() {
        for at in 0..STREAM.len() {
            let (mut sse, mut answer) = (Sse::default(), Assembled::new(9999));
            for piece in [&STREAM.as_bytes()[..at], &STREAM.as_bytes()[at..]] {
                sse.push(piece, |data| super::super::event(Dialect::Messages, data, &mut answer));
            }
            assert!(answer.ended);
            let answer = answer.finish();
            assert_eq!(answer.text, "Okay");
            assert_eq!(answer.thinking, "Let me see 😀");
            assert_eq!(answer.tool_calls[0].arguments.text(), "{\"path\": \"abc\"}");
            assert_eq!(answer.tool_calls[0].id, "toolu_1");
            assert_eq!(answer.stop_reason.as_deref(), Some("tool_use"));
            assert_eq!(answer.usage.output_tokens, Some(89));
            assert_eq!(answer.usage.cache_read_tokens, Some(7));
        }
    }

    #[test]
    fn an_error_in_mid_stream_is_kept() {
        let mut answer = Assembled::new(99);
        let error = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        super::super::event(Dialect::Messages, error, &mut answer);
        assert!(!answer.ended);
        assert_eq!(answer.error.unwrap()["type"], "overloaded_error");
    }

    #[test]
    fn a_request_is_taken_apart() {
        let asked = asked(
            &json!({"system": [{"type": "text", "text": "be kind"}], "tools": [{"name": "read"}], "messages": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}, {"type": "tool_use", "id": "t", "name": "read", "input": {"path": "a"}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": [{"type": "text", "text": "no"}]}, {"type": "text", "text": "and?"}]},
            ]}),
        );
        assert_eq!(asked.system.as_deref(), Some("be kind"));
        let roles: Vec<&str> = asked.messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "user"]);
        assert_eq!(asked.messages[1].tool_calls[0].arguments.text(), "{\"path\":\"a\"}");
        assert!(asked.messages[2].is_error);
        assert_eq!(asked.messages[3].content, "and?");
    }
}
