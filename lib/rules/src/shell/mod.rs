//! Shell commands, parsed: what a script would run, as far as that can be known without running it.

mod command;
mod expand;
mod parser;
mod windows;
mod words;
mod wrappers;

pub use command::{Command, Mode, Redirect, program_name};
pub use expand::unescape;
pub use parser::Script;
pub use windows::{commands as windows_commands, looks_windows};
pub use wrappers::{is_interpreter, is_shell, strip, unwrap};

#[cfg(test)]
mod tests;
