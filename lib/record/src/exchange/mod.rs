//! Exchanges: what passed between the sandbox and a model provider, as the tap records it outside the sandbox.
//!
//! An exchange is announced by an [`ExchangeStart`] event before anything is forwarded, and told whole by an [`Exchange`] event
//! at its end: one without the other is an exchange that broke with the tap. OpenClaw repeats the whole conversation in every request;
//! an exchange holds what was new in it, and says by number and digest what was left out ([`Before`]).

mod message;
mod request;
mod response;

pub use message::ExchangeMessage;
pub use request::{Before, ExchangeRequest, ExchangeTools, System};
pub use response::{ExchangeResponse, Usage};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `event` of an [`Exchange`].
pub const EXCHANGE: &str = "llm_exchange";
/// `event` of an [`ExchangeStart`].
pub const EXCHANGE_START: &str = "llm_exchange_start";
/// `event` of a [`Connect`].
pub const CONNECT: &str = "connect";

/// How a provider speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// `POST …/v1/messages`.
    #[serde(rename = "anthropic-messages")]
    Messages,
    /// `POST …/chat/completions`.
    #[serde(rename = "openai-completions")]
    Chat,
    /// `POST …/responses`.
    #[serde(rename = "openai-responses")]
    Responses,
    /// `POST …/models/MODEL:generateContent`, `…:streamGenerateContent`.
    #[serde(rename = "google-generative-ai")]
    Gemini,
    /// Embeddings, lists of models, and what is not known.
    #[default]
    #[serde(rename = "other", other)]
    Other,
}

/// What an exchange was for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeKind {
    /// A message of the model in a run: the request offers tools.
    Turn,
    /// A title, a summary: a request without tools.
    Utility,
    /// Texts made into vectors.
    Embedding,
    /// Anything else.
    #[default]
    #[serde(other)]
    Other,
}

/// The beginning of an exchange, recorded before anything is forwarded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExchangeStart {
    /// [`EXCHANGE_START`].
    pub event: String,
    /// Epoch milliseconds.
    #[serde(default)]
    pub ts: i64,
    /// The exchange's id.
    #[serde(default)]
    pub id: String,
    /// The provider's name.
    #[serde(default)]
    pub provider: String,
    /// The model that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The path of the request, without the provider's prefix.
    #[serde(default)]
    pub path: String,
}

/// One request to a provider and its answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// [`EXCHANGE`].
    pub event: String,
    /// Epoch milliseconds of the request.
    #[serde(default)]
    pub ts: i64,
    /// The same as RFC 3339, UTC.
    #[serde(default)]
    pub timestamp: String,
    /// A UUID.
    #[serde(default)]
    pub id: String,
    /// The provider's name: `anthropic`, `openai`, …, `demo`.
    #[serde(default)]
    pub provider: String,
    /// How it speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// What it was for.
    #[serde(default)]
    pub kind: ExchangeKind,
    /// `POST`.
    #[serde(default)]
    pub method: String,
    /// The path of the request, without the provider's prefix.
    #[serde(default)]
    pub path: String,
    /// The model that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The status that OpenClaw saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was asked.
    #[serde(default)]
    pub request: ExchangeRequest,
    /// What was answered; nothing when no answer began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ExchangeResponse>,
    /// How long it took.
    #[serde(default)]
    pub timing: Timing,
    /// What left towards the model and should not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Guarded>,
    /// What went wrong; nothing when all went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ExchangeError>,
    /// Whether the answer reached its end.
    #[serde(default)]
    pub complete: bool,
    /// The bytes, when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How long an exchange took, milliseconds from the request's arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// To the first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
    /// To its end.
    #[serde(default)]
    pub total_ms: u64,
}

/// Something that the guard found in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    /// The rule's id.
    pub rule: String,
    /// What it is.
    pub label: String,
    /// What was seen, redacted.
    pub snippet: String,
    /// What was done: `flag`, `mask` or `block`.
    pub action: String,
}

/// What went wrong with an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeError {
    /// In one word: `unreachable`, `tls`, `timeout`, `aborted`, `broken`, `refused`, `too_large`, `not_found`, `provider`, `bad_request`.
    pub kind: String,
    /// In words; never holds a key.
    pub message: String,
}

/// The bytes of an exchange, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The request's body.
    #[serde(default)]
    pub request: String,
    /// The answer's body.
    #[serde(default)]
    pub response: String,
}

/// A connection through the CONNECT proxy, or one that was refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// [`CONNECT`].
    pub event: String,
    /// Epoch milliseconds of the request.
    #[serde(default)]
    pub ts: i64,
    /// The same as RFC 3339, UTC.
    #[serde(default)]
    pub timestamp: String,
    /// A UUID.
    #[serde(default)]
    pub id: String,
    /// The name that was asked for.
    #[serde(default)]
    pub host: String,
    /// The port.
    #[serde(default)]
    pub port: u16,
    /// Whether it is on the list, and its address may be reached.
    #[serde(default)]
    pub allowed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The address that was connected to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Bytes from the sandbox.
    #[serde(default)]
    pub bytes_out: u64,
    /// Bytes to the sandbox.
    #[serde(default)]
    pub bytes_in: u64,
    /// How long it stood.
    #[serde(default)]
    pub duration_ms: u64,
    /// How it ended: `closed`, `refused`, `private_address`, `unreachable`, `idle`.
    #[serde(default)]
    pub outcome: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_comes_back_as_it_went() {
        let line = r#"{"event":"llm_exchange","ts":1,"timestamp":"t","id":"x","provider":"anthropic","dialect":"anthropic-messages","kind":"turn","method":"POST","path":"/v1/messages","model":"m","status":200,"request":{"conversation":"c","bytes":3,"blake3":"b","stream":true,"messages":[{"role":"user","content":"hi"}]},"response":{"id":"msg_1","text":"a","usage":{"input_tokens":3,"output_tokens":1},"bytes":9,"blake3":"d"},"timing":{"first_byte_ms":2,"total_ms":3},"complete":true,"later":1}"#;
        let exchange: Exchange = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&exchange).unwrap(), line);
    }

    #[test]
    fn what_is_not_known_is_not_refused() {
        let exchange: Exchange =
            serde_json::from_str(r#"{"event":"llm_exchange","dialect":"new","kind":"newer"}"#).unwrap();
        assert_eq!(exchange.dialect, Dialect::Other);
        assert_eq!(exchange.kind, ExchangeKind::Other);
    }
}
