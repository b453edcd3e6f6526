//! The two ways of asking that servers understand.

use super::http::Reply;
use super::prompt::{Prompt, Usage};
use super::settings::Settings;
use super::{CallError, anthropic, openai};
use serde_json::Value;

/// How a server wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `POST {base}/chat/completions`, as OpenAI has it and most servers understand it.
    OpenAi,
    /// `POST {base}/v1/messages`, as Anthropic has it.
    Anthropic,
}

/// What a question asks for beyond text. A server that refuses one of these is asked without it from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    /// The answer's schema.
    pub schema: bool,
    /// `temperature: 0`.
    pub temperature: bool,
    /// The newer name of the limit on the answer (OpenAI).
    pub completion_tokens: bool,
}

/// An answer as the dialect has it.
#[derive(Debug)]
pub(super) struct Said {
    pub text: String,
    pub model: Option<String>,
    pub usage: Usage,
}

impl Dialect {
    /// The dialect's own name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Where its inventor serves it.
    pub fn home(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com",
        }
    }

    pub(super) fn url(self, base: &str) -> String {
        let base = base.trim_end_matches('/');
        match self {
            Self::OpenAi => format!("{base}/chat/completions"),
            Self::Anthropic if base.ends_with("/v1") => format!("{base}/messages"),
            Self::Anthropic => format!("{base}/v1/messages"),
        }
    }

    pub(super) fn headers(self, key: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        match (self, key) {
            (Self::OpenAi, Some(key)) => headers.push(("authorization", format!("Bearer {key}"))),
            (Self::Anthropic, Some(key)) => headers.push(("x-api-key", key.to_owned())),
            (_, None) => {}
        }
        if self == Self::Anthropic {
            headers.push(("anthropic-version", "2023-06-01".to_owned()));
        }
        headers
    }

    pub(super) fn body(
        self,
        settings: &Settings,
        prompt: &Prompt,
        offer: Offer,
    ) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::OpenAi => openai::body(settings, prompt, offer),
            Self::Anthropic => anthropic::body(settings, prompt, offer),
        }
    }

    pub(super) fn read(self, reply: &Reply) -> Result<Said, CallError> {
        let json: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| CallError::BadAnswer { why: "the server's answer is not JSON".to_owned() })?;
        match self {
            Self::OpenAi => openai::read(&json),
            Self::Anthropic => anthropic::read(&json),
        }
    }
}

pub(super) fn bad(why: &str) -> CallError {
    CallError::BadAnswer { why: why.to_owned() }
}

pub(super) fn count(json: &Value, name: &str) -> u64 {
    json.get(name).and_then(Value::as_u64).unwrap_or(0)
}
