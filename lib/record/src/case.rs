//! A case: what an investigation came to.

use crate::Severity;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A case file, in the Python version's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseFile {
    /// The kind of offence.
    #[serde(default)]
    pub crime_classification: String,
    /// How bad.
    #[serde(default)]
    pub severity_score: Severity,
    /// How sure, 0 to 1.
    #[serde(default)]
    pub confidence: f64,
    /// What happened, in order.
    #[serde(default)]
    pub case_facts: Value,
    /// Turns that show it, by `run_id_ts`.
    #[serde(default)]
    pub relevant_log_ids: Vec<String>,
    /// The conclusion.
    #[serde(default)]
    pub verdict_summary: String,
    /// The case's id.
    #[serde(default)]
    pub investigation_id: String,
    /// The flag that it answers.
    #[serde(default)]
    pub flag_id: String,
    /// Name of the log file.
    #[serde(default)]
    pub source_file: String,
    /// RFC 3339, UTC; absent in the oldest reports.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub concluded_at: String,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
