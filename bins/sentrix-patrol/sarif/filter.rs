//! `sentrix-patrol sarif`: flags and cases as JSON lines in, one SARIF log out.

use super::Sarif;
use crate::args::SarifArgs;
use crate::given;
use sentrix_cli::{Exit, Failure, Stdout};
use sentrix_record::{CaseFile, Flag, Severity};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

/// Reads all of it. What is neither flag nor case is counted, and the rest is written all the same.
pub fn run(args: &SarifArgs) -> Result<Exit, Failure> {
    let mut filter = Filter::default();
    for path in &args.paths {
        filter.read(path)?;
    }
    let mut out = Stdout::lock();
    out.record(&filter.sarif.json())?;
    out.flush()?;
    Ok(Exit::Ok)
}

#[derive(Default)]
struct Filter {
    sarif: Sarif,
    /// The same flag may have been delivered twice.
    seen: HashSet<String>,
}

impl Filter {
    fn read(&mut self, path: &Path) -> Result<(), Failure> {
        let bad = "no flags and no cases; the rest is exported";
        given::lines(path, "flags or cases", bad, |line| Ok(self.take(line)))
    }

    /// Adds what stands in the line, unless it is there already; `None` when it is neither flag nor case.
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let record: Value = serde_json::from_slice(line).ok()?;
        if record["investigation_id"].as_str().is_some_and(|id| !id.is_empty()) {
            let case: CaseFile = serde_json::from_value(record).ok()?;
            if self.seen.insert(format!("case {}", case.investigation_id)) {
                self.sarif.add_case(&case);
            }
            return Some(());
        }
        let flag = flag(&record)?;
        if self.seen.insert(format!("flag {}", flag.flag_id)) {
            self.sarif.add(&flag);
        }
        Some(())
    }
}

/// Whatever another version left out, or wrote otherwise, has a value all the same; without an id it is no flag.
fn flag(record: &Value) -> Option<Flag> {
    record["flag_id"].as_str().filter(|id| !id.is_empty())?;
    let whole = serde_json::from_value::<Flag>(record.clone());
    whole.ok().or_else(|| serde_json::from_value(repaired(record)).ok())
}

fn repaired(record: &Value) -> Value {
    let text = |key: &str| record[key].as_str().unwrap_or_default();
    // What nobody can read is not harmless for that.
    let severity = text("consensus_severity").parse().unwrap_or(Severity::Medium);
    let list = |key: &str| record[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let categories: Vec<&str> = list("categories").iter().filter_map(Value::as_str).collect();
    json!({
        "flag_id": text("flag_id"),
        "source_file": text("source_file"),
        "run_id_ts": text("run_id_ts"),
        "consensus_severity": severity,
        "consensus_confidence": record["consensus_confidence"].as_f64().unwrap_or_default(),
        "referral_summary": text("referral_summary"),
        "categories": categories,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_and_case_is_there_once_and_the_rest_is_none() {
        let mut filter = Filter::default();
        for (line, good) in [
            (r#"{"flag_id":"x","consensus_severity":"LOW"}"#, true),
            (r#"{"flag_id":"x","consensus_severity":"LOW"}"#, true),
            (r#"{"flag_id":"y","timestamp":5,"votes":7}"#, true),
            (r#"{"investigation_id":"i","flag_id":"x","severity_score":"HIGH"}"#, true),
            (r#"{"flag_id":5}"#, false),
            ("[1]", false),
            (r#"{"flag_id":"to"#, false),
        ] {
            assert_eq!(filter.take(line.as_bytes()).is_some(), good, "{line}");
        }
        let levels: Vec<&Value> = filter.sarif.results.iter().map(|result| &result["level"]).collect();
        assert_eq!(levels, ["note", "warning", "error"]);
    }
}
