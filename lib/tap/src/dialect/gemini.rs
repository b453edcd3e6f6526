//! Gemini generateContent. Source: Google's Gemini API reference, "Generating content" (parts, `thought`, `functionCall`, `functionResponse`,
//! `promptFeedback.blockReason`, `usageMetadata`).

use super::Asked;
use super::content::{call, items, string, text};
use crate::assembled::Assembled;
use sentrix_record::exchange::ExchangeMessage;
use serde_json::Value;

pub(super) fn asked(path: &str, body: &Value) -> Asked {
    let last = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let (model, action) = last.split_once(':').unwrap_or((last, ""));
    let system = body.get("systemInstruction").or_else(|| body.get("system_instruction"));
    let tools = body.get("tools").filter(|tools| !items(tools).is_empty());
    let declared = |tool: &Value| {
        items(&tool["functionDeclarations"]).iter().map(|one| string(&one["name"])).collect::<Vec<_>>()
    };
    Asked {
        model: Some(model.to_owned()),
        stream: action.starts_with("stream"),
        system: system.map(|system| text(&system["parts"])),
        tool_names: tools.map(|tools| items(tools).iter().flat_map(declared).collect()).unwrap_or_default(),
        tools: tools.cloned(),
        messages: items(&body["contents"]).iter().flat_map(message).collect(),
        parameters: body["generationConfig"].as_object().cloned().unwrap_or_default(),
    }
}

fn message(content: &Value) -> Vec<ExchangeMessage> {
    let role = if content["role"] == "model" { "assistant" } else { "user" };
    let mut said = ExchangeMessage { role: role.to_owned(), ..ExchangeMessage::default() };
    let (mut rest, mut out) = (Vec::new(), Vec::new());
    for part in items(&content["parts"]) {
        if let Some(one) = part.get("functionCall") {
            said.tool_calls.push(call(&one["id"], &one["name"], &one["args"]));
        } else if let Some(one) = part.get("functionResponse") {
            out.push(ExchangeMessage {
                role: "tool".to_owned(),
                content: answer_of(&one["response"]),
                tool_call_id: one["id"].as_str().map(ToOwned::to_owned),
                name: one["name"].as_str().map(ToOwned::to_owned),
                is_error: one["response"].get("error").is_some(),
                ..ExchangeMessage::default()
            });
        } else if part["thought"] == true {
            said.thinking.push_str(part["text"].as_str().unwrap_or_default());
        } else {
            rest.push(part.clone());
        }
    }
    said.content = text(&Value::Array(rest));
    if out.is_empty() || !said.content.is_empty() || !said.tool_calls.is_empty() {
        out.push(said);
    }
    out
}

fn answer_of(response: &Value) -> String {
    ["output", "result", "error"]
        .into_iter()
        .find_map(|name| response[name].as_str())
        .map_or_else(|| response.to_string(), ToOwned::to_owned)
}

pub(super) fn event(chunk: &Value, answer: &mut Assembled) {
    if let Some(id) = chunk["responseId"].as_str() {
        answer.id = Some(id.to_owned());
    }
    if let Some(model) = chunk["modelVersion"].as_str() {
        answer.model = Some(model.to_owned());
    }
    let usage = &chunk["usageMetadata"];
    if usage.is_object() {
        let cached = usage["cachedContentTokenCount"].as_u64();
        answer.usage.input_tokens =
            usage["promptTokenCount"].as_u64().map(|all| all.saturating_sub(cached.unwrap_or(0)));
        answer.usage.output_tokens = usage["candidatesTokenCount"].as_u64();
        answer.usage.cache_read_tokens = cached;
        answer.usage.reasoning_tokens = usage["thoughtsTokenCount"].as_u64();
    }
    if let Some(reason) = chunk["promptFeedback"]["blockReason"].as_str() {
        answer.add_refusal(reason);
        answer.stop = Some(reason.to_owned());
        answer.ended = true;
    }
    let Some(candidate) = items(&chunk["candidates"]).first() else { return };
    for part in items(&candidate["content"]["parts"]) {
        if let Some(one) = part.get("functionCall") {
            // Every call comes whole.
            let key = answer.calls().to_string();
            answer.call(&key, one["id"].as_str(), one["name"].as_str());
            answer.set_json(&key, &one["args"]);
        } else if part["thought"] == true {
            answer.add_thinking(part["text"].as_str().unwrap_or_default());
        } else {
            answer.add_text(part["text"].as_str().unwrap_or_default());
        }
    }
    if let Some(stop) = candidate["finishReason"].as_str() {
        answer.stop = Some(stop.to_owned());
        answer.ended = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thoughts_calls_and_text_are_told_apart() {
        let mut answer = Assembled::new(999);
        event(
            &json!({"responseId": "r", "candidates": [{"content": {"parts": [{"text": "hm", "thought": true}, {"text": "A"}]}}]}),
            &mut answer,
        );
        event(
            &json!({"candidates": [{"content": {"parts": [{"functionCall": {"name": "read", "args": {"path": "a"}}, "thoughtSignature": "x"}, {"functionCall": {"name": "ls", "args": {}}}]}, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "thoughtsTokenCount": 1}}),
            &mut answer,
        );
        assert!(answer.ended);
        let answer = answer.finish();
        assert_eq!((answer.text.as_str(), answer.thinking.as_str()), ("A", "hm"));
        assert_eq!(
            answer.tool_calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(),
            ["read", "ls"]
        );
        assert_eq!(answer.tool_calls[0].arguments.text(), "{\"path\":\"a\"}");
    }

    #[test]
    fn the_model_stands_in_the_path() {
        let asked = asked(
            "/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
            &json!({"contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {"role": "model", "parts": [{"functionCall": {"name": "read", "args": {"path": "a"}}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "read", "response": {"error": "no"}}}]},
            ]}),
        );
        assert_eq!(asked.model.as_deref(), Some("gemini-x"));
        assert!(asked.stream);
        assert!(asked.messages[2].is_error);
        assert_eq!(asked.messages[2].content, "no");
    }

    #[test]
    fn a_blocked_prompt_is_a_refusal() {
        let mut answer = Assembled::new(999);
        event(&json!({"promptFeedback": {"blockReason": "SAFETY"}}), &mut answer);
        assert!(answer.ended);
        assert_eq!(answer.finish().refusal.as_deref(), Some("SAFETY"));
    }
}
