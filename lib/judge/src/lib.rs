//! The judges: language models that review what rules cannot see, trusted only as far as their answers can be checked.
//!
//! [`client`] asks a server one question. [`Panel`] puts turns before several agents and counts their votes; what it needs of the
//! world (turns, a memory for verdicts, a place for outcomes) it takes through [`Docket`]. Untrusted text reaches a prompt through
//! [`fence`] and no other way. An answer that is not exactly what was asked for is an abstention, and a turn without enough
//! votes stays what it was: not reviewed.

mod canary;
pub mod client;
mod consensus;
mod context;
pub mod fence;
mod lens;
mod opinion;
mod panel;
mod parts;
mod question;
mod split;
mod suspicion;

pub use context::context;
pub use lens::Lens;
pub use opinion::{BadOpinion, Opinion};
pub use panel::{
    Docket, Known, Matter, Outcome, Panel, PanelSettings, Report, Ruling, Trust, Vote, agents_for,
};
pub use question::prompts_version;
pub use split::split;
pub use suspicion::Suspicion;
