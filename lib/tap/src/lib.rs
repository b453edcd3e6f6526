//! The tap: the only way out of a sandbox, and the record that nobody inside can touch.
//!
//! A reverse proxy for model providers ([`Tap`]) takes requests that carry no key, puts the real one in, forwards them, and hands every
//! piece of the answer on at once. What passed is told by `llm_exchange` events ([`sentrix_record::exchange`]) in log files labelled
//! `tap`. A CONNECT proxy carries channels and tools to the hosts that the operator has named, and to no other.
//!
//! An exchange is announced in the record before anything is forwarded; where that cannot be written, nothing is forwarded.
//! No answer is held back to be read, and none is held whole: pieces are taken apart as they pass. tokio and hyper live here because a
//! hundred answers stream at one time; nothing outside this crate sees them.
//!
//! What providers and OpenClaw do on the wire was measured on the real OpenClaw; the dialects follow the providers' public API references
//! (each file in `dialect` names its own).

mod assembled;
mod body;
mod decode;
mod demo;
mod describe;
mod descriptors;
mod dialect;
mod egress;
mod error;
mod exchange;
mod guard;
mod history;
mod key;
mod listen;
mod pool;
mod price;
mod provider;
mod reader;
mod recorder;
mod refusal;
mod relay;
mod rewrite;
mod seen;
mod server;
mod settings;
mod socket;
mod spool;
mod sse;
mod sync;
mod upstream;

pub use egress::{Allowed, BadHost, Channel};
pub use error::TapError;
pub use guard::GuardMode;
pub use key::Key;
pub use listen::{BadListen, Listen};
pub use price::{BadPrices, Prices};
pub use provider::{BadUpstream, Provider, builtin};
pub use recorder::Rotation;
pub use server::{Notice, Ready, Tap};
pub use settings::{Limits, Settings};
