//! What is asked, and what comes back.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A question.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the model is and has to do: ours, never anybody else's text.
    pub system: String,
    /// What it has to look at.
    pub user: String,
    /// The shape of the answer.
    pub schema: &'static Schema,
}

/// The shape of an answer, written down once: every question carries it.
#[derive(Debug)]
pub struct Schema {
    /// Letters, digits, `_`.
    pub name: &'static str,
    /// A JSON schema of an object, `additionalProperties` false.
    pub(super) json: Box<RawValue>,
}

impl Schema {
    /// A schema with its name.
    pub fn new(name: &'static str, schema: &Value) -> Self {
        // A value always has a JSON form; `null` would ask for nothing that can be read.
        Self {
            name,
            json: serde_json::value::to_raw_value(schema).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

/// A message of a question.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub role: &'static str,
    pub content: &'a str,
}

/// An answer that arrived whole. What stands in it is still to be checked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The text that the model gave, which should be JSON.
    pub json_text: String,
    /// Who answered: `openai`, `anthropic`, or the host that was asked.
    pub provider: String,
    /// The model that says it answered.
    pub model: String,
    /// What was used.
    pub usage: Usage,
    /// What it cost in US dollars, where a price is known.
    pub cost: Option<f64>,
    /// How many requests it took.
    pub attempts: u32,
}

/// Tokens of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the question.
    pub input: u64,
    /// Of the answer.
    pub output: u64,
}
