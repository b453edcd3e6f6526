//! A message of a conversation, the same whatever dialect it came in.

use crate::{Arguments, ToolCall};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// A message to the model, or of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeMessage {
    /// `user`, `assistant`, `tool`, `system`, `developer`.
    #[serde(default)]
    pub role: String,
    /// Its text; what was neither text nor tool call stands here as JSON.
    #[serde(default)]
    pub content: String,
    /// Thinking that is handed back to the model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// The calls of an `assistant` message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a `tool` message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// The tool's name, where the dialect says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the tool failed, or was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
}

impl<'de> Deserialize<'de> for ToolCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Read {
            #[serde(default)]
            id: String,
            #[serde(default)]
            name: String,
            arguments: Option<Box<RawValue>>,
        }
        let Read { id, name, arguments } = Read::deserialize(deserializer)?;
        Ok(Self { id, name, arguments: arguments.map_or_else(Arguments::default, Arguments::from_json) })
    }
}

impl PartialEq for ToolCall {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.name == other.name
            && self.arguments.json().get() == other.arguments.json().get()
    }
}
