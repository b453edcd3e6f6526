//! Bounds on what a gateway, which is inside the sandbox, may cost us.

use std::time::Duration;

/// Bounds on time and memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest message that is accepted. The gateway's own limit is 25 MiB.
    pub message: usize,
    /// The longest frame of a message.
    pub frame: usize,
    /// Events that wait while a response is waited for.
    pub events: usize,
    /// Bytes of frames whose events wait.
    pub backlog: usize,
    /// Requests without a response at one time.
    pub pending: usize,
    /// Runs that are followed at one time.
    pub runs: usize,
    /// How much of a run's answer, and of its thinking, is kept to tell what is new.
    pub text: usize,
    /// How long the handshake may take.
    pub handshake: Duration,
    /// How long a response may take.
    pub response: Duration,
    /// How long a run may be silent. The gateway retries a failing provider for minutes and may never say so.
    pub silent_run: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 26 << 20,
            frame: 26 << 20,
            events: 4096,
            backlog: 64 << 20,
            pending: 256,
            runs: 32,
            text: 2 << 20,
            handshake: Duration::from_secs(10),
            response: Duration::from_secs(30),
            silent_run: Duration::from_secs(180),
        }
    }
}
