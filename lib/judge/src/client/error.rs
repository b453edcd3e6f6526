//! What can go wrong, by what to do about it.

use std::time::Duration;

/// A question that got no answer.
///
/// No message quotes a server: what it says may hold the key or the question.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No connection, no TLS, a connection cut, no answer in time.
    #[error("cannot reach the model: {why}")]
    Unreachable {
        /// What failed.
        why: String,
    },
    /// Too many questions.
    #[error("rate limited{}", .retry_after.map(|wait| format!(", to be asked again in {} s", wait.as_secs())).unwrap_or_default())]
    RateLimited {
        /// What the server asked for.
        retry_after: Option<Duration>,
    },
    /// The server failed.
    #[error("the server failed with status {status}")]
    Server {
        /// HTTP status, 5xx.
        status: u16,
    },
    /// The server does not want the question whatever is tried: a wrong key, an unknown model.
    #[error("the server refused with status {status}{}", if .code.is_empty() { String::new() } else { format!(" ({})", .code) })]
    Rejected {
        /// HTTP status, 3xx or 4xx.
        status: u16,
        /// The server's own word for it, made safe.
        code: String,
    },
    /// An answer that is none: not JSON, too large, cut off.
    #[error("not an answer: {why}")]
    BadAnswer {
        /// What is wrong with it.
        why: String,
    },
    /// The question is longer than the model can read: ask in parts.
    #[error("longer than the model can read")]
    ContextTooLong,
    /// The model, or a filter before it, would not say.
    #[error("the model would not answer")]
    Refused,
    /// The budget is spent.
    #[error("the budget is spent")]
    Budget,
    /// It failed too often of late; nothing was asked.
    #[error("not asked: it failed too often of late; next try in {} s", .wait.as_secs())]
    Resting {
        /// When it is tried again.
        wait: Duration,
    },
    /// [`super::Client::stop`] was called.
    #[error("stopped")]
    Stopped,
}

impl CallError {
    /// Whether the same question may be answered a little later.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::RateLimited { .. }
                | Self::Server { .. }
                | Self::BadAnswer { .. }
        )
    }

    /// A word for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::RateLimited { .. } => "rate_limited",
            Self::Server { .. } => "server",
            Self::Rejected { .. } => "rejected",
            Self::BadAnswer { .. } => "bad_answer",
            Self::ContextTooLong => "context_too_long",
            Self::Refused => "refused",
            Self::Budget => "budget",
            Self::Resting { .. } => "resting",
            Self::Stopped => "stopped",
        }
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not `http://` or `https://`.
    #[error("{0:?} is not the URL of a server")]
    Url(String),
    /// The key cannot stand in a header.
    #[error("the key holds characters that no key has")]
    Key,
    /// Not the URL of a proxy.
    #[error("the proxy's URL cannot be used")]
    Proxy,
    /// A limit on cost means nothing without a price.
    #[error("no price is known for the model {0:?}, so its cost cannot be limited")]
    NoPrice(String),
}
