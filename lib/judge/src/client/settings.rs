//! Whom to ask, and how patiently.

use super::{Budget, Dialect, Prices};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A key. It shows itself to nobody but the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A key as it came from the environment or a file; white space and line ends around it are not part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How a [`super::Client`] behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the server wants to be asked.
    pub dialect: Dialect,
    /// Where it is; [`Dialect::home`] for the inventor's.
    pub base_url: String,
    /// The key, where one is needed.
    pub key: Option<Secret>,
    /// The model to ask for.
    pub model: String,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// `http://[user:password@]host:port` of a proxy on the way.
    pub proxy: Option<String>,
    /// Threads that will ask at once: as many connections are kept.
    pub connections: usize,
    /// Until connected, TLS included.
    pub connect_timeout: Duration,
    /// Until the answer begins.
    pub answer_timeout: Duration,
    /// Until the answer is whole, from the beginning of the request.
    pub total_timeout: Duration,
    /// Most bytes of an answer.
    pub most_bytes: u64,
    /// How often a request is sent again at the most.
    pub retries: u32,
    /// The first pause before a retry; each is twice the one before.
    pub first_pause: Duration,
    /// No retry begins after this, and no pause that a server asks for is waited out beyond it.
    pub patience: Duration,
    /// How many questions in a row may fail before the server is left alone for a while.
    pub failures: u32,
    /// How long it is left alone the first time; each time is twice the one before, up to 16 times.
    pub rest: Duration,
    /// What models cost.
    pub prices: Prices,
    /// What may be spent; share it among clients that spend from the same purse.
    pub budget: Arc<Budget>,
}

impl Settings {
    /// Settings for the inventor's server.
    pub fn new(dialect: Dialect, model: impl Into<String>) -> Self {
        Self {
            dialect,
            base_url: dialect.home().to_owned(),
            key: None,
            model: model.into(),
            max_tokens: 2048,
            proxy: None,
            connections: 16,
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(90),
            total_timeout: Duration::from_secs(120),
            most_bytes: 1 << 20,
            retries: 3,
            first_pause: Duration::from_millis(500),
            patience: Duration::from_secs(120),
            failures: 5,
            rest: Duration::from_secs(15),
            prices: Prices::built_in(),
            budget: Arc::new(Budget::unlimited()),
        }
    }

    /// Who is asked: the dialect's name at its inventor's, else the host (and port).
    pub fn provider(&self) -> String {
        let host = |url: &str| {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
        };
        let asked = host(&self.base_url);
        if asked == host(self.dialect.home()) { self.dialect.as_str().to_owned() } else { asked }
    }
}
