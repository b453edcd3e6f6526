//! Judges for who keeps no state: turns in, outcomes out, nothing remembered beyond the program's life.

use crate::judged::Held;
use crate::judges::Judges;
use crate::reviewer::Reviewer;
use sentrix_cli::Signals;
use sentrix_judge::{Docket, Matter, Outcome, Ruling, Suspicion, Trust, prompts_version};
use sentrix_record::{Finding, Severity, Turn, Verdict};
use std::collections::{HashMap, HashSet, VecDeque};

/// What of one program's life is worth keeping.
#[derive(Default)]
pub struct Memory {
    trust: HashMap<String, Trust>,
}

/// A turn after its hearing.
pub struct Heard {
    pub turn: Turn,
    /// What the rules say.
    pub rules: Verdict,
    /// What came of it; `None` when the hearing ended before.
    pub outcome: Option<Outcome>,
}

struct MemoryDocket<'a> {
    memory: &'a mut Memory,
    signals: Option<&'a Signals>,
    turns: VecDeque<(u64, Turn)>,
    outcomes: HashMap<u64, Outcome>,
}

impl Memory {
    /// Puts turns before the judges; they come back in order.
    pub fn hear(&mut self, judges: &Judges, held: Vec<Held>, signals: Option<&Signals>) -> Vec<Heard> {
        let streams: HashSet<Option<&String>> =
            held.iter().map(|held| held.turn.source_file.as_ref()).collect();
        let streams = streams.len();
        let turns = held.iter().enumerate().map(|(n, held)| (n as u64, (*held.turn).clone())).collect();
        let mut docket = MemoryDocket { memory: self, signals, turns, outcomes: HashMap::new() };
        judges.panel.sweep(&mut docket, streams);
        let mut outcomes = docket.outcomes;
        held.into_iter()
            .enumerate()
            .map(|(n, held)| Heard {
                turn: *held.turn,
                rules: held.verdict,
                outcome: outcomes.remove(&(n as u64)),
            })
            .collect()
    }
}

impl Docket for MemoryDocket<'_> {
    fn next(&mut self) -> Option<Matter> {
        let (id, turn) = self.turns.pop_front()?;
        Some(Matter { id, turn, context: String::new(), suspicion: Suspicion::default() })
    }

    fn settle(&mut self, outcome: Outcome) -> bool {
        self.outcomes.insert(outcome.id, outcome);
        true
    }

    fn stopped(&mut self) -> bool {
        self.signals.is_some_and(|signals| signals.stopped().is_some())
    }

    fn trust(&mut self, model: &str) -> Trust {
        self.memory.trust.get(model).copied().unwrap_or_default()
    }

    fn set_trust(&mut self, model: &str, trust: Trust) {
        self.memory.trust.insert(model.to_owned(), trust);
    }
}

impl Heard {
    /// What judges and rules came to; why not, when the judges came to nothing.
    pub fn ruling(&self) -> Result<(Severity, f64), &str> {
        match self.outcome.as_ref().map(|outcome| &outcome.ruling) {
            Some(Ruling::Verdict { severity, confidence }) => Ok((*severity, *confidence)),
            Some(Ruling::Unreviewed { why, .. }) => Err(why),
            None => Err("the judges did not come to it"),
        }
    }

    /// The verdict record. Without the judges' word there is one only where the rules found something.
    pub fn verdict(&self, reviewer: &Reviewer) -> Option<Verdict> {
        let Ok((severity, confidence)) = self.ruling() else {
            return (self.rules.severity > Severity::Clean).then(|| self.rules.clone());
        };
        let mut verdict = self.rules.clone();
        if severity > verdict.severity || verdict.severity == Severity::Clean {
            verdict.severity = severity;
            verdict.confidence = confidence;
        }
        if severity > Severity::Clean {
            let votes = self.outcome.iter().flat_map(|outcome| &outcome.votes);
            let against = votes.filter(|vote| vote.counts > Severity::Clean);
            verdict.findings.extend(against.map(|vote| Finding {
                category: vote.category,
                severity: vote.severity,
                confidence: vote.confidence,
                rule: format!("judge.{}", vote.agent),
                version: format!("{}/{} prompts {}", vote.provider, vote.model, prompts_version()),
                label: vote.labels.first().map_or_else(
                    || vote.category.as_str().to_uppercase(),
                    |label| reviewer.redact(label, &self.turn),
                ),
                snippet: reviewer.redact(&vote.observation, &self.turn),
                field: String::new(),
                start: 0,
                end: 0,
                fingerprint: String::new(),
            }));
            verdict
                .findings
                .sort_by(|a, b| b.severity.cmp(&a.severity).then(b.confidence.total_cmp(&a.confidence)));
        }
        Some(verdict)
    }
}
