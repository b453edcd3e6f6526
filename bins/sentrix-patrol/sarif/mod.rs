//! Flags and cases as a SARIF 2.1.0 log (OASIS Standard, 27 March 2020, with Errata 01), for code scanning dashboards and CI. The one writer:
//! `--format sarif` adds what it finds, `sentrix-patrol sarif` what it reads.

mod filter;
mod text;

pub use filter::run;

use sentrix_record::{CaseFile, Evidence, Flag, Severity};
use serde_json::{Value, json};
use std::collections::HashMap;
use text::{message, uri};

/// A log being collected.
#[derive(Debug, Default)]
pub struct Sarif {
    rules: Vec<Value>,
    indices: HashMap<String, usize>,
    results: Vec<Value>,
}

impl Sarif {
    /// Adds every finding of a flag. A flag without evidence, as the Python version wrote them, is one result: its turn.
    pub fn add(&mut self, flag: &Flag) {
        let properties =
            json!({"severity": flag.consensus_severity, "confidence": flag.consensus_confidence});
        for evidence in &flag.evidence {
            let rule = self.rule(
                &evidence.rule,
                &evidence.label,
                json!({"category": evidence.category, "version": evidence.version}),
            );
            let mut result = found(flag, evidence);
            result["properties"] = properties.clone();
            result["properties"]["category"] = json!(evidence.category);
            self.push(rule, result);
        }
        if flag.evidence.is_empty() {
            let category = flag.categories.first().map_or("other", String::as_str);
            let rule = self.rule(&format!("flag.{category}"), category, json!({"category": category}));
            let mut result = of_turn(flag);
            result["properties"] = properties;
            self.push(rule, result);
        }
    }

    /// Adds a case.
    pub fn add_case(&mut self, case: &CaseFile) {
        let kind = if case.crime_classification.is_empty() { "other" } else { &case.crime_classification };
        let rule = self.rule(&format!("case.{kind}"), kind, json!({"category": kind}));
        let facts = case.case_facts.as_str().map_or_else(|| case.case_facts.to_string(), str::to_owned);
        let turns = case.relevant_log_ids.iter().map(|turn| json!({"fullyQualifiedName": turn}));
        let result = json!({
            "level": level(case.severity_score),
            "message": {"text": message(&format!("{}\n\n{facts}", case.verdict_summary))},
            "locations": [{
                "physicalLocation": {"artifactLocation": {"uri": uri(&case.source_file)}},
                "logicalLocations": turns.collect::<Vec<_>>(),
            }],
            "partialFingerprints": {"sentrixFlag/v1": case.flag_id, "sentrixCase/v1": case.investigation_id},
            "properties": {"severity": case.severity_score, "confidence": case.confidence},
        });
        self.push(rule, result);
    }

    /// The rule's place in the list of rules; what is first said of it stands.
    fn rule(&mut self, id: &str, label: &str, properties: Value) -> usize {
        if let Some(index) = self.indices.get(id) {
            return *index;
        }
        let label = if label.is_empty() { id } else { label };
        self.rules
            .push(json!({"id": id, "shortDescription": {"text": message(label)}, "properties": properties}));
        self.indices.insert(id.to_owned(), self.rules.len() - 1);
        self.rules.len() - 1
    }

    fn push(&mut self, rule: usize, mut result: Value) {
        result["ruleId"] = self.rules.get(rule).map_or(Value::Null, |rule| rule["id"].clone());
        result["ruleIndex"] = json!(rule);
        self.results.push(result);
    }

    /// The whole log.
    pub fn json(&self) -> Vec<u8> {
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "sentrix",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": self.rules,
                }},
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        })
        .to_string()
        .into_bytes()
    }
}

/// `none` is for results that are no failures, and everything here is one.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Clean => "note",
    }
}

fn found(flag: &Flag, evidence: &Evidence) -> Value {
    let said = format!("{} in {}: {}", evidence.label, flag.run_id_ts, evidence.snippet);
    json!({
        "level": level(flag.consensus_severity),
        "message": {"text": message(&said)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&evidence.file)},
                "region": {
                    "byteOffset": evidence.start,
                    "byteLength": evidence.end.saturating_sub(evidence.start),
                },
            },
            "logicalLocations": [{"name": evidence.field, "fullyQualifiedName": flag.run_id_ts}],
        }],
        "partialFingerprints": {"sentrixFlag/v1": flag.flag_id, "sentrixFinding/v1": evidence.fingerprint},
    })
}

fn of_turn(flag: &Flag) -> Value {
    let said = format!("{}: {}", flag.run_id_ts, flag.referral_summary);
    json!({
        "level": level(flag.consensus_severity),
        "message": {"text": message(&said)},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": uri(&flag.source_file)}},
            "logicalLocations": [{"fullyQualifiedName": flag.run_id_ts}],
        }],
        "partialFingerprints": {"sentrixFlag/v1": flag.flag_id},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(sarif: &Sarif) -> Value {
        serde_json::from_slice::<Value>(&sarif.json()).unwrap()["runs"][0].clone()
    }

    #[test]
    fn rules_are_listed_once_and_results_point_at_them() {
        let mut sarif = Sarif::default();
        let flag = |id: &str, rule: &str| -> Flag {
            serde_json::from_value(json!({"flag_id": id, "consensus_severity": "LOW", "run_id_ts": "r_1", "evidence": [{
                "file": "a b:1.json", "start": 9, "end": 4, "blake3": "", "category": "pii_leak", "rule": rule, "version": "1",
                "label": "{X}", "snippet": "see [here](http://example.invalid)"}]}))
            .unwrap()
        };
        for (id, rule) in [("1", "b"), ("2", "a"), ("3", "b")] {
            sarif.add(&flag(id, rule));
        }
        let run = log(&sarif);
        let rules: Vec<&str> = run["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(rules, ["b", "a"]);
        let results = run["results"].as_array().unwrap();
        let indices: Vec<_> = results.iter().map(|result| result["ruleIndex"].as_u64().unwrap()).collect();
        assert_eq!(indices, [0, 1, 0]);
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b%3A1.json");
        assert_eq!(place["region"]["byteLength"], 0);
        assert_eq!(results[0]["message"]["text"], "{{X}} in r_1: see [here] (http://example.invalid)");
    }

    #[test]
    fn a_flag_without_evidence_is_its_turn_and_a_case_is_a_result() {
        let mut sarif = Sarif::default();
        let flag = json!({"flag_id": "f", "source_file": "x.json", "consensus_severity": "MEDIUM", "categories": ["pii_leak"]});
        sarif.add(&serde_json::from_value(flag).unwrap());
        let case = json!({"investigation_id": "i", "flag_id": "f", "severity_score": "CRITICAL", "case_facts": ["a"]});
        sarif.add_case(&serde_json::from_value(case).unwrap());
        let run = log(&sarif);
        let told: Vec<_> = run["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["ruleId"].clone(), one["level"].clone()))
            .collect();
        assert_eq!(json!(told), json!([["flag.pii_leak", "warning"], ["case.other", "error"]]));
    }
}
