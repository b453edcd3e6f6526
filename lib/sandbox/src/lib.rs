//! The sandbox: what a container of ours is, how it is asked of Docker, and whether what runs is what was asked for.
//!
//! [`Spec`] is pure data: what may differ from one sandbox to the next. What may never differ (capabilities, read-only root, no new
//! privileges…) is in [`hardening`] and cannot be switched off. [`config`] turns both into a request, [`checks`] holds them against
//! what Docker reports. [`Engine`] is Docker, one blocking method a call, a time limit around each.

pub mod checks;
pub mod config;
mod engine;
mod error;
pub mod hardening;
pub mod label;
mod name;
pub mod openclaw;
mod spec;
mod token;

pub use bollard::models::ContainerInspectResponse as Inspect;
pub use checks::{Check, Drift, checks, compare};
pub use engine::{Belonging, Build, Command, Container, Engine, Labelled, Sandbox, State, Status, Streams};
pub use error::Error;
pub use name::{BadName, Name};
pub use spec::{Limits, Network, Spec, TapBy, Volume};
pub use token::token;
