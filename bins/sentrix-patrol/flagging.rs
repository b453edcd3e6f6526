//! From what was found to a flag.

use sentrix_record::{Category, Evidence, Finding, Flag, Severity, Turn, Verdict, Vote};
use sentrix_store::Pending;
use sentrix_turns::{Bad, Gap};
use serde_json::Map;
use std::collections::BTreeSet;

/// Who votes in a patrol without models.
const RULES: &str = "rules";

/// The flag on a turn that rules found something in; `None` for a clean one.
pub fn of_turn(turn: &Turn, verdict: &Verdict, now: &str) -> Option<Flag> {
    let found = verdict.severity > Severity::Clean;
    found.then(|| place(turn).flag(verdict.severity, verdict.confidence, &verdict.findings, now))
}

/// A flag on a turn that says nothing yet.
pub fn empty(turn: &Turn, now: &str) -> Flag {
    Flag { votes: Vec::new(), ..place(turn).flag(Severity::Clean, 0.0, &[], now) }
}

/// The flag on a turn that waited for its judges and is not in the record any more.
pub fn of_loss(turn: &Pending, now: &str) -> Flag {
    let place = Place {
        run_id_ts: &turn.run_id_ts,
        file: &turn.place.file,
        start: turn.place.start,
        end: turn.place.end,
        blake3: &turn.blake3,
    };
    let severity = turn.severity.max(Severity::Medium);
    let what = "the record does not hold this turn any more, and no judge has reviewed it".to_owned();
    place.flag(severity, 1.0, &[record_finding("review.lost", severity, what)], now)
}

/// The flag on a turn that a rule failed on: nobody has reviewed it, so somebody must.
pub fn of_failure(turn: &Turn, now: &str) -> Flag {
    let failed = record_finding("review.failed", Severity::Medium, "a rule failed on this turn".to_owned());
    place(turn).flag(Severity::Medium, 1.0, &[Finding { label: "review_failed".to_owned(), ..failed }], now)
}

fn place(turn: &Turn) -> Place<'_> {
    Place {
        run_id_ts: &turn.run_id_ts,
        file: turn.source_file.as_deref().unwrap_or_default(),
        start: turn.start.unwrap_or(0),
        end: turn.end.unwrap_or(0),
        blake3: turn.blake3.as_deref().unwrap_or_default(),
    }
}

/// The flag on a hole in the record that the collector marked.
pub fn of_gap(gap: &Gap, now: &str) -> Flag {
    // What the collector could not read is kept beside the log; what it could not get is gone.
    let severity = if gap.why == "bad_line" { Severity::Low } else { Severity::Medium };
    let bytes = gap.bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
    let name = match gap.detail.as_str() {
        "" => format!("sentrix_gap_{}", gap.ts.unwrap_or(0)),
        _ => format!("{}_{}", gap.why, gap.ts.unwrap_or(0)),
    };
    let place = Place {
        run_id_ts: &name,
        file: &gap.source_file,
        start: gap.start,
        end: gap.end,
        blake3: &gap.blake3,
    };
    let why = if gap.why.is_empty() { "unknown" } else { &gap.why };
    let snippet = if gap.detail.is_empty() { format!("{why}{bytes}") } else { gap.detail.clone() };
    place.flag(severity, 1.0, &[record_finding("record.gap", severity, snippet)], now)
}

/// The flag on bytes of a log file that are no event.
pub fn of_bad(bad: &Bad, now: &str) -> Flag {
    let name = format!("unreadable_{}_{}", bad.source_file, bad.start);
    let place = Place {
        run_id_ts: &name,
        file: &bad.source_file,
        start: bad.start,
        end: bad.end,
        blake3: &bad.blake3,
    };
    let snippet = format!("{} bytes: {}", bad.end.saturating_sub(bad.start), bad.why);
    place.flag(Severity::Medium, 1.0, &[record_finding("record.unreadable", Severity::Medium, snippet)], now)
}

pub fn record_finding(rule: &str, severity: Severity, snippet: String) -> Finding {
    Finding {
        category: Category::Other,
        severity,
        confidence: 1.0,
        rule: rule.to_owned(),
        version: "1".to_owned(),
        label: "capture_gap".to_owned(),
        snippet,
        field: String::new(),
        start: 0,
        end: 0,
        fingerprint: String::new(),
    }
}

/// Where the flagged bytes stand.
struct Place<'a> {
    run_id_ts: &'a str,
    file: &'a str,
    start: u64,
    end: u64,
    blake3: &'a str,
}

impl Place<'_> {
    fn flag(&self, severity: Severity, confidence: f64, findings: &[Finding], now: &str) -> Flag {
        let flag_id = Flag::id(self.run_id_ts, self.blake3);
        let labels: BTreeSet<&str> = findings.iter().map(|finding| finding.label.as_str()).collect();
        let labels: Vec<String> = labels.into_iter().map(str::to_owned).collect();
        let categories: BTreeSet<Category> = findings.iter().map(|finding| finding.category).collect();
        let summary = summary(findings);
        let vote = Vote {
            vote_id: Vote::id(&flag_id, RULES),
            source_agent: RULES.to_owned(),
            source_file: self.file.to_owned(),
            severity,
            confidence,
            pii_labels_detected: labels.clone(),
            observation: summary.clone(),
            timestamp: now.to_owned(),
            category: Vote::category_of(findings.first().map(|finding| finding.category)),
            run_id_ts: self.run_id_ts.to_owned(),
            extra: Map::new(),
        };
        Flag {
            flag_id,
            source_file: self.file.to_owned(),
            run_id_ts: self.run_id_ts.to_owned(),
            consensus_severity: severity,
            consensus_confidence: confidence,
            votes: vec![vote],
            pii_labels_union: labels,
            referral_summary: summary,
            pheromone_level: 0.0,
            timestamp: now.to_owned(),
            categories: categories.iter().map(ToString::to_string).collect(),
            evidence: findings.iter().map(|finding| self.evidence(finding)).collect(),
            extra: Map::new(),
        }
    }

    fn evidence(&self, finding: &Finding) -> Evidence {
        Evidence {
            file: self.file.to_owned(),
            start: self.start,
            end: self.end,
            blake3: self.blake3.to_owned(),
            category: finding.category,
            rule: finding.rule.clone(),
            version: finding.version.clone(),
            label: finding.label.clone(),
            snippet: finding.snippet.clone(),
            field: finding.field.clone(),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}

/// One sentence for the investigator: what, where, and a redacted look at the worst.
fn summary(findings: &[Finding]) -> String {
    let Some(worst) = findings.first() else { return String::new() };
    let place = if worst.field.is_empty() { String::new() } else { format!(" in {}", worst.field) };
    let more = match findings.len() - 1 {
        0 => String::new(),
        1 => " and one more finding".to_owned(),
        more => format!(" and {more} more findings"),
    };
    format!("{} ({}){place}: {}{more}", worst.label, worst.rule, worst.snippet)
}
