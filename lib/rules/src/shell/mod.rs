//! Shell commands, parsed: what a script would run, as far as that can be known without running it.

mod command;
mod expand;
mod parser;
mod windows;
mod words;
mod wrappers;

pub use command::{Command, Kinds, Mode, Redirect, program_name};
pub use expand::unescape;
pub use parser::Script;
pub use windows::{SIGNS as WINDOWS_SIGNS, commands as windows_commands};
pub use wrappers::{is_interpreter, is_shell, strip, unwrap};

#[cfg(test)]
mod tests;
