//! A flag: a turn that needs somebody's eyes, with the votes and the evidence.

use crate::{Category, Severity};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Names the space in which flag ids are made; any constant would do, but it must never change.
const FLAG_NAMESPACE: Uuid = Uuid::from_u128(0x5e47_f1a9_0c3b_4d52_9a1e_73c0_11d5_86af);

/// One line of `patrol_flags.jsonl`: the Python version's fields and `evidence`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// UUIDv5 of what was flagged: see [`Flag::id`].
    pub flag_id: String,
    /// Name of the log file. Old records call it `target_agent_id`.
    #[serde(default, alias = "target_agent_id")]
    pub source_file: String,
    /// The turn.
    #[serde(default)]
    pub run_id_ts: String,
    /// What the votes came to.
    pub consensus_severity: Severity,
    /// How sure they are, 0 to 1.
    #[serde(default)]
    pub consensus_confidence: f64,
    /// Who said what.
    #[serde(default)]
    pub votes: Vec<Vote>,
    /// Every label that any vote named, sorted.
    #[serde(default)]
    pub pii_labels_union: Vec<String>,
    /// One sentence for the investigator; never holds what was leaked.
    #[serde(default)]
    pub referral_summary: String,
    /// Suspicion level of the stream when this was written.
    #[serde(default)]
    pub pheromone_level: f64,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub timestamp: String,
    /// Kinds of what was found, sorted.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Where it stands and what it looked like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One judge's word in a flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// UUIDv5 of flag and judge.
    #[serde(default)]
    pub vote_id: String,
    /// `rules`, or the patrol agent's name.
    #[serde(default)]
    pub source_agent: String,
    /// Name of the log file.
    #[serde(default, alias = "target_agent_id")]
    pub source_file: String,
    /// How bad.
    pub severity: Severity,
    /// How sure, 0 to 1.
    #[serde(default)]
    pub confidence: f64,
    /// What was seen, by label.
    #[serde(default)]
    pub pii_labels_detected: Vec<String>,
    /// In words; never holds what was leaked.
    #[serde(default)]
    pub observation: String,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub timestamp: String,
    /// The kind of the worst finding.
    #[serde(default)]
    pub category: String,
    /// The turn.
    #[serde(default)]
    pub run_id_ts: String,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Where a finding stands, so that anybody can check it later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Name of the log file.
    pub file: String,
    /// First byte of the turn's event in `file`.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// blake3 (hex) of those bytes.
    pub blake3: String,
    /// The kind of finding.
    pub category: Category,
    /// The rule's id, or the judge's.
    pub rule: String,
    /// The rule's version, or model and prompt hash.
    pub version: String,
    /// What it is.
    pub label: String,
    /// What was seen, redacted.
    pub snippet: String,
    /// Which part of the turn.
    #[serde(default)]
    pub field: String,
    /// Names the finding in allow-lists.
    #[serde(default)]
    pub fingerprint: String,
}

impl Flag {
    /// The id of the flag on a turn: the same on every machine and in every run.
    pub fn id(run_id_ts: &str, blake3: &str) -> String {
        let name = format!("{run_id_ts}\0{blake3}");
        Uuid::new_v5(&FLAG_NAMESPACE, name.as_bytes()).to_string()
    }
}

impl Vote {
    /// The id of a judge's vote in a flag.
    pub fn id(flag_id: &str, source_agent: &str) -> String {
        let name = format!("{flag_id}\0{source_agent}");
        Uuid::new_v5(&FLAG_NAMESPACE, name.as_bytes()).to_string()
    }

    /// Names the category of a vote's worst finding.
    pub fn category_of(category: Option<Category>) -> String {
        category.unwrap_or(Category::Other).as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_everywhere_and_differs_by_content() {
        assert_eq!(Flag::id("r_1", "aa"), Flag::id("r_1", "aa"));
        assert_ne!(Flag::id("r_1", "aa"), Flag::id("r_1", "ab"));
        assert_ne!(Flag::id("r_1", "aa"), Flag::id("r_1a", "a"));
    }

    #[test]
    fn an_old_flag_with_its_old_field_name_is_read() {
        let old = r#"{"flag_id":"x","target_agent_id":"20260310T185751.json","run_id_ts":"r_1","consensus_severity":"MEDIUM","consensus_confidence":0.85,"votes":[],"new_field":1}"#;
        let flag: Flag = serde_json::from_str(old).unwrap();
        assert_eq!(flag.source_file, "20260310T185751.json");
        assert_eq!(flag.extra["new_field"], 1);
    }
}
