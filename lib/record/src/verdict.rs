//! What a judge says of a turn.

use crate::{Category, Severity};
use serde::{Deserialize, Serialize};

/// The verdict record of `sentrix-patrol judge`: one per turn, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The turn that was judged.
    pub run_id_ts: String,
    /// The worst of the findings; `CLEAN` without any.
    pub severity: Severity,
    /// How sure the judge is of `severity`, 0 to 1.
    pub confidence: f64,
    /// What was found, most severe first.
    pub findings: Vec<Finding>,
}

/// One thing that was found in a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the judge is, 0 to 1.
    pub confidence: f64,
    /// The rule's id (`secret.aws-access-key`), or the judge's.
    pub rule: String,
    /// The rule's version, or the judge's model and prompt hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// What it is, in a word of the field (`CREDIT_CARD`, `capture_gap`).
    pub label: String,
    /// What was seen, redacted: safe to store, print and mail.
    pub snippet: String,
    /// Which part of the turn: `text`, `thinking`, `user_messages[0]`, `tool_results[1]`, `tool_calls[0]`, …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// First byte of the match in that part's text (UTF-8, before any normalisation).
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// blake3 (first 16 hex digits) of rule, label and matched bytes: names this finding in allow-lists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
}

impl Verdict {
    /// A verdict from findings: the worst severity, with the highest confidence given for it.
    pub fn from_findings(run_id_ts: String, mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.confidence.total_cmp(&a.confidence)));
        let worst = findings.first().map(|finding| (finding.severity, finding.confidence));
        let (severity, confidence) = worst.unwrap_or((Severity::Clean, 1.0));
        Self { run_id_ts, severity, confidence, findings }
    }
}
