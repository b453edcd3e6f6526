//! The investigator that asks a model.

use crate::answer::{Answer, BadAnswer, MoreContext, Written};
use crate::brief::{Asked, Brief, prompt_version};
use crate::conclusion::Conclusion;
use crate::records::Records;
use crate::scene::Scene;
use sentrix_judge::client::{CallError, Client};
use sentrix_record::Turn;
use std::collections::HashSet;
use std::sync::Arc;

/// How often a model gets more context.
const EXPANSIONS: usize = 3;
/// No prompt is made for less data than this.
const LEAST: usize = 4096;

/// An investigation without a case.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoCase {
    /// No answer.
    #[error("{0}")]
    Call(#[from] CallError),
    /// An answer that does not hold.
    #[error("{0}")]
    Bad(#[from] BadAnswer),
    /// It never came to a conclusion.
    #[error("the model asked for more context {} times and did not conclude", EXPANSIONS + 1)]
    MoreContext,
}

impl NoCase {
    /// Whether the model had its say: such failures bring a flag nearer to being left open. A server that is away, busy, or does not
    /// know the key says nothing about the flag.
    pub fn counts(&self) -> bool {
        match self {
            Self::Call(error) => {
                matches!(error, CallError::BadAnswer { .. } | CallError::ContextTooLong | CallError::Refused)
            }
            Self::Bad(_) | Self::MoreContext => true,
        }
    }

    /// Whether nothing was asked, and nothing will be for a while.
    pub fn is_pause(&self) -> bool {
        matches!(self, Self::Call(CallError::Resting { .. } | CallError::Stopped | CallError::Budget))
    }
}

/// Asks a model about scenes. Shared among threads.
#[derive(Debug, Clone)]
pub struct Investigator {
    client: Arc<Client>,
    room: usize,
}

/// What one part of the flagged turn came to.
struct Said {
    case: Written,
    by: String,
}

/// The state of one investigation.
struct Work<'a> {
    scene: &'a mut Scene,
    records: &'a Records,
    room: usize,
    expansions: usize,
    shown: HashSet<String>,
}

impl Investigator {
    /// An investigator that puts at most so many bytes of data into a prompt; the flagged turn is put into several where it is longer.
    pub fn new(client: Arc<Client>, room: usize) -> Self {
        Self { client, room: room.max(LEAST) }
    }

    /// Whom it asks.
    pub fn asked(&self) -> String {
        format!("{}/{}", self.client.provider(), self.client.model())
    }

    /// Ends every wait, and refuses every question from now on.
    pub fn stop(&self) {
        self.client.stop();
    }

    /// Investigates a scene whose evidence holds. `redact` makes a model's words fit to be kept.
    ///
    /// # Errors
    /// [`NoCase`]: nothing is concluded.
    pub fn investigate(
        &self,
        scene: &mut Scene,
        turn: &Turn,
        records: &Records,
        redact: &dyn Fn(&str, Option<&Turn>) -> String,
    ) -> Result<Conclusion, NoCase> {
        let mut work =
            Work { scene, records, room: self.room, expansions: EXPANSIONS, shown: HashSet::new() };
        let said = loop {
            match self.all_parts(&mut work, turn) {
                Err(NoCase::Call(CallError::ContextTooLong)) if work.room / 2 >= LEAST => work.room /= 2,
                other => break other?,
            }
        };
        let by = said.last().map(|said| said.by.clone()).unwrap_or_default();
        let cases: Vec<Written> = said.into_iter().map(|said| said.case).collect();
        let case = merged(cases).ok_or(BadAnswer::Facts)?;
        Ok(Conclusion {
            crime: case.crime,
            severity: case.severity,
            confidence: case.confidence,
            facts: redact(&case.facts, Some(turn)),
            ids: case.ids,
            summary: redact(&case.summary, Some(turn)),
            investigator: by,
            prompt: Some(prompt_version()),
        })
    }

    fn all_parts(&self, work: &mut Work<'_>, turn: &Turn) -> Result<Vec<Said>, NoCase> {
        // The rest of the room is for the neighbours.
        let parts = sentrix_judge::split(turn, work.room * 3 / 4);
        parts.iter().map(|part| self.part(work, part, parts.len())).collect()
    }

    fn part(&self, work: &mut Work<'_>, part: &str, parts: usize) -> Result<Said, NoCase> {
        let mut note = String::new();
        loop {
            let asked = Asked { part, parts, room: work.room, expansions: work.expansions, note: &note };
            let brief = Brief::new(work.scene, &asked);
            work.shown.extend(brief.shown.iter().cloned());
            let answer = self.client.ask(&brief.prompt)?;
            match Answer::parse(&answer.json_text, &work.shown)? {
                Answer::Case(case) => {
                    return Ok(Said { case, by: format!("{}/{}", answer.provider, answer.model) });
                }
                Answer::More(more) => note = work.expand(more, self.room)?,
            }
        }
    }
}

impl Work<'_> {
    /// Gives more context; returns what is to be said of it.
    fn expand(&mut self, more: MoreContext, room: usize) -> Result<String, NoCase> {
        self.expansions = self.expansions.checked_sub(1).ok_or(NoCase::MoreContext)?;
        let (read, side) = if more.forward {
            (self.scene.look_forward(self.records, more.turns), "after")
        } else {
            (self.scene.look_back(self.records, more.turns), "before")
        };
        // What was asked for must not be left out for want of room; a server that said stop is believed.
        if self.room >= room {
            self.room += room / 2;
        }
        Ok(match read {
            0 => format!(" The record holds no more turns {side} these."),
            _ => String::new(),
        })
    }
}

/// One case from those of the parts: the worst decides, the facts and the turns of all stand in it.
fn merged(mut cases: Vec<Written>) -> Option<Written> {
    if cases.len() < 2 {
        return cases.pop();
    }
    let of = cases.len();
    let facts: Vec<String> =
        cases.iter().enumerate().map(|(n, case)| format!("Part {} of {of}: {}", n + 1, case.facts)).collect();
    let mut ids: Vec<String> = Vec::new();
    for id in cases.iter().flat_map(|case| &case.ids) {
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    let worst = cases
        .into_iter()
        .max_by(|a, b| a.severity.cmp(&b.severity).then(a.confidence.total_cmp(&b.confidence)))?;
    Some(Written { facts: facts.join("\n"), ids, ..worst })
}
