//! Flags as a SARIF 2.1.0 log (OASIS Standard, 27 March 2020), for code scanning dashboards and CI.

use sentrix_record::{Evidence, Flag, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A log being collected.
#[derive(Debug, Default)]
pub struct Sarif {
    rules: BTreeMap<String, Value>,
    results: Vec<Value>,
}

impl Sarif {
    /// Adds every finding of a flag.
    pub fn add(&mut self, flag: &Flag) {
        for evidence in &flag.evidence {
            self.rules.entry(evidence.rule.clone()).or_insert_with(|| {
                json!({
                    "id": evidence.rule,
                    "shortDescription": {"text": evidence.label},
                    "properties": {"category": evidence.category, "version": evidence.version},
                })
            });
            self.results.push(result(flag, evidence));
        }
    }

    /// The whole log.
    pub fn json(&self) -> Vec<u8> {
        let rules: Vec<&Value> = self.rules.values().collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "sentrix-patrol",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        })
        .to_string()
        .into_bytes()
    }
}

fn result(flag: &Flag, evidence: &Evidence) -> Value {
    let level = match flag.consensus_severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Clean => "note",
    };
    json!({
        "ruleId": evidence.rule,
        "level": level,
        "message": {"text": format!("{} in {}: {}", evidence.label, flag.run_id_ts, evidence.snippet)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": evidence.file},
                "region": {
                    "byteOffset": evidence.start,
                    "byteLength": evidence.end.saturating_sub(evidence.start),
                },
            },
            "logicalLocations": [{"name": evidence.field, "fullyQualifiedName": flag.run_id_ts}],
        }],
        "partialFingerprints": {"sentrixFlag/v1": flag.flag_id, "sentrixFinding/v1": evidence.fingerprint},
        "properties": {
            "severity": flag.consensus_severity,
            "confidence": flag.consensus_confidence,
            "category": evidence.category,
        },
    })
}
