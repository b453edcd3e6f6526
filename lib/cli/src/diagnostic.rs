//! What people read on standard error: one line that says what was being done, why it failed and what to do next.

use crate::Exit;
use std::fmt::{self, Display};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether anything was reported that makes the result partial.
static REPORTED: AtomicBool = AtomicBool::new(false);
static QUIET: AtomicBool = AtomicBool::new(false);

/// The end of a program that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// The exit code to end with.
    pub exit: Exit,
    what: String,
    why: Option<String>,
    next: Option<String>,
    closed_pipe: bool,
}

impl Failure {
    /// A failure with its code and what was being done (and on which path).
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), why: None, next: None, closed_pipe: false }
    }

    /// Wrong command line or configuration (exit 2).
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// The surroundings failed: disk, database, Docker, gateway (exit 4).
    pub fn environment(what: impl Into<String>) -> Self {
        Self::new(Exit::Environment, what)
    }

    /// The record is not what it was (exit 5).
    pub fn integrity(what: impl Into<String>) -> Self {
        Self::new(Exit::Integrity, what)
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, why: impl Display) -> Self {
        self.why = Some(why.to_string());
        self
    }

    /// Adds what the reader should do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// The reader of standard output went away: not an error.
    pub(crate) fn closed_pipe() -> Self {
        Self { closed_pipe: true, ..Self::new(Exit::Ok, "standard output was closed") }
    }

    /// Whether this only says that nobody reads standard output any more.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(why) = &self.why {
            write!(f, ": {why}")?;
        }
        if let Some(next) = &self.next {
            write!(f, "; {next}")?;
        }
        Ok(())
    }
}

/// Silences [`note`]; warnings and errors are always printed.
pub fn quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Says something that is no fault: progress, a summary, what was skipped on purpose.
pub fn note(message: impl Display) {
    if !QUIET.load(Ordering::Relaxed) {
        line("note", message);
    }
}

/// Reports a fault that does not end the work; the program will end with [`Exit::Partial`].
pub fn warn(message: impl Display) {
    REPORTED.store(true, Ordering::Relaxed);
    line("warning", message);
}

/// Whether [`warn`] was called.
pub fn reported() -> bool {
    REPORTED.load(Ordering::Relaxed)
}

/// Prints one line, whatever the message holds. A closed standard error is nobody's fault: the line is lost.
pub(crate) fn line(kind: &str, message: impl Display) {
    let message = message.to_string();
    let mut text = String::with_capacity(message.len() + 24);
    text.push_str("sentrix: ");
    text.push_str(kind);
    text.push_str(": ");
    // A path or an error text may hold anything, escape sequences for the terminal among it.
    text.extend(message.chars().flat_map(printable));
    text.push('\n');
    let _closed = std::io::stderr().lock().write_all(text.as_bytes());
}

fn printable(c: char) -> impl Iterator<Item = char> {
    let escape = c.is_control();
    let escaped = escape.then(|| c.escape_default()).into_iter().flatten();
    escaped.chain((!escape).then_some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_why_and_what_next() {
        let failure = Failure::environment("cannot open agent_logs/police.db")
            .because("permission denied")
            .next("run as the user who owns it");
        assert_eq!(
            failure.to_string(),
            "cannot open agent_logs/police.db: permission denied; run as the user who owns it"
        );
        assert_eq!(failure.exit, Exit::Environment);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let shown: String = "a\u{1b}[2Jb\nc".chars().flat_map(printable).collect();
        assert_eq!(shown, "a\\u{1b}[2Jb\\nc");
    }
}
