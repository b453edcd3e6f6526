//! From votes to a flag.

use crate::flagging;
use crate::reviewer::Reviewer;
use sentrix_judge::{Outcome, prompts_version};
use sentrix_record::{Category, Evidence, Flag, Severity, Turn, Vote};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a turn came to when rules and judges have spoken: the worse of the two. Votes cannot take back what a rule found.
pub struct Decided {
    pub severity: Severity,
    pub flag: Option<Flag>,
    /// Providers and models that really answered.
    pub answered: String,
}

/// Joins the rules' flag (where there is one) with the votes.
pub fn decide(
    outcome: &Outcome,
    severity: Severity,
    confidence: f64,
    rules: Option<Flag>,
    suspicion: f64,
    reviewer: &Reviewer,
    now: &str,
) -> Decided {
    let answered: BTreeSet<String> =
        outcome.votes.iter().map(|vote| format!("{}/{}", vote.provider, vote.model)).collect();
    let answered = answered.into_iter().collect::<Vec<_>>().join(",");
    let by_rules = rules.as_ref().map_or(Severity::Clean, |flag| flag.consensus_severity);
    let worse = severity.max(by_rules);
    if worse == Severity::Clean {
        return Decided { severity: worse, flag: None, answered };
    }
    let turn = &outcome.turn;
    let mut flag = rules.unwrap_or_else(|| flagging::empty(turn, now));
    let votes: Vec<Vote> =
        outcome.votes.iter().map(|vote| record(vote, &flag, turn, reviewer, now)).collect();
    if severity > by_rules {
        flag.consensus_severity = severity;
        flag.consensus_confidence = confidence;
        flag.timestamp = now.to_owned();
        if let Some(worst) = votes.iter().max_by_key(|vote| vote.severity) {
            flag.referral_summary =
                format!("{} ({}): {}", worst.category, worst.source_agent, worst.observation);
        }
    }
    flag.pheromone_level = suspicion;
    for (vote, said) in outcome.votes.iter().zip(&votes) {
        if vote.counts > Severity::Clean {
            add_labels(&mut flag, said);
            flag.evidence.push(evidence(vote, said, turn));
        }
    }
    flag.votes.retain(|old| votes.iter().all(|vote| vote.vote_id != old.vote_id));
    flag.votes.extend(votes);
    Decided { severity: worse, flag: Some(flag), answered }
}

fn record(vote: &sentrix_judge::Vote, flag: &Flag, turn: &Turn, reviewer: &Reviewer, now: &str) -> Vote {
    let mut extra = Map::new();
    extra.insert("provider".to_owned(), Value::from(vote.provider.as_str()));
    extra.insert("model".to_owned(), Value::from(vote.model.as_str()));
    Vote {
        vote_id: Vote::id(&flag.flag_id, &vote.agent),
        source_agent: vote.agent.clone(),
        source_file: flag.source_file.clone(),
        severity: vote.severity,
        confidence: vote.confidence,
        pii_labels_detected: vote.labels.iter().map(|label| reviewer.redact(label, turn)).collect(),
        observation: reviewer.redact(&vote.observation, turn),
        timestamp: now.to_owned(),
        category: vote.category.as_str().to_owned(),
        run_id_ts: turn.run_id_ts.clone(),
        extra,
    }
}

fn add_labels(flag: &mut Flag, vote: &Vote) {
    let mut labels: BTreeSet<String> = flag.pii_labels_union.drain(..).collect();
    labels.extend(vote.pii_labels_detected.iter().cloned());
    flag.pii_labels_union = labels.into_iter().collect();
    let mut categories: BTreeSet<Category> =
        flag.categories.iter().filter_map(|category| category.parse().ok()).collect();
    categories.extend(vote.category.parse::<Category>());
    flag.categories = categories.iter().map(ToString::to_string).collect();
}

fn evidence(vote: &sentrix_judge::Vote, said: &Vote, turn: &Turn) -> Evidence {
    Evidence {
        file: turn.source_file.clone().unwrap_or_default(),
        start: turn.start.unwrap_or(0),
        end: turn.end.unwrap_or(0),
        blake3: turn.blake3.clone().unwrap_or_default(),
        category: vote.category,
        rule: format!("judge.{}", vote.agent),
        version: format!("{}/{} prompts {}", vote.provider, vote.model, prompts_version()),
        label: said
            .pii_labels_detected
            .first()
            .cloned()
            .unwrap_or_else(|| vote.category.as_str().to_uppercase()),
        snippet: said.observation.clone(),
        field: String::new(),
        fingerprint: String::new(),
    }
}
