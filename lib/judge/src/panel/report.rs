//! What a sweep did.

use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The figures of a sweep.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Patrol agents.
    pub agents: usize,
    /// Turns that got a verdict.
    pub reviewed: u64,
    /// Turns that were put before agents and got none.
    pub unreviewed: u64,
    /// Questions that were asked, known turns among them.
    pub questions: u64,
    /// Answers that were remembered, so that nothing was asked.
    pub remembered: u64,
    /// Answers that were no verdict.
    pub spoilt: u64,
    /// Votes that were cast.
    pub votes: u64,
    /// Votes that the others overruled.
    pub dissent: u64,
    /// Agents that did not vote on a turn, by reason.
    pub abstentions: BTreeMap<String, u64>,
    /// Known turns that were judged rightly, and wrongly.
    pub canaries: (u64, u64),
    /// Agents that were dropped, and why.
    pub dropped: BTreeMap<String, String>,
    /// The budget ended the sweep.
    pub budget_spent: bool,
    /// How long it took.
    #[serde(serialize_with = "seconds")]
    pub wall: Duration,
}

fn seconds<S: serde::Serializer>(wall: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((wall.as_secs_f64() * 1000.0).round() / 1000.0)
}
