//! Messages.

use super::CallError;
use super::dialect::{Offer, Said, bad, count};
use super::prompt::{Prompt, Usage};
use super::settings::Settings;
use serde_json::{Value, json};

pub(super) fn body(settings: &Settings, prompt: &Prompt, offer: Offer) -> Value {
    let mut body = json!({
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "system": prompt.system,
        "messages": [{"role": "user", "content": prompt.user}],
    });
    if offer.temperature {
        body["temperature"] = 0.into();
    }
    if offer.schema {
        // A tool that must be called is the oldest way to a schema, and the one that compatible servers know.
        body["tools"] = json!([{
            "name": prompt.schema_name,
            "description": "Gives the answer.",
            "input_schema": prompt.schema,
        }]);
        body["tool_choice"] = json!({"type": "tool", "name": prompt.schema_name});
    }
    body
}

pub(super) fn read(json: &Value) -> Result<Said, CallError> {
    match json.get("stop_reason").and_then(Value::as_str) {
        Some("refusal") => return Err(CallError::Refused),
        Some("max_tokens") => return Err(bad("the answer was cut off at the most tokens allowed")),
        _ => {}
    }
    let blocks =
        json.get("content").and_then(Value::as_array).ok_or_else(|| bad("no content in the answer"))?;
    let tools: Vec<&Value> = blocks.iter().filter(|block| block["type"] == "tool_use").collect();
    let text = match tools.as_slice() {
        [] => blocks
            .iter()
            .filter(|block| block["type"] == "text")
            .filter_map(|block| block["text"].as_str())
            .collect(),
        [tool] => tool.get("input").unwrap_or(&Value::Null).to_string(),
        _ => return Err(bad("more than one answer")),
    };
    if text.is_empty() {
        return Err(bad("an answer without text"));
    }
    let usage = &json["usage"];
    let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    Ok(Said {
        text,
        model: json.get("model").and_then(Value::as_str).map(str::to_owned),
        usage: Usage {
            input: input.iter().map(|name| count(usage, name)).sum(),
            output: count(usage, "output_tokens"),
        },
    })
}
