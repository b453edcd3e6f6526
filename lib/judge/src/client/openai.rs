//! Chat completions.

use super::CallError;
use super::dialect::{Offer, Said, bad, count};
use super::prompt::{Prompt, Usage};
use super::settings::Settings;
use serde_json::{Value, json};

pub(super) fn body(settings: &Settings, prompt: &Prompt, offer: Offer) -> Value {
    let mut body = json!({
        "model": settings.model,
        "messages": [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ],
    });
    let limit = if offer.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    body[limit] = settings.max_tokens.into();
    if offer.temperature {
        body["temperature"] = 0.into();
    }
    if offer.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": prompt.schema_name, "strict": true, "schema": prompt.schema},
        });
    }
    body
}

pub(super) fn read(json: &Value) -> Result<Said, CallError> {
    let choice = json.pointer("/choices/0").ok_or_else(|| bad("no choices in the answer"))?;
    let message = choice.get("message").ok_or_else(|| bad("no message in the answer"))?;
    if message.get("refusal").is_some_and(|refusal| !refusal.is_null()) {
        return Err(CallError::Refused);
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("content_filter") => return Err(CallError::Refused),
        Some("length") => return Err(bad("the answer was cut off at the most tokens allowed")),
        _ => {}
    }
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    };
    if text.is_empty() {
        return Err(bad("an answer without text"));
    }
    let usage = &json["usage"];
    Ok(Said {
        text,
        model: json.get("model").and_then(Value::as_str).map(str::to_owned),
        usage: Usage { input: count(usage, "prompt_tokens"), output: count(usage, "completion_tokens") },
    })
}
