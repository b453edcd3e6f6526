//! A row of the database as a case. Rows of the Python version hold less, and may hold anything.

use sentrix_record::{CaseFile, Severity};
use sentrix_store::CaseRow;
use serde_json::{Map, Value};

/// The case in a row.
pub fn case(row: &CaseRow) -> CaseFile {
    let mut fields = match serde_json::from_str(&row.case_file_json) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => text,
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    let severity = text(fields.remove("severity_score"));
    let confidence = fields.remove("confidence").and_then(|value| value.as_f64()).unwrap_or(0.0);
    let ids = match fields.remove("relevant_log_ids") {
        Some(Value::Array(ids)) => ids.into_iter().map(|id| text(Some(id))).collect(),
        _ => Vec::new(),
    };
    let case = CaseFile {
        crime_classification: text(fields.remove("crime_classification")),
        // What nobody can read is not harmless for that.
        severity_score: severity.parse().unwrap_or(Severity::Medium),
        confidence: confidence.clamp(0.0, 1.0),
        case_facts: fields.remove("case_facts").unwrap_or_default(),
        relevant_log_ids: ids,
        verdict_summary: text(fields.remove("verdict_summary")),
        investigation_id: row.investigation_id.clone(),
        flag_id: row.flag_id.clone(),
        source_file: row.source_file.clone(),
        concluded_at: row.concluded_at.clone(),
        extra: Map::new(),
    };
    for known in ["investigation_id", "flag_id", "source_file", "concluded_at"] {
        fields.remove(known);
    }
    CaseFile { extra: fields, ..case }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_anybody_is_a_case() {
        for json in [
            "null",
            "torn {",
            "[]",
            r#"{"severity_score":5,"confidence":"high","relevant_log_ids":"abc","case_facts":{}}"#,
        ] {
            let row = CaseRow {
                investigation_id: "i".to_owned(),
                flag_id: "f".to_owned(),
                source_file: "s".to_owned(),
                concluded_at: "c".to_owned(),
                case_file_json: json.to_owned(),
            };
            let case = case(&row);
            assert_eq!((case.investigation_id.as_str(), case.severity_score), ("i", Severity::Medium));
        }
    }
}
