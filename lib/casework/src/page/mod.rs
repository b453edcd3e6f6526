//! A case as a page for people. Everything in it may be somebody else's text, and goes through [`crate::safe`].

mod html;
mod markdown;

pub use html::html;
pub use markdown::markdown;

use sentrix_record::CaseFile;
use serde_json::Value;

/// A word of a case's further fields.
fn word<'a>(case: &'a CaseFile, name: &str) -> &'a str {
    case.extra.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The facts, line by line; older cases may hold a list.
fn facts(case: &CaseFile) -> Vec<String> {
    let lines =
        |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    match &case.case_facts {
        Value::String(text) => lines(text),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// Label and value of everything that is one word or line.
fn table(case: &CaseFile) -> Vec<(&'static str, String)> {
    let asked = match case.extra.get("model_asked").and_then(Value::as_bool) {
        Some(true) => format!("{} (prompt {})", word(case, "investigator"), word(case, "prompt_version")),
        Some(false) => "no model was asked".to_owned(),
        None => String::new(),
    };
    let rows = [
        ("Classification", case.crime_classification.clone()),
        ("Severity", case.severity_score.to_string()),
        ("Confidence", format!("{:.2}", case.confidence)),
        ("Evidence", word(case, "evidence_standing").to_owned()),
        ("Investigator", asked),
        ("Concluded", case.concluded_at.clone()),
        ("Log file", case.source_file.clone()),
        ("Flag", case.flag_id.clone()),
        ("Case", case.investigation_id.clone()),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The places that a case cites.
fn evidence(case: &CaseFile) -> &[Value] {
    case.extra.get("evidence").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A field of a place or a finding as text.
fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}[x](javascript:alert(3)) | `y` {{z}}";

    fn hostile() -> CaseFile {
        let place = serde_json::json!({"file": HOSTILE, "start": HOSTILE, "end": 9, "blake3": HOSTILE, "standing": HOSTILE,
            "remark": HOSTILE, "findings": [{"category": HOSTILE, "rule": HOSTILE, "label": HOSTILE, "field": HOSTILE, "snippet": HOSTILE}]});
        let mut case: CaseFile = serde_json::from_value(serde_json::json!({
            "crime_classification": HOSTILE, "severity_score": "HIGH", "confidence": 0.5, "case_facts": [HOSTILE, {"a": HOSTILE}],
            "relevant_log_ids": [HOSTILE], "verdict_summary": HOSTILE, "investigation_id": HOSTILE, "flag_id": HOSTILE,
            "source_file": HOSTILE, "concluded_at": HOSTILE, "investigator": HOSTILE, "model_asked": true,
            "prompt_version": HOSTILE, "evidence_standing": HOSTILE,
        }))
        .unwrap();
        case.extra.insert("evidence".to_owned(), vec![place].into());
        case
    }

    #[test]
    fn a_page_holds_no_tag_that_we_did_not_write() {
        let page = html(&hostile());
        for bad in ["<script", "<img", "\u{202e}"] {
            assert!(!page.contains(bad), "{bad}");
        }
        // Our own markup has `"><` too; theirs is there, as text.
        let theirs = page.matches("script&gt;alert(1)").count();
        assert!(theirs > 0 && page.matches("&quot;&gt;&lt;script&gt;").count() == theirs, "{page}");
        // Self-contained: nothing is fetched, and the page itself forbids it.
        assert!(page.contains("default-src 'none'"));
        for fetches in ["src=", "href=", "url(", "@import"] {
            assert!(!page.replace("src=x", "").contains(fetches), "{fetches}");
        }
    }

    #[test]
    fn markdown_holds_no_markup_that_we_did_not_write() {
        let page = markdown(&hostile());
        for bad in ["<script", "<img", "\u{202e}", "](javascript", " | `y`"] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
    }

    #[test]
    fn an_old_case_without_our_fields_is_a_page_too() {
        let case: CaseFile = serde_json::from_str(r#"{"crime_classification":"unknown","severity_score":"LOW","confidence":0.5,"case_facts":"","relevant_log_ids":[],"verdict_summary":""}"#).unwrap();
        assert!(html(&case).contains("unknown") && markdown(&case).contains("unknown"));
    }
}
