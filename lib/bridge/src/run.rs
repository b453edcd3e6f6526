//! A message that waits for its answer.

use crate::hub::BrowserId;
use std::time::Instant;

/// A message that waits for its answer.
#[derive(Debug)]
pub struct Run {
    /// In which order they came.
    pub number: u64,
    /// Who sent it.
    pub browser: BrowserId,
    /// Under which id the answer is to come.
    pub frame: String,
    /// The session's key.
    pub key: String,
    /// The message, until the gateway has it.
    pub message: String,
    /// Whether the gateway has it.
    pub acknowledged: bool,
    /// Whether the first word of the answer has come.
    pub begun: bool,
    /// Whether it was sent and then stopped: it is not sent again.
    pub stopped: bool,
    /// Since when it waits.
    pub since: Instant,
    /// Since when the gateway, which has it, is away.
    pub away: Option<Instant>,
}

impl Run {
    /// One that was not sent yet.
    pub fn new(
        number: u64,
        browser: BrowserId,
        frame: String,
        key: String,
        message: String,
        since: Instant,
    ) -> Self {
        Self {
            number,
            browser,
            frame,
            key,
            message,
            acknowledged: false,
            begun: false,
            stopped: false,
            since,
            away: None,
        }
    }
}
