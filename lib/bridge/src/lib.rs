//! The bridge between browsers and the agent's gateway, without a process, a socket or a clock of its own: who may come in
//! ([`Admission`], [`Secret`], [`Offenders`]), what is said ([`Ask`], [`Say`]), who is told what ([`Hub`]), and how the record
//! looks ([`Record`]).
//!
//! One connection to the gateway serves all browsers: the gateway tells every client everything, so that a connection for each
//! browser would read all of it once for each. Who is told what is decided here, by who asked.

mod admission;
mod agents;
pub mod answer;
mod ask;
mod asset;
mod audit;
mod browser;
mod call;
mod certificate;
mod hub;
mod once;
mod rate;
mod record;
mod request;
mod run;
mod say;
mod secret;
mod session_keys;

pub use admission::{Admission, Decision, ORIGINS};
pub use ask::{Ask, LONGEST_TEXT};
pub use asset::asset;
pub use audit::{Audit, Entry};
pub use browser::Browser;
pub use certificate::{Certificate, CertificateError};
pub use hub::{BrowserId, Hub};
pub use once::Used;
pub use rate::{Bucket, Offenders};
pub use record::{Activity, News, Picture, Place, Record, Recorded};
pub use request::{BadRequest, LONGEST_HEAD, Request};
pub use say::{Outbox, Say};
pub use secret::{Purpose, Secret};
pub use session_keys::{SHARED, SessionKeys, new_key};
