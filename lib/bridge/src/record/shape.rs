//! The shapes that a browser can rely on, however broken the data behind them is. The existing client ends with a blank page on a
//! case without its object, and treats a time without a zone as local.

use serde_json::{Map, Value, json};

const CASE_TEXTS: [&str; 3] = ["crime_classification", "case_facts", "verdict_summary"];

/// A flag as a browser gets it; `None` when it is none at all.
pub fn flag(line: &[u8]) -> Option<Map<String, Value>> {
    let text = String::from_utf8_lossy(line);
    let Ok(Value::Object(mut flag)) = serde_json::from_str::<Value>(&text) else { return None };
    let id = string(flag.get("flag_id")).or_else(|| string(flag.get("id")))?;
    flag.insert("flag_id".to_owned(), id.into());
    let severity = string(flag.get("consensus_severity")).unwrap_or_default().to_ascii_uppercase();
    let known = ["CLEAN", "LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&severity.as_str());
    // What nobody can read is not harmless for that.
    let severity = if known { severity } else { "MEDIUM".to_owned() };
    flag.insert("severity".to_owned(), severity.to_ascii_lowercase().into());
    flag.insert("consensus_severity".to_owned(), severity.into());
    let time = string(flag.get("timestamp")).unwrap_or_default();
    flag.insert("timestamp".to_owned(), zoned(time).into());
    for name in ["source_file", "run_id_ts", "referral_summary"] {
        let text = string(flag.get(name)).unwrap_or_default();
        flag.insert(name.to_owned(), text.into());
    }
    for name in ["votes", "categories", "evidence", "pii_labels_union"] {
        if !flag.get(name).is_some_and(Value::is_array) {
            flag.insert(name.to_owned(), json!([]));
        }
    }
    if !flag.get("target_agent_id").is_none_or(Value::is_string) {
        flag.remove("target_agent_id");
    }
    Some(flag)
}

/// A case as a browser gets it; `None` when it has no id to be known by.
pub fn case(
    id: Option<&str>,
    flag: Option<&str>,
    source: Option<&str>,
    concluded: Option<&str>,
    json: &str,
) -> Option<Value> {
    let id = id.filter(|id| !id.is_empty())?;
    let mut case = match serde_json::from_str(json) {
        Ok(Value::Object(case)) => case,
        _ => Map::new(),
    };
    for name in CASE_TEXTS {
        let text = match case.get(name) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(other) => lines(other),
        };
        case.insert(name.to_owned(), text.into());
    }
    let severity = string(case.get("severity_score")).unwrap_or_default().to_ascii_uppercase();
    let known = ["LOW", "MEDIUM", "HIGH", "CRITICAL"].contains(&severity.as_str());
    case.insert("severity_score".to_owned(), if known { severity } else { "MEDIUM".to_owned() }.into());
    let confidence = case.get("confidence").and_then(Value::as_f64).unwrap_or(0.0);
    case.insert("confidence".to_owned(), confidence.clamp(0.0, 1.0).into());
    let ids = case.get("relevant_log_ids").and_then(Value::as_array).cloned().unwrap_or_default();
    let ids: Vec<Value> = ids.into_iter().filter(Value::is_string).collect();
    case.insert("relevant_log_ids".to_owned(), ids.into());
    let source = source.unwrap_or_default();
    let agent = source.strip_suffix(".json").unwrap_or(source).split('_').next().unwrap_or_default();
    Some(json!({
        "investigation_id": id,
        "flag_id": flag.unwrap_or_default(),
        "target_agent_id": agent,
        "source_file": source,
        "concluded_at": zoned(concluded.unwrap_or_default().to_owned()),
        "case_file": case,
    }))
}

/// Facts are a list where the investigator wrote one; the client knows text only.
fn lines(value: &Value) -> String {
    let line = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    }
}

fn string(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// A time without a zone was meant as UTC; what is no time becomes the oldest one, which sorts last.
fn zoned(time: String) -> String {
    let parses = |text: &str| text.parse::<jiff::Timestamp>().is_ok();
    if parses(&time) {
        return time;
    }
    let utc = format!("{time}Z");
    if parses(&utc) { utc } else { "1970-01-01T00:00:00Z".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_has_what_the_client_reads_whatever_was_in_it() {
        for line in [
            r#"{"flag_id":"f","consensus_severity":null,"timestamp":5,"votes":null,"target_agent_id":{}}"#,
            r#"{"id":"f","consensus_severity":"high","timestamp":"2026-03-13T17:23:18.909678"}"#,
            r#"{"flag_id":"f","consensus_severity":["x"],"referral_summary":{"a":1}}"#,
        ] {
            let flag = flag(line.as_bytes()).unwrap();
            assert_eq!(flag["flag_id"], "f");
            assert!(["medium", "high"].contains(&flag["severity"].as_str().unwrap()));
            assert!(flag["timestamp"].as_str().unwrap().ends_with('Z'));
            assert!(flag["votes"].is_array() && flag["referral_summary"].is_string());
            assert!(flag.get("target_agent_id").is_none_or(Value::is_string));
        }
        for line in [&b"torn {"[..], b"[]", b"null", b"{}", b"\xff\xfe", b"{\"flag_id\":7}"] {
            assert_eq!(flag(line), None);
        }
        assert!(flag(b"{\"flag_id\":\"a\",\"referral_summary\":\"\xff\"}").is_some());
    }

    #[test]
    fn a_case_is_always_an_object_with_its_fields() {
        for json in [
            "null",
            "",
            "[]",
            "{}",
            r#"{"severity_score":"high","confidence":95,"case_facts":["a",{"b":1}],"relevant_log_ids":"abc"}"#,
        ] {
            let case = case(Some("i"), None, None, None, json).unwrap();
            assert_eq!(
                (case["flag_id"].as_str(), case["concluded_at"].as_str()),
                (Some(""), Some("1970-01-01T00:00:00Z"))
            );
            let file = &case["case_file"];
            assert!(
                CASE_TEXTS.iter().all(|name| file[name].is_string()) && file["relevant_log_ids"].is_array()
            );
            assert!(["MEDIUM", "HIGH"].contains(&file["severity_score"].as_str().unwrap()));
            assert!((0.0..=1.0).contains(&file["confidence"].as_f64().unwrap()));
        }
        assert_eq!(case(None, None, None, None, "{}"), None);
        assert_eq!(case(Some(""), None, None, None, "{}"), None);
    }
}
