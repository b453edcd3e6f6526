//! The OpenClaw gateway's protocol, versions 3 to 4, over any byte stream: `sentrix-bridge` speaks it over the
//! standard input and output of a process that dials into the container.
//!
//! [`Session`] is the protocol without any input or output: text frames in, [`Event`]s and text frames out, and the time
//! given by the caller. [`Client`] ties it to a WebSocket over a `Read + Write` stream.
//!
//! What is known of the gateway, and kept here: unknown frames, events, states and fields are passed over. A delta carries the full
//! text so far. A final message may have no text. An error comes twice for one run. `aborted` comes before the response to
//! the request. Some runs end without any event, so there is a time limit of our own. Runs that we did not start (another
//! channel, a run resumed after a restart) are told apart by [`Run::ours`].

mod backoff;
mod client;
mod credentials;
mod error;
mod event;
mod frame;
mod hello;
mod limits;
mod refusal;
mod runs;
mod session;
mod surrogates;
mod text;
mod whole;
mod written;

pub use backoff::Backoff;
pub use client::Client;
pub use credentials::Credentials;
pub use error::GatewayError;
pub use event::{Event, Run};
pub use frame::{Frame, request};
pub use hello::Hello;
pub use limits::Limits;
pub use refusal::{Cause, Refusal};
pub use session::Session;
pub use text::text_of;
