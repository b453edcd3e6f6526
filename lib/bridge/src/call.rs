//! What is asked of the gateway. There is nothing else that a browser can cause.

use crate::hub::BrowserId;
use serde_json::Value;

/// What waits to be asked.
#[derive(Debug)]
pub enum Call {
    /// `chat.send` of this run.
    Chat(String),
    /// `chat.abort` of this session.
    Abort(String),
    /// `chat.history`.
    History {
        /// Who wants it.
        browser: BrowserId,
        /// Under which id.
        frame: Value,
        /// Of which session.
        key: String,
        /// How many messages.
        limit: u32,
    },
}

/// What was asked and not answered.
#[derive(Debug)]
pub enum Asked {
    /// `chat.send` of this run.
    Chat(String),
    /// `chat.abort`.
    Abort,
    /// `chat.history`.
    History {
        /// Who wants it.
        browser: BrowserId,
        /// Under which id.
        frame: Value,
    },
}
