//! The lexicons.

mod address;
mod aims;
mod deeds;
mod freedom;
mod harm;
mod orders;

use super::concept::Concept;
pub use harm::WORDS as HARM;

/// The words of prompt injection.
pub const INJECTION: &[&[(Concept, &str)]] =
    &[orders::WORDS, aims::WORDS, address::WORDS, deeds::WORDS, freedom::WORDS];
