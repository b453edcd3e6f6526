//! A self-contained page.

use super::{evidence, facts, table, text};
use crate::safe::html as safe;
use sentrix_record::CaseFile;
use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #d0d7de}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #e3e7eb;overflow-wrap:anywhere}\
th{font-weight:600;white-space:nowrap}code{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}\
li{overflow-wrap:anywhere}.severity{display:inline-block;padding:0 .6rem;border-radius:1rem;color:#fff;font-size:.9rem}\
.LOW{background:#57606a}.MEDIUM{background:#9a6700}.HIGH{background:#bc4c00}.CRITICAL{background:#a40e26}.CLEAN{background:#1a7f37}\
.missing,.changed{color:#a40e26;font-weight:600}\
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}h2,th,td{border-color:#30363d}.missing,.changed{color:#ff7b72}}\
@media print{body{margin:0;max-width:none}}";

/// The case as an HTML page: no script, nothing fetched, everything escaped.
pub fn html(case: &CaseFile) -> String {
    let mut page = String::with_capacity(8192);
    let title = format!("{} {}", case.severity_score, case.crime_classification);
    page.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    page.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str(&format!("<title>{}</title><style>{STYLE}</style></head>\n<body>\n", safe(&title)));
    page.push_str(&format!(
        "<h1>{} <span class=\"severity {severity}\">{severity}</span></h1>\n<p>{}</p>\n",
        safe(&case.crime_classification),
        safe(&case.verdict_summary),
        severity = case.severity_score.as_str()
    ));
    page.push_str("<table>\n");
    for (label, value) in table(case) {
        page.push_str(&format!("<tr><th>{label}</th><td>{}</td></tr>\n", safe(&value)));
    }
    page.push_str("</table>\n<h2>Facts</h2>\n");
    list(&mut page, &facts(case), "No facts are recorded.");
    page.push_str("<h2>Turns that show it</h2>\n");
    list(&mut page, &case.relevant_log_ids, "No turn of the record shows it.");
    page.push_str("<h2>Evidence</h2>\n");
    for place in evidence(case) {
        exhibit(&mut page, place);
    }
    if evidence(case).is_empty() {
        page.push_str("<p>No place in the record is cited.</p>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn list(page: &mut String, lines: &[String], none: &str) {
    if lines.is_empty() {
        page.push_str(&format!("<p>{none}</p>\n"));
        return;
    }
    page.push_str("<ul>\n");
    for line in lines {
        page.push_str(&format!("<li>{}</li>\n", safe(line)));
    }
    page.push_str("</ul>\n");
}

fn exhibit(page: &mut String, place: &Value) {
    let standing = text(place, "standing");
    // A class is a word of ours or none.
    let class = ["missing", "changed"].into_iter().find(|known| *known == standing).unwrap_or("standing");
    page.push_str(&format!(
        "<p><code>{}</code> bytes {} to {}, blake3 <code>{}</code>: <span class=\"{class}\">{}</span> {}</p>\n",
        safe(&text(place, "file")),
        safe(&text(place, "start")),
        safe(&text(place, "end")),
        safe(&text(place, "blake3")),
        safe(&standing),
        safe(&text(place, "remark")),
    ));
    let findings = place.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if findings.is_empty() {
        return;
    }
    page.push_str("<table><tr><th>Category</th><th>Label</th><th>Rule</th><th>Field</th><th>Seen (redacted)</th></tr>\n");
    for found in findings {
        page.push_str("<tr>");
        for name in ["category", "label", "rule", "field", "snippet"] {
            page.push_str(&format!("<td>{}</td>", safe(&text(found, name))));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table>\n");
}
