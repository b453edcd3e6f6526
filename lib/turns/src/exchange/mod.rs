//! Exchanges with a model provider, joined with the raw stream.
//!
//! Two records tell of one message of the model: the raw stream, which the agent's own user can write, knows the run; the tap's
//! exchange, which stands outside the agent's reach, knows all else. The [`Ledger`] holds what has no counterpart yet, joins
//! what belongs together by text and time, and says what is missing from either record once both have gone past it.

mod chain;
mod end;
mod key;
mod ledger;
mod piece;
mod read;
mod reader;
mod saved;
mod settle;

pub use ledger::Ledger;
pub use piece::CAPTURE_GAP;
pub(crate) use read::{FoundExchange, FoundStart, exchange, start};
