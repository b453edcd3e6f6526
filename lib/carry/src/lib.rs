//! Many connections over one pair of streams: how a sandbox reaches the tap where the engine cannot mount the host's sockets.
//!
//! The near side listens inside the sandbox and opens a channel for each connection; the far side, outside, connects each channel to
//! the tap. One thread a side waits on poll for everything. What a channel may have on its way is bounded by credit, so that a reader
//! who stalls neither holds up the others nor makes anything grow, and what breaks the rules of [`frame`] ends the whole: the far
//! side does not trust the near one.

mod carrier;
mod channel;
mod error;
pub mod frame;
mod listeners;
mod wait;

pub use carrier::{MOST_CHANNELS, Side, carry};
pub use channel::WINDOW;
pub use error::Error;
pub use listeners::listen;
