//! What was asked.

use super::ExchangeMessage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The new part of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeRequest {
    /// Names the conversation: digest of what it began with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conversation: String,
    /// Length of the body.
    #[serde(default)]
    pub bytes: u64,
    /// blake3 (hex) of the body as it left the sandbox.
    #[serde(default)]
    pub blake3: String,
    /// Whether the answer was to come in pieces.
    #[serde(default)]
    pub stream: bool,
    /// The system prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The tools that were offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<ExchangeTools>,
    /// What of the conversation was recorded already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// What was new in it.
    #[serde(default)]
    pub messages: Vec<ExchangeMessage>,
    /// Limits, temperature and the like, as they came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
}

/// A system prompt: whole where a log file has it for the first time, by its digest afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// blake3 (hex) of the text.
    pub blake3: String,
    /// Its length.
    pub bytes: u64,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The tools on offer: likewise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeTools {
    /// blake3 (hex) of the schemas' JSON.
    pub blake3: String,
    /// Its length.
    pub bytes: u64,
    /// The tools' names, where the schemas are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The schemas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemas: Option<Value>,
}

/// The messages that were left out of an exchange, because earlier exchanges have them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// How many.
    pub messages: u64,
    /// Digest of all of them, each hashed with the digest before it.
    pub blake3: String,
}
