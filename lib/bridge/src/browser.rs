//! A browser that was let in.

use crate::session_keys::SHARED;

/// A browser that was let in.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Its own session.
    pub key: String,
    /// Whether it asked for the session that is shared.
    pub shared: bool,
    /// Whether it is our own page, which understands more.
    pub page: bool,
    /// Whether it was told that the gateway is there.
    pub ready: bool,
}

impl Browser {
    /// One that has just come.
    pub fn new(key: String, shared: bool, page: bool) -> Self {
        Self { key, shared, page, ready: false }
    }

    /// The session that it talks in.
    pub fn session(&self) -> &str {
        if self.shared { SHARED } else { &self.key }
    }
}
