//! The votes on one turn.

use super::job::Said;
use super::{Matter, Ruling};
use crate::parts::Part;
use crate::{Opinion, consensus, parts};
use sentrix_record::{Category, Severity};
use std::collections::BTreeSet;

/// One agent's vote on a turn: the worst of what it said of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Vote {
    /// The agent.
    pub agent: String,
    /// Who answered.
    pub provider: String,
    /// The model that answered.
    pub model: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: f64,
    /// Of which kind.
    pub category: Category,
    /// What was seen, by label.
    pub labels: Vec<String>,
    /// In words.
    pub observation: String,
    /// As it counts: clean when the judge is not sure enough.
    pub counts: Severity,
}

/// A turn that is being voted on.
pub(super) struct Ballot {
    pub matter: Matter,
    /// How many agents are to vote on it, and how many of them have to.
    pub assigned: usize,
    pub quorum: usize,
    pub seats: Vec<Seat>,
    /// Seats that were given up.
    pub abstained: Vec<(String, String)>,
    /// Somebody abstained because of the turn itself.
    pub own: bool,
}

/// An agent's place on a ballot.
pub(super) struct Seat {
    pub agent: usize,
    /// How often the turn was cut anew for it.
    pub cut: u32,
    pub parts: Vec<Part>,
    said: Vec<Option<Said>>,
    pub vote: Option<Vote>,
    /// It abstained.
    pub silent: bool,
}

impl Seat {
    pub fn new(agent: usize, cut: u32, parts: Vec<Part>) -> Self {
        Self { agent, cut, said: vec![None; parts.len()], parts, vote: None, silent: false }
    }

    pub fn is_open(&self) -> bool {
        self.vote.is_none() && !self.silent
    }

    /// Takes an answer on a part; the vote stands once every part has one.
    pub fn take(&mut self, part: usize, said: Said, name: &str, threshold: f64) {
        if let Some(place) = self.said.get_mut(part) {
            *place = Some(said);
        }
        let said: Vec<&Said> = self.said.iter().flatten().collect();
        if said.len() == self.parts.len() {
            self.vote = vote(name, &said, threshold);
        }
    }
}

impl Ballot {
    pub fn new(matter: Matter, assigned: usize) -> Self {
        let quorum = consensus::quorum(assigned);
        Self { matter, assigned, quorum, seats: Vec::new(), abstained: Vec::new(), own: false }
    }

    pub fn cut(&self, limit: usize) -> Vec<Part> {
        parts::cut(&self.matter.turn, limit)
    }

    pub fn open_seats(&self) -> usize {
        self.seats.iter().filter(|seat| seat.is_open()).count()
    }

    /// What it comes to; `None` while votes are out that may change it. `more` is how many agents could still be seated.
    pub fn ruling(&self, more: usize) -> Option<Ruling> {
        let votes: Vec<&Vote> = self.seats.iter().filter_map(|seat| seat.vote.as_ref()).collect();
        let counts: Vec<Severity> = votes.iter().map(|vote| vote.counts).collect();
        let outstanding = self.open_seats() + more;
        if let Some(severity) = consensus::settled(&counts, outstanding, self.quorum) {
            return Some(Ruling::Verdict { severity, confidence: confidence(&votes, severity) });
        }
        (outstanding == 0).then(|| {
            let why = self.abstained.last().map_or("nobody was there to judge it", |(_, why)| why);
            Ruling::Unreviewed { why: why.to_owned(), own: self.own }
        })
    }
}

/// How sure those are who reach the severity.
fn confidence(votes: &[&Vote], severity: Severity) -> f64 {
    let agree = |vote: &&&Vote| match severity {
        Severity::Clean => vote.counts == Severity::Clean,
        _ => vote.counts >= severity,
    };
    let agreeing: Vec<f64> = votes.iter().filter(agree).map(|vote| vote.confidence).collect();
    agreeing.iter().sum::<f64>() / agreeing.len().max(1) as f64
}

fn vote(agent: &str, said: &[&Said], threshold: f64) -> Option<Vote> {
    let counts = |opinion: &Opinion| {
        if opinion.confidence < threshold { Severity::Clean } else { opinion.severity }
    };
    let rank = |opinion: &Opinion| (counts(opinion), opinion.severity);
    let worst = said.iter().reduce(|worst, other| {
        let by_confidence = other.opinion.confidence > worst.opinion.confidence;
        let worse = match rank(&other.opinion).cmp(&rank(&worst.opinion)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            // Clean throughout is only as sure as its least sure part.
            std::cmp::Ordering::Equal => by_confidence != (worst.opinion.severity == Severity::Clean),
        };
        if worse { other } else { worst }
    })?;
    let labels: BTreeSet<&String> = said.iter().flat_map(|said| &said.opinion.pii_labels_detected).collect();
    Some(Vote {
        agent: agent.to_owned(),
        provider: worst.provider.clone(),
        model: worst.model.clone(),
        severity: worst.opinion.severity,
        confidence: worst.opinion.confidence,
        category: worst.opinion.category,
        labels: labels.into_iter().cloned().collect(),
        observation: worst.opinion.observation.clone(),
        counts: counts(&worst.opinion),
    })
}
