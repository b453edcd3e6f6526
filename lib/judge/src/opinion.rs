//! What a judge answers, read without mercy.

use sentrix_record::{Category, Severity};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longer observations and lists are cut: they are for people, and nothing depends on them.
const MOST_OBSERVATION: usize = 1200;
const MOST_LABELS: usize = 32;
const MOST_LABEL: usize = 64;

/// One judge's answer on one part of a turn: the Python version's object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opinion {
    /// How bad; never `CRITICAL`.
    pub severity: Severity,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// Of which kind.
    pub category: Category,
    /// What was seen, by label.
    pub pii_labels_detected: Vec<String>,
    /// In words.
    pub observation: String,
}

/// An answer that is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOpinion {
    /// Not one JSON object of this form.
    #[error("the answer is not the verdict that was asked for")]
    Form,
    /// A severity that only an investigator gives.
    #[error("the severity is none of CLEAN, LOW, MEDIUM, HIGH")]
    Severity,
    /// Not between 0 and 1.
    #[error("the confidence is not between 0 and 1")]
    Confidence,
}

impl Opinion {
    /// Reads an answer: exactly one object with exactly these fields, or nothing.
    ///
    /// # Errors
    /// [`BadOpinion`] for anything else: prose around the object, a list, a null, another spelling, a number out of range.
    pub fn parse(text: &str) -> Result<Self, BadOpinion> {
        // serde takes a list of five values for a struct too; we do not.
        if !text.trim_start().starts_with('{') {
            return Err(BadOpinion::Form);
        }
        let mut opinion: Self = serde_json::from_str(text).map_err(|_| BadOpinion::Form)?;
        if opinion.severity > Severity::High {
            return Err(BadOpinion::Severity);
        }
        if !(0.0..=1.0).contains(&opinion.confidence) {
            return Err(BadOpinion::Confidence);
        }
        opinion.pii_labels_detected.truncate(MOST_LABELS);
        for label in &mut opinion.pii_labels_detected {
            *label = tame(label, MOST_LABEL);
        }
        opinion.observation = tame(&opinion.observation, MOST_OBSERVATION);
        Ok(opinion)
    }

    /// The schema of the answer.
    pub fn schema() -> Value {
        let categories: Vec<&str> = Category::ALL.iter().map(|category| category.as_str()).collect();
        json!({
            "type": "object",
            "properties": {
                "severity": {"type": "string", "enum": ["CLEAN", "LOW", "MEDIUM", "HIGH"]},
                "confidence": {"type": "number", "description": "How sure you are of the severity, 0 to 1"},
                "category": {"type": "string", "enum": categories},
                "pii_labels_detected": {"type": "array", "items": {"type": "string"}},
                "observation": {"type": "string", "description": "One or two sentences; never quotes a secret"},
            },
            "required": ["severity", "confidence", "category", "pii_labels_detected", "observation"],
            "additionalProperties": false,
        })
    }
}

/// A model's words, which may be somebody else's that it repeats: one line, no control characters, not long.
fn tame(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"severity":"HIGH","confidence":0.9,"category":"pii_leak","pii_labels_detected":["KEY"],"observation":"a key"}"#;

    #[test]
    fn the_object_that_was_asked_for_is_taken() {
        let opinion = Opinion::parse(&format!("\n {GOOD} \n")).unwrap();
        assert_eq!((opinion.severity, opinion.category), (Severity::High, Category::PiiLeak));
        assert_eq!(Opinion::parse(&GOOD.replace("0.9", "1")).unwrap().confidence, 1.0);
    }

    #[test]
    fn anything_else_is_an_abstention() {
        let spoilt = [
            String::new(),
            "null".to_owned(),
            "[]".to_owned(),
            r#"["HIGH",0.9,"pii_leak",[],"x"]"#.to_owned(),
            "\"CLEAN\"".to_owned(),
            "I cannot help with that.".to_owned(),
            format!("Here is the verdict: {GOOD}"),
            format!("```json\n{GOOD}\n```"),
            format!("{GOOD}\n{GOOD}"),
            format!("{GOOD} Done."),
            format!("[{GOOD}]"),
            GOOD[..GOOD.len() - 1].to_owned(),
            GOOD.replace("HIGH", "high"),
            GOOD.replace("HIGH", "CRITICAL"),
            GOOD.replace("HIGH", "SEVERE"),
            GOOD.replace("\"HIGH\"", "null"),
            GOOD.replace("\"HIGH\"", "[\"HIGH\"]"),
            GOOD.replace("0.9", "95"),
            GOOD.replace("0.9", "-1"),
            GOOD.replace("0.9", "1.01"),
            GOOD.replace("0.9", "\"high\""),
            GOOD.replace("0.9", "\"0.9\""),
            GOOD.replace("0.9", "null"),
            GOOD.replace("0.9", "true"),
            GOOD.replace("0.9", "NaN"),
            GOOD.replace("0.9", "1e999"),
            GOOD.replace("pii_leak", "PII"),
            GOOD.replace("[\"KEY\"]", "\"KEY\""),
            GOOD.replace("[\"KEY\"]", "null"),
            GOOD.replace("\"a key\"", "{}"),
            GOOD.replace("\"severity\"", "\"Severity\""),
            GOOD.replace("{\"sev", "{\"severity\":\"CLEAN\",\"sev"),
            GOOD.replace("}", ",\"run_id_ts\":\"other\"}"),
            GOOD.replace("\"category\":\"pii_leak\",", ""),
        ];
        for text in spoilt {
            assert!(Opinion::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_are_tamed() {
        let long = GOOD.replace("a key", &format!("a\\u001b[31m\\nkey{}", "y".repeat(5000)));
        let opinion = Opinion::parse(&long).unwrap();
        assert!(
            opinion.observation.chars().count() <= MOST_OBSERVATION
                && !opinion.observation.contains('\u{1b}')
        );
    }
}
