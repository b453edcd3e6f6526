//! The shell contract that every Sentrix program keeps: exit codes, one-line diagnostics, a standard
//! output that survives a closed pipe, and signals.
//!
//! Only this crate and the programs in `bins/` touch the process: the other libraries never print,
//! exit, or read the environment.

use std::collections::BTreeSet;
use std::sync::Mutex;

mod diagnostic;
mod exit;
mod signal;
mod stdout;

pub use diagnostic::{Failure, note, quiet, reported, warn};
pub use exit::Exit;
pub use signal::Signals;
pub use stdout::{Closed, Stdout};

/// Runs a program: its body, and then [`finish`].
///
/// A panic is told by its place alone: its message may quote what was being read, and that may be a secret.
pub fn program(body: impl FnOnce() -> Result<Exit, Failure>) -> std::process::ExitCode {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        // A thousand turns may fail at one place: once is enough.
        let new = TOLD.lock().map_or(true, |mut told| told.insert(place.clone()));
        if new {
            diagnostic::line("error", format_args!("internal error at {place}; please report it"));
        }
    }));
    finish(body())
}

/// Turns the end of a program's body into an exit code: the one place where a program stops.
///
/// A closed standard output ends it quietly with 0; a failure prints its one line and gives its own code;
/// a success becomes [`Exit::Partial`] when a warning was reported on the way (see [`warn`]).
/// A run that was asked to stop by INT or TERM ends with 130 or 143.
pub fn finish(result: Result<Exit, Failure>) -> std::process::ExitCode {
    let exit = match result {
        Ok(Exit::Ok) if reported() => Exit::Partial,
        Ok(exit) => exit,
        Err(failure) if failure.is_closed_pipe() => Exit::Ok,
        Err(failure) => {
            diagnostic::line("error", &failure);
            failure.exit
        }
    };
    exit.into()
}
