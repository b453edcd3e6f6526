//! Why a connection could not be made, or has ended.

use crate::refusal::Refusal;
use std::io;

/// Why a connection could not be made, or has ended.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The gateway refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The gateway's HTTP server refused the upgrade.
    #[error("the gateway answered with HTTP status {0}")]
    Http(u16),
    /// It is no gateway, or a broken one.
    #[error("the gateway does not keep its protocol: {0}")]
    Protocol(String),
    /// The connection was closed.
    #[error("the gateway closed the connection (code {code}: {reason})")]
    Closed {
        /// The WebSocket's close code; 1006 when there was none.
        code: u16,
        /// The gateway's words. Untrusted text.
        reason: String,
    },
    /// Nothing came in time.
    #[error("no {0} from the gateway in time")]
    Timeout(&'static str),
    /// A message is longer than what is accepted.
    #[error("a message is longer than {0} bytes")]
    TooLarge(usize),
    /// More requests, runs or events wait than are allowed.
    #[error("too much waits for the gateway, or for us")]
    Backlog,
    /// The stream failed.
    #[error("the connection to the gateway failed: {0}")]
    Io(#[from] io::Error),
}
