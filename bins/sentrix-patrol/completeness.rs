//! What the reader found missing beside a turn, as findings.

use crate::flagging::record_finding;
use sentrix_record::{Severity, Turn, Verdict, lenient};
use sentrix_turns::CAPTURE_GAP;

/// Adds to a verdict what is missing from the record beside the turn.
pub fn add(verdict: Verdict, turn: &Turn) -> Verdict {
    let Some(missing) = turn.extra.get(CAPTURE_GAP) else { return verdict };
    let mut findings = verdict.findings;
    for one in lenient::elements(missing) {
        let detail = lenient::object(one.get().as_bytes())
            .ok()
            .and_then(|fields| fields.get("detail").map(|detail| lenient::text(detail).into_owned()))
            .unwrap_or_default();
        findings.push(record_finding("record.gap", Severity::Medium, detail));
    }
    Verdict::from_findings(verdict.run_id_ts, findings)
}
