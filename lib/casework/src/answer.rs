//! What an investigator model must answer, and nothing else.

use crate::Crime;
use sentrix_record::Severity;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Most characters of facts and summary that are kept.
const MOST_FACTS: usize = 8000;
const MOST_SUMMARY: usize = 1500;
const MOST_IDS: usize = 200;
/// Most turns that one request for more context gets.
const MOST_TURNS: u64 = 20;

/// A case as a model wrote it, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub crime: Crime,
    pub severity: Severity,
    pub confidence: f64,
    pub facts: String,
    pub ids: Vec<String>,
    pub summary: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Case(Written),
    More(MoreContext),
}

/// A request for more turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoreContext {
    /// Later ones, not earlier ones.
    pub forward: bool,
    /// How many.
    pub turns: usize,
}

/// An answer that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// Not one JSON object, or with words around it.
    #[error("the answer is not one JSON object of the schema: {0}")]
    Schema(String),
    /// A crime that is not in the taxonomy.
    #[error("crime_classification is not in the taxonomy")]
    Crime,
    /// Not a severity of cases.
    #[error("severity_score is not LOW, MEDIUM, HIGH or CRITICAL")]
    Severity,
    /// Not between 0 and 1.
    #[error("confidence is not a number from 0 to 1")]
    Confidence,
    /// No facts.
    #[error("case_facts is empty")]
    Facts,
    /// No summary.
    #[error("verdict_summary is empty")]
    Summary,
    /// No turn is named.
    #[error("relevant_log_ids is empty")]
    NoIds,
    /// A turn is named that was not shown.
    #[error("relevant_log_ids names a turn that was not shown")]
    Ids,
    /// A request for more context that is none.
    #[error("request_more_context is not null or {{direction: back|forward, n: 1 and more}}")]
    More,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    crime_classification: String,
    severity_score: String,
    confidence: f64,
    case_facts: String,
    relevant_log_ids: Vec<String>,
    verdict_summary: String,
    #[serde(default)]
    request_more_context: Option<RawMore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMore {
    direction: String,
    n: u64,
}

impl Answer {
    /// Takes an answer apart. `shown` holds the ids of the turns that the model was shown.
    pub fn parse(text: &str, shown: &HashSet<String>) -> Result<Self, BadAnswer> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Err(BadAnswer::Schema("it does not begin with an object".to_owned()));
        }
        // The message names a place and a field of ours, never what stands there.
        let raw: Raw = serde_json::from_str(text).map_err(|error| {
            BadAnswer::Schema(format!("{:?} error at column {}", error.classify(), error.column()))
        })?;
        if let Some(more) = raw.request_more_context {
            return more.checked().map(Self::More);
        }
        let crime = raw.crime_classification.parse().map_err(|_| BadAnswer::Crime)?;
        let severity = match raw.severity_score.as_str() {
            "LOW" => Severity::Low,
            "MEDIUM" => Severity::Medium,
            "HIGH" => Severity::High,
            "CRITICAL" => Severity::Critical,
            _ => return Err(BadAnswer::Severity),
        };
        if !(0.0..=1.0).contains(&raw.confidence) {
            return Err(BadAnswer::Confidence);
        }
        let facts = tame(&raw.case_facts, MOST_FACTS);
        let summary = tame(&raw.verdict_summary, MOST_SUMMARY);
        if facts.is_empty() {
            return Err(BadAnswer::Facts);
        }
        if summary.is_empty() {
            return Err(BadAnswer::Summary);
        }
        if raw.relevant_log_ids.is_empty() {
            return Err(BadAnswer::NoIds);
        }
        if raw.relevant_log_ids.len() > MOST_IDS || raw.relevant_log_ids.iter().any(|id| !shown.contains(id))
        {
            return Err(BadAnswer::Ids);
        }
        let mut ids = raw.relevant_log_ids;
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        Ok(Self::Case(Written { crime, severity, confidence: raw.confidence, facts, ids, summary }))
    }

    /// The schema of the answer.
    pub fn schema() -> Value {
        let crimes: Vec<&str> = Crime::ALL.iter().map(|crime| crime.as_str()).collect();
        json!({
            "type": "object",
            "properties": {
                "crime_classification": {"type": "string", "enum": crimes},
                "severity_score": {"type": "string", "enum": ["LOW", "MEDIUM", "HIGH", "CRITICAL"]},
                "confidence": {"type": "number", "description": "How sure you are of the classification, 0 to 1"},
                "case_facts": {"type": "string", "description": "What happened, step by step; never quotes a secret"},
                "relevant_log_ids": {"type": "array", "items": {"type": "string"}, "description": "ids of turns that show it"},
                "verdict_summary": {"type": "string", "description": "Two or three sentences"},
                "request_more_context": {
                    "type": ["object", "null"],
                    "properties": {
                        "direction": {"type": "string", "enum": ["back", "forward"]},
                        "n": {"type": "integer"},
                    },
                    "required": ["direction", "n"],
                    "additionalProperties": false,
                },
            },
            "required": ["crime_classification", "severity_score", "confidence", "case_facts", "relevant_log_ids", "verdict_summary", "request_more_context"],
            "additionalProperties": false,
        })
    }
}

