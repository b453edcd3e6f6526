//! Messages.

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
    max_tokens: u32,
    system: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<[Tool<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    description: &'static str,
    input_schema: &'a RawValue,
}

#[derive(Serialize)]
struct Choice {
    r#type: &'static str,
    name: &'static str,
}

pub(super) fn body(settings: &Settings, prompt: &Prompt, offer: Offer) -> serde_json::Result<Vec<u8>> {
    let schema = prompt.schema;
    // A tool that must be called is the oldest way to a schema, and the one that compatible servers know.
    let tool = || Tool { name: schema.name, description: "Gives the answer.", input_schema: &schema.json };
    serde_json::to_vec(&Body {
        model: &settings.model,
        max_tokens: settings.max_tokens,
        system: &prompt.system,
        messages: [Message { role: "user", content: &prompt.user }],
        temperature: offer.temperature.then_some(0),
        tools: offer.schema.then(|| [tool()]),
        tool_choice: offer.schema.then_some(Choice { r#type: "tool", name: schema.name }),
    })
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
