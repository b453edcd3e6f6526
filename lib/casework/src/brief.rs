//! What an investigator model is given: the flag, the flagged turn first and whole, then its neighbours as far as there is room.

use crate::answer::Answer;
use crate::scene::Scene;
use sentrix_judge::client::{Prompt, Schema};
use sentrix_judge::fence::{self, Fence};
use sentrix_record::Turn;
use serde_json::json;
use std::collections::HashSet;
use std::sync::LazyLock;

const INVESTIGATOR: &str = include_str!("../prompts/investigator.md");
const QUESTION: &str = include_str!("../prompts/question.md");
/// The shape of the answer.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new("case", &Answer::schema()));
/// What less room than this is left for is left out.
const LEAST: usize = 1024;
/// How many findings of the flag are given.
const FINDINGS: usize = 40;

/// Names the prompts that this version asks with: the same text, the same name.
pub fn prompt_version() -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(INVESTIGATOR.as_bytes());
    hasher.update(QUESTION.as_bytes());
    hasher.finalize().to_hex()[..12].to_owned()
}

/// A prompt, and the ids of the turns in it.
pub(crate) struct Brief {
    pub prompt: Prompt,
    pub shown: HashSet<String>,
}

/// What is asked about one part of the flagged turn.
pub(crate) struct Asked<'a> {
    /// The part, as data.
    pub part: &'a str,
    /// How many parts there are.
    pub parts: usize,
    /// Bytes of data in all.
    pub room: usize,
    /// How often more context may still be asked for.
    pub expansions: usize,
    /// A word of ours on what came of the last request.
    pub note: &'a str,
}

impl Brief {
    /// Puts the prompt together.
    pub fn new(scene: &Scene, asked: &Asked<'_>) -> Self {
        let mut shown = HashSet::from([scene.flag.run_id_ts.clone()]);
        let mut blocks: Vec<(&'static str, String)> =
            vec![("FLAG", flag(scene)), ("FLAGGED", with_id(&scene.flag.run_id_ts, asked.part))];
        let mut room = asked.room.saturating_sub(asked.part.len());
        for (side, turn) in scene.neighbours() {
            if room < LEAST {
                break;
            }
            let data = neighbour(turn, room);
            room = room.saturating_sub(data.len());
            shown.insert(turn.run_id_ts.clone());
            blocks.push((side, data));
        }
        let fence = Fence::around(blocks.iter().map(|(_, data)| data.as_str()));
        let text: String = blocks.iter().map(|(name, data)| fence.block(name, data)).collect();
        let expansions = match asked.expansions {
            0 => "no more: conclude from what there is".to_owned(),
            1 => "once more".to_owned(),
            n => format!("{n} times at the most"),
        };
        let mut note = asked.note.to_owned();
        if asked.parts > 1 {
            note.push_str(
                " The flagged turn is long: this is one part of it, and the others are investigated too.",
            );
        }
        let prompt = Prompt {
            system: fill(INVESTIGATOR, &[("expansions", &expansions)]),
            user: fill(QUESTION, &[("blocks", &text), ("boundary", fence.boundary()), ("note", &note)]),
            schema: &SCHEMA,
        };
        Self { prompt, shown }
    }
}

fn flag(scene: &Scene) -> String {
    let flag = &scene.flag;
    let findings: Vec<_> = flag
        .evidence
        .iter()
        .take(FINDINGS)
        .map(|found| json!({"category": found.category, "rule": found.rule, "label": found.label, "field": found.field, "snippet": found.snippet}))
        .collect();
    fence::data(&json!({
        "id": flag.run_id_ts,
        "severity": flag.consensus_severity,
        "confidence": flag.consensus_confidence,
        "categories": flag.categories,
        "labels": flag.pii_labels_union,
        "referral_summary": flag.referral_summary,
        "findings": findings,
    }))
}

/// A neighbour, whole where there is room, else its first part; the part says of how many.
fn neighbour(turn: &Turn, room: usize) -> String {
    let parts = sentrix_judge::split(turn, room.saturating_sub(LEAST / 2).max(LEAST));
    with_id(&turn.run_id_ts, parts.first().map_or("{}", String::as_str))
}

/// Both are data already.
fn with_id(id: &str, part: &str) -> String {
    format!("{{\"id\":{},\"turn\":{part}}}", fence::data(&id))
}

/// Fills the places of a template, in one pass: what is put in is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = after.split_once("}}") else { break };
        filled.extend(values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}
