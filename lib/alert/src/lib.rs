//! Telling somebody of a record: a command that gets it on its standard input, or a web hook that gets it signed.
//!
//! Both end within a bound and say whether the record arrived; when to try again is for the caller to know.

mod command;
mod hook;

pub use command::{Command, CommandError};
pub use hook::{Hook, HookError, signature};
