//! What an investigation came to, and the records that it becomes.

use crate::exhibit::{Exhibit, Standing};
use crate::scene::Scene;
use crate::{Crime, investigation_id};
use sentrix_record::{CaseFile, Severity};
use serde_json::{Map, Value, json};

/// What an investigation came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// The kind of offence.
    pub crime: Crime,
    /// How bad.
    pub severity: Severity,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// What happened, in order. Never empty.
    pub facts: String,
    /// Turns that show it; they exist.
    pub ids: Vec<String>,
    /// The conclusion in a few sentences.
    pub summary: String,
    /// `offline`, or provider and model that really answered.
    pub investigator: String,
    /// The prompt's version; `None` when no model was asked.
    pub prompt: Option<String>,
}

impl Conclusion {
    /// The case, for its report.
    pub fn case(&self, scene: &Scene, concluded_at: &str) -> CaseFile {
        CaseFile {
            crime_classification: self.crime.as_str().to_owned(),
            severity_score: self.severity,
            confidence: self.confidence,
            case_facts: self.facts.clone().into(),
            relevant_log_ids: self.ids.clone(),
            verdict_summary: self.summary.clone(),
            investigation_id: investigation_id(&scene.flag.flag_id),
            flag_id: scene.flag.flag_id.clone(),
            source_file: scene.flag.source_file.clone(),
            concluded_at: concluded_at.to_owned(),
            extra: self.extra(scene),
        }
    }

    /// What the Python version's cases do not have.
    fn extra(&self, scene: &Scene) -> Map<String, Value> {
        let mut extra = Map::new();
        extra.insert("run_id_ts".to_owned(), scene.flag.run_id_ts.as_str().into());
        extra.insert("flag_severity".to_owned(), scene.flag.consensus_severity.as_str().into());
        extra.insert("investigator".to_owned(), self.investigator.as_str().into());
        extra.insert("model_asked".to_owned(), self.prompt.is_some().into());
        if let Some(prompt) = &self.prompt {
            extra.insert("prompt_version".to_owned(), prompt.as_str().into());
        }
        extra.insert("evidence_standing".to_owned(), scene.standing().as_str().into());
        extra.insert(
            "evidence".to_owned(),
            scene.exhibits.iter().map(|exhibit| cited(exhibit, scene)).collect(),
        );
        extra
    }
}

/// A place with what was found there, redacted.
fn cited(exhibit: &Exhibit, scene: &Scene) -> Value {
    let here = scene.flag.evidence.iter().filter(|evidence| {
        evidence.file == exhibit.file && (evidence.start, evidence.end) == (exhibit.start, exhibit.end)
    });
    let findings: Vec<Value> = here
        .take(50)
        .map(|found| {
            json!({"category": found.category, "rule": found.rule, "version": found.version, "label": found.label,
                   "field": found.field, "snippet": found.snippet})
        })
        .collect();
    let mut value = json!({"file": exhibit.file, "start": exhibit.start, "end": exhibit.end, "blake3": exhibit.blake3,
                           "standing": exhibit.standing, "findings": findings});
    if !exhibit.remark.is_empty() {
        value["remark"] = exhibit.remark.as_str().into();
    }
    if exhibit.standing == Standing::Missing && exhibit.blake3.is_empty() {
        value["blake3"] = Value::Null;
    }
    value
}
