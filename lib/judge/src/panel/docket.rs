//! What the panel needs of the world.

use super::Vote;
use crate::Suspicion;
use sentrix_record::{Severity, Turn};
use std::time::Duration;

/// Turns to judge, a memory, and a place for outcomes. Everything is called on the thread that called the panel.
pub trait Docket {
    /// The next turn; `None` when there is none left.
    fn next(&mut self) -> Option<Matter>;

    /// What came of a turn; false ends the sweep.
    fn settle(&mut self, outcome: Outcome) -> bool;

    /// Nothing more can be done until an answer comes: the time for saving what is not saved yet. Gives how long at most to wait until it
    /// is asked again.
    fn rest(&mut self) -> Duration {
        Duration::MAX
    }

    /// Whether the sweep is to end.
    fn stopped(&mut self) -> bool {
        false
    }

    /// The answer to a question that was answered before.
    fn recall(&mut self, _key: &str) -> Option<Known> {
        None
    }

    /// Keeps an answer that was paid for; `model` is whom was asked.
    fn remember(&mut self, _key: &str, _model: &str, _known: &Known) {}

    /// How far a model is trusted, by its name.
    fn trust(&mut self, _model: &str) -> Trust {
        Trust::default()
    }

    /// Keeps how far a model is trusted. When it is no longer, what it cleared since it was last right is to be reopened.
    fn set_trust(&mut self, _model: &str, _trust: Trust) {}
}

/// A turn on the docket.
#[derive(Debug)]
pub struct Matter {
    /// The docket's name for it.
    pub id: u64,
    /// The turn.
    pub turn: Turn,
    /// What came before it, as a line of [`crate::fence::data`]; empty when nothing is known.
    pub context: String,
    /// How warm its stream is.
    pub suspicion: Suspicion,
}

/// What came of a turn.
#[derive(Debug)]
pub struct Outcome {
    /// The docket's name for it.
    pub id: u64,
    /// The turn.
    pub turn: Turn,
    /// Every vote that was cast, dissent too.
    pub votes: Vec<Vote>,
    /// How many were assigned to it.
    pub assigned: usize,
    /// Who abstained, and why.
    pub abstained: Vec<(String, String)>,
    /// What it came to.
    pub ruling: Ruling,
}

/// What votes came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// Enough votes.
    Verdict {
        /// The severity that at least half of them reach.
        severity: Severity,
        /// How sure those are.
        confidence: f64,
    },
    /// Too few votes: the turn is as it was.
    Unreviewed {
        /// Why.
        why: String,
        /// Because of the turn itself, not of the server or the budget: asking again soon will not help.
        own: bool,
    },
}

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The verdict as JSON.
    pub verdict: String,
    /// Who gave it.
    pub provider: String,
    /// The model that gave it.
    pub model: String,
}

/// How far a model is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trust {
    /// Votes since it last judged known turns, and was right.
    pub votes: u64,
    /// How often it was put to the test.
    pub tests: u64,
    /// It was wrong, and has not been right since.
    pub lost: bool,
}
