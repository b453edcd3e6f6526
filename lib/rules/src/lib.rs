//! The offline judge: rules as data, and the scanner that applies them to turns.
//!
//! [`RuleSet`] reads rules, [`Scanner`] judges turns by them, [`check`] runs the examples that every rule carries.
//! A rule is a regular expression with keywords and validators, or the report of a coded [`Detector`].

mod allow;
mod builtin;
mod check;
mod code;
mod detector;
mod eight;
mod error;
mod idioms;
mod intent;
mod learned;
mod matcher;
mod names;
mod part;
mod pattern;
mod rule;
mod ruleset;
mod runs;
mod scanner;
mod schema;
mod secret;
mod shell;
mod snippet;
mod toolcall;
mod validator;
mod view;
mod word_set;

pub use allow::AllowEntry;
pub use check::{CheckFailure, check};
pub use detector::{Detector, Report, Reports, Scene};
pub use error::LoadError;
pub use intent::{Labelled, message_weights, reader_weights};
pub use part::{Field, Part};
pub use rule::{Allow, Rule};
pub use ruleset::RuleSet;
pub use scanner::Scanner;
pub use validator::Validator;
