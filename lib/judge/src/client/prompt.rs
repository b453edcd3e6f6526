//! What is asked, and what comes back.

use serde_json::Value;

/// A question.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the model is and has to do: ours, never anybody else's text.
    pub system: String,
    /// What it has to look at.
    pub user: String,
    /// The JSON schema of the answer: an object schema, `additionalProperties` false.
    pub schema: Value,
    /// The schema's name: letters, digits, `_`.
    pub schema_name: &'static str,
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
