//! What happens, as a program wants to know it.

use crate::refusal::Refusal;
use serde_json::Value;

/// A run of the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id; for a run that we started, what [`Session::send`](crate::Session::send) gave.
    pub id: String,
    /// The session that it belongs to, when the gateway says so. Untrusted text.
    pub session: Option<String>,
    /// Whether we started it. Others come from channels, schedules, and runs resumed after a restart.
    pub ours: bool,
}

/// Something that happened. All text in it comes from the sandbox.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// More of the answer.
    Delta {
        /// The run.
        run: Run,
        /// The whole text so far.
        text: String,
        /// What is new in it; `None` when the text was not only added to.
        added: Option<String>,
    },
    /// More of the thinking: the whole of it so far, up to [`Limits::text`](crate::Limits::text).
    Thinking {
        /// The run.
        run: Run,
        /// The whole thinking so far.
        text: String,
    },
    /// A tool is called.
    ToolStart {
        /// The run.
        run: Run,
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// Its arguments.
        args: Value,
    },
    /// A tool has answered.
    ToolResult {
        /// The run.
        run: Run,
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// Whether it failed.
        is_error: bool,
        /// What it answered.
        result: Value,
    },
    /// The run has ended well.
    Final {
        /// The run.
        run: Run,
        /// The answer: the final message's text, or where it has none, the deltas'. With what the gateway left out of both, as its
        /// transcript has it, where the run called tools.
        text: String,
    },
    /// The run was aborted.
    Aborted {
        /// The run.
        run: Run,
        /// The answer up to there.
        text: String,
    },
    /// The run has failed.
    Failed {
        /// The run.
        run: Run,
        /// Why.
        message: String,
    },
    /// The run was silent for too long; the gateway may still be at it. Abort it to be sure.
    TimedOut {
        /// The run.
        run: Run,
        /// The answer up to there.
        text: String,
    },
    /// The answer to a request.
    Response {
        /// What the request's sender was given.
        id: String,
        /// The answer.
        result: Result<Value, Refusal>,
    },
    /// The gateway is stopping; the connection will be closed.
    Shutdown {
        /// Why.
        reason: String,
    },
}
