//! A client for language models that answer questions in JSON: one question, one answer, and an error that says what to do.
//!
//! [`Client::ask`] blocks; it waits out what passes (rate limits, server errors, lost connections) with backoff and jitter, and
//! never longer than its patience. One client serves any number of threads; they share its connections, its circuit breaker and
//! the pause that a server asked for.

mod anthropic;
mod ask;
mod breaker;
mod budget;
mod choose;
mod dialect;
mod error;
mod http;
mod names;
mod openai;
mod price;
mod prompt;
mod settings;
mod wait;

pub use ask::Client;
pub use budget::{Budget, Spent};
pub use choose::{BadVariables, Variables};
pub use dialect::Dialect;
pub use error::{CallError, SettingsError};
pub use price::{BadPrices, Price, Prices};
pub use prompt::{Answer, Prompt, Schema, Usage};
pub use settings::{Secret, Settings};
