//! Chat completions.

use super::CallError;
use super::dialect::{Offer, Said, bad, count};
use super::prompt::{Message, Prompt, Usage};
use super::settings::Settings;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A request. Written without a copy of the prompt: it is long, and there are many.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    r#type: &'static str,
    json_schema: Named<'a>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a RawValue,
}

pub(super) fn body(settings: &Settings, prompt: &Prompt, offer: Offer) -> serde_json::Result<Vec<u8>> {
    let schema = prompt.schema;
    let named = || Named { name: schema.name, strict: true, schema: &schema.json };
    serde_json::to_vec(&Body {
        model: &settings.model,
        messages: [
            Message { role: "system", content: &prompt.system },
            Message { role: "user", content: &prompt.user },
        ],
        max_tokens: (!offer.completion_tokens).then_some(settings.max_tokens),
        max_completion_tokens: offer.completion_tokens.then_some(settings.max_tokens),
        temperature: offer.temperature.then_some(0),
        response_format: offer.schema.then(|| Format { r#type: "json_schema", json_schema: named() }),
    })
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
