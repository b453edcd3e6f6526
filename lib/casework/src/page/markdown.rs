//! A page in Markdown.

use super::{evidence, facts, table, text};
use crate::safe::markdown as safe;
use sentrix_record::CaseFile;
use serde_json::Value;

/// The case in Markdown (the dialect with tables); nothing in its words is markup.
pub fn markdown(case: &CaseFile) -> String {
    let mut page = format!("# {}: {}\n\n", case.severity_score, safe(&case.crime_classification));
    page.push_str(&format!("{}\n\n| | |\n|---|---|\n", safe(&case.verdict_summary)));
    for (label, value) in table(case) {
        page.push_str(&format!("| {label} | {} |\n", safe(&value)));
    }
    section(&mut page, "Facts", &facts(case), "No facts are recorded.");
    section(&mut page, "Turns that show it", &case.relevant_log_ids, "No turn of the record shows it.");
    page.push_str("\n## Evidence\n");
    for place in evidence(case) {
        page.push_str(&format!(
            "\n{}, bytes {} to {}, blake3 {}: **{}** {}\n",
            safe(&text(place, "file")),
            safe(&text(place, "start")),
            safe(&text(place, "end")),
            safe(&text(place, "blake3")),
            safe(&text(place, "standing")),
            safe(&text(place, "remark"))
        ));
        findings(&mut page, place);
    }
    if evidence(case).is_empty() {
        page.push_str("\nNo place in the record is cited.\n");
    }
    page
}

fn section(page: &mut String, title: &str, lines: &[String], none: &str) {
    page.push_str(&format!("\n## {title}\n\n"));
    for line in lines {
        page.push_str(&format!("- {}\n", safe(line)));
    }
    if lines.is_empty() {
        page.push_str(&format!("{none}\n"));
    }
}

fn findings(page: &mut String, place: &Value) {
    let Some(findings) = place.get("findings").and_then(Value::as_array).filter(|list| !list.is_empty())
    else {
        return;
    };
    page.push_str("\n| Category | Label | Rule | Field | Seen (redacted) |\n|---|---|---|---|---|\n");
    for found in findings {
        let cells: Vec<String> = ["category", "label", "rule", "field", "snippet"]
            .iter()
            .map(|name| safe(&text(found, name)))
            .collect();
        page.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}
