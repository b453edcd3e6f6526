//! What the gateway refuses, and why.

use crate::text::{number, string};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// An error that the gateway answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why, as far as it is known.
    pub cause: Cause,
    /// The gateway's code, `INVALID_REQUEST` and the like. Untrusted text.
    pub code: String,
    /// The gateway's words. Untrusted text.
    pub message: String,
}

/// Why the gateway refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The token is not the gateway's.
    WrongToken,
    /// The gateway speaks none of our protocols, but these.
    ProtocolMismatch {
        /// The version that it speaks.
        expected: Option<u64>,
        /// The oldest version that it understands.
        minimum: Option<u64>,
    },
    /// It is starting: try again after this time.
    Starting {
        /// How long to wait.
        retry_after: Duration,
    },
    /// This client must be approved first.
    NotPaired {
        /// What to approve.
        request_id: Option<String>,
    },
    /// The connection may not do that: it does not come from the container's loopback.
    MissingScope,
    /// Anything else.
    Other {
        /// Whether the gateway says that trying again may help.
        retryable: bool,
    },
}

impl Refusal {
    /// Reads the `error` of a response.
    pub fn read(error: &Value) -> Self {
        let code = string(&error["code"]);
        let message = string(&error["message"]);
        let details = &error["details"];
        let cause = match (code.as_str(), details["code"].as_str().unwrap_or("")) {
            (_, "AUTH_TOKEN_MISMATCH" | "AUTH_TOKEN_MISSING") => Cause::WrongToken,
            (_, "PROTOCOL_MISMATCH") => Cause::ProtocolMismatch {
                expected: number(&details["expectedProtocol"]),
                minimum: number(&details["minimumProbeProtocol"]),
            },
            ("UNAVAILABLE", _) if error["retryable"] == true => {
                let wait = number(&error["retryAfterMs"]).unwrap_or(500).min(60_000);
                Cause::Starting { retry_after: Duration::from_millis(wait) }
            }
            ("NOT_PAIRED", _) => {
                Cause::NotPaired { request_id: details["requestId"].as_str().map(ToOwned::to_owned) }
            }
            ("FORBIDDEN", _) => Cause::MissingScope,
            _ => Cause::Other { retryable: error["retryable"] == true },
        };
        Self { cause, code, message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::WrongToken => f.write_str("the token is not the gateway's"),
            Cause::ProtocolMismatch { expected: Some(expected), .. } => {
                write!(f, "the gateway speaks protocol {expected}, and we speak 3 and 4")
            }
            Cause::ProtocolMismatch { .. } => f.write_str("the gateway speaks neither protocol 3 nor 4"),
            Cause::Starting { .. } => f.write_str("the gateway is still starting"),
            Cause::NotPaired { .. } => f.write_str("the gateway wants this client to be approved first"),
            Cause::MissingScope => {
                f.write_str("the connection may not do that: it has to come from the container's loopback")
            }
            Cause::Other { .. } => write!(f, "the gateway refused ({}): {}", self.code, self.message),
        }
    }
}
