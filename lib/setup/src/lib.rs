//! Setting a sandbox up: what has to be asked, in which order, and what the answers mean to the programs that run it.
//!
//! [`Wizard`] is the questions: it says what to ask ([`Question`]), takes replies, goes back. It neither prints nor reads a terminal.
//! [`Answers`] is what is kept; [`outcome()`](outcome::outcome) turns them into variables; [`check()`](check::check) asks the provider
//! once whether it takes the key.

pub mod answers;
mod channel;
pub mod check;
mod clean;
pub mod outcome;
mod provider;
mod question;
mod secret;
mod step;
mod summary;
mod wizard;

#[cfg(test)]
mod tests;

pub use answers::{Answers, Escalation, Thinking};
pub use channel::{Channel, Field};
pub use clean::{Unclean, clean};
pub use provider::Provider;
pub use question::{Choice, Question, Reply};
pub use secret::Secret;
pub use step::Step;
pub use wizard::{Complaint, Moved, Wizard};
