//! The investigator without a model: writes down what the record and the flag hold, and judges nothing anew.

use crate::Crime;
use crate::conclusion::Conclusion;
use crate::exhibit::{Exhibit, Standing};
use crate::scene::Scene;
use sentrix_record::{Flag, Severity, Turn};

/// How many findings, votes and neighbours are written out.
const FINDINGS: usize = 20;
const VOTES: usize = 10;
const NEIGHBOURS: usize = 2;
/// What a model said of a flag is cut here.
const OBSERVATION: usize = 600;
/// Names that an agent chose are cut here.
const NAME: usize = 120;

/// A case from the evidence alone. `redact` makes words that a model wrote into a flag fit to be kept.
pub fn offline(scene: &Scene, redact: &dyn Fn(&str, Option<&Turn>) -> String) -> Conclusion {
    let flag = &scene.flag;
    let standing = scene.standing();
    let crime = Crime::of(flag);
    let mut facts: Vec<String> = scene.exhibits.iter().map(|exhibit| place(exhibit, flag)).collect();
    if let Some(turn) = &scene.turn {
        facts.push(format!("The flagged turn {}.", shape(turn)));
    }
    facts.extend(findings(flag));
    facts.extend(votes(scene, redact));
    facts.extend(around(scene));
    facts.push(
        "No model was asked: this is what the rules and the flag say, checked against the record.".to_owned(),
    );
    let facts: Vec<String> = facts.iter().enumerate().map(|(n, fact)| format!("{}. {fact}", n + 1)).collect();
    Conclusion {
        crime,
        severity: flag.consensus_severity.max(Severity::Low),
        // What could not be checked is no surer than a coin.
        confidence: confidence(flag, standing),
        facts: facts.join("\n"),
        ids: if standing.holds() { vec![flag.run_id_ts.clone()] } else { Vec::new() },
        summary: summary(flag, crime, standing),
        investigator: "offline".to_owned(),
        prompt: None,
    }
}

fn confidence(flag: &Flag, standing: Standing) -> f64 {
    let said =
        if flag.consensus_confidence.is_finite() { flag.consensus_confidence.clamp(0.0, 1.0) } else { 0.5 };
    if standing.holds() { said } else { said.min(0.5) }
}

fn place(exhibit: &Exhibit, flag: &Flag) -> String {
    let (file, id) = (name(&exhibit.file), name(&flag.run_id_ts));
    let at = format!("{file}, bytes {} to {}", exhibit.start, exhibit.end);
    let remark = if exhibit.remark.is_empty() { String::new() } else { format!(" ({})", exhibit.remark) };
    match exhibit.standing {
        Standing::Verified => {
            format!(
                "{id} stands in {at}; the bytes are those that were flagged (blake3 {}){remark}.",
                exhibit.blake3
            )
        }
        Standing::Found => format!("{id} stands in {at}, blake3 {}{remark}.", exhibit.blake3),
        Standing::Changed => format!("{id} was flagged in {at}{remark}. Nothing about it can be confirmed."),
        Standing::Missing => {
            format!("{id} was flagged in {file}{remark}. Nothing about it can be confirmed.")
        }
    }
}

fn findings(flag: &Flag) -> Vec<String> {
    let mut lines: Vec<String> = flag
        .evidence
        .iter()
        .take(FINDINGS)
        .map(|found| {
            let field = if found.field.is_empty() { "the record" } else { &found.field };
            format!(
                "{} {} found {} ({}) in {}: {}",
                if found.version.starts_with(|c: char| c.is_ascii_digit()) { "Rule" } else { "Judge" },
                name(&found.rule),
                name(&found.label),
                found.category,
                name(field),
                name(&found.snippet)
            )
        })
        .collect();
    if flag.evidence.len() > FINDINGS {
        lines.push(format!("{} more findings stand in the flag.", flag.evidence.len() - FINDINGS));
    }
    lines
}

fn votes(scene: &Scene, redact: &dyn Fn(&str, Option<&Turn>) -> String) -> Vec<String> {
    let flag = &scene.flag;
    // What the rules vote is told by their findings.
    let votes = flag.votes.iter().filter(|vote| vote.source_agent != "rules" || flag.evidence.is_empty());
    votes
        .take(VOTES)
        .map(|vote| {
            let said = redact(&vote.observation, scene.turn.as_ref());
            let said: String = one_line(&said).chars().take(OBSERVATION).collect();
            format!(
                "{} voted {} (confidence {:.2}): {said}",
                name(&vote.source_agent),
                vote.severity,
                vote.confidence
            )
        })
        .collect()
}

fn around(scene: &Scene) -> Vec<String> {
    let near = |turns: &[Turn], what: &str| {
        turns
            .iter()
            .take(NEIGHBOURS)
            .enumerate()
            .map(|(n, turn)| format!("{what} it ({}): {} {}.", n + 1, name(&turn.run_id_ts), shape(turn)))
            .collect::<Vec<_>>()
    };
    [near(&scene.before, "Before"), near(&scene.after, "After")].concat()
}

/// What a turn holds, by size and by the tools that it calls; nothing of what it says.
fn shape(turn: &Turn) -> String {
    let mut parts = Vec::new();
    let mut count = |bytes: usize, what: &str| {
        if bytes > 0 {
            parts.push(format!("{bytes} bytes of {what}"));
        }
    };
    count(turn.user_messages.iter().map(|message| message.content.len()).sum(), "messages to the model");
    count(turn.tool_results.iter().map(|result| result.content.len()).sum(), "tool results");
    count(turn.thinking.len(), "thinking");
    count(turn.text.len(), "text");
    let calls: Vec<String> = turn.tool_calls.iter().take(10).map(|call| name(&call.name)).collect();
    if !calls.is_empty() {
        let more = if turn.tool_calls.len() > calls.len() { ", …" } else { "" };
        parts.push(format!("calls of {}{more}", calls.join(", ")));
    }
    let ended = if turn.complete { "" } else { " (it never ended)" };
    let holds = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    format!("holds {holds}{ended}")
}

fn summary(flag: &Flag, crime: Crime, standing: Standing) -> String {
    let labels: Vec<String> = flag.pii_labels_union.iter().take(8).map(|label| name(label)).collect();
    let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
    let holds = match standing {
        Standing::Verified => "The record still holds the bytes that were flagged.",
        Standing::Found => "The record holds a turn of that name; the flag keeps no hash to compare.",
        Standing::Changed => "Evidence changed: the record holds other bytes at that place.",
        Standing::Missing => "Evidence missing: the record does not hold what was flagged.",
    };
    format!(
        "{} {crime}{labels} in {}. {holds} No model was asked; a person has to decide.",
        flag.consensus_severity,
        name(&flag.source_file)
    )
}

/// A name, or a snippet, on one line and not long.
fn name(text: &str) -> String {
    let text = one_line(text);
    match text.char_indices().nth(NAME * 2) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
