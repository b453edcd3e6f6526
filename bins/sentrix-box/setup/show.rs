//! What the answers come to, without their secrets.

use sentrix_setup::{Answers, outcome};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// For people: what would run, and with what.
pub fn plan(answers: &Answers) -> String {
    let mut text = String::new();
    for variable in outcome::variables(answers) {
        let value = if variable.secret { "(secret)" } else { &variable.value };
        let _infallible = writeln!(text, "{}={value}", variable.name);
    }
    let _infallible = write!(text, "\n{}", outcome::command(answers));
    for step in outcome::afterwards(answers) {
        let _infallible = write!(text, "\n# then: {step}");
    }
    text
}

/// For programs: one record.
pub fn record(answers: &Answers, start: bool, env_file: Option<&Path>) -> String {
    json!({
        "start": start,
        "provider": answers.provider.map(sentrix_setup::Provider::id),
        "model": answers.model(),
        "patrol": answers.patrol,
        "escalation": answers.escalation.id(),
        "reasoning": answers.reasoning,
        "env_file": env_file,
        "afterwards": outcome::afterwards(answers),
    })
    .to_string()
}