impl RawMore {
    fn checked(&self) -> Result<MoreContext, BadAnswer> {
        let forward = match self.direction.as_str() {
            "back" => false,
            "forward" => true,
            _ => return Err(BadAnswer::More),
        };
        let turns = usize::try_from(self.n.min(MOST_TURNS)).ok().filter(|turns| *turns > 0);
        turns.map(|turns| MoreContext { forward, turns }).ok_or(BadAnswer::More)
    }
}

/// A model's words, which may be somebody else's that it repeats: no control characters but line ends, not long.
fn tame(text: &str, most: usize) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).take(most).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"crime_classification":"pii_leak","severity_score":"CRITICAL","confidence":0.9,"case_facts":"1. It said a key.","relevant_log_ids":["r_1"],"verdict_summary":"A key was said.","request_more_context":null}"#;

    fn parse(text: &str) -> Result<Answer, BadAnswer> {
        Answer::parse(text, &HashSet::from(["r_1".to_owned(), "r_2".to_owned()]))
    }

    #[test]
    fn the_object_that_was_asked_for_is_taken() {
        let Ok(Answer::Case(case)) = parse(GOOD) else { panic!("refused") };
        assert_eq!((case.crime, case.severity), (Crime::PiiLeak, Severity::Critical));
        assert!(matches!(parse(&GOOD.replace(",\"request_more_context\":null", "")), Ok(Answer::Case(_))));
        let more = GOOD.replace("null}", r#"{"direction":"forward","n":99}}"#);
        assert_eq!(parse(&more), Ok(Answer::More(MoreContext { forward: true, turns: 20 })));
    }

    #[test]
    fn whatever_does_not_hold_is_refused() {
        let spoilt = [
            GOOD.replace("pii_leak", "murder"),
            GOOD.replace("pii_leak", "PII_LEAK"),
            GOOD.replace("\"pii_leak\"", "null"),
            GOOD.replace("CRITICAL", "critical"),
            GOOD.replace("CRITICAL", "CLEAN"),
            GOOD.replace("0.9", "85"),
            GOOD.replace("0.9", "85.0"),
            GOOD.replace("0.9", "\"0.9\""),
            GOOD.replace("0.9", "-0.1"),
            GOOD.replace("0.9", "null"),
            GOOD.replace("1. It said a key.", " \\n "),
            GOOD.replace("\"1. It said a key.\"", "[\"1\"]"),
            GOOD.replace("[\"r_1\"]", "\"r_1\""),
            GOOD.replace("[\"r_1\"]", "[]"),
            GOOD.replace("[\"r_1\"]", "[\"r_1\",\"r_9\"]"),
            GOOD.replace("[\"r_1\"]", "[1]"),
            GOOD.replace("A key was said.", ""),
            GOOD.replace("null}", "true}"),
            GOOD.replace("null}", "{\"direction\":\"up\",\"n\":1}}"),
            GOOD.replace("null}", "{\"direction\":\"back\",\"n\":0}}"),
            GOOD.replace("null}", "{\"direction\":\"back\",\"n\":-1}}"),
            GOOD.replace("{\"crime", "{\"crime_classification\":\"unknown\",\"crime"),
            GOOD.replace("null}", "null,\"x\":1}"),
            format!("Here it is: {GOOD}"),
            format!("```json\n{GOOD}\n```"),
            format!("{GOOD} Done."),
            format!("[{GOOD}]"),
            GOOD[..60].to_owned(),
            r#"["pii_leak","LOW",0.9,"f",["r_1"],"s",null]"#.to_owned(),
            "I cannot help with that.".to_owned(),
            String::new(),
        ];
        for text in spoilt {
            assert!(parse(&text).is_err(), "{text}");
        }
    }
}
