//! The rules on texts that nothing was learned from and no rule was written for: messages, and what tools give back
//! (tests/data/messages/unseen.jsonl, tests/data/documents/unseen.jsonl). Half of the innocent ones were written to look like injections.

use sentrix_record::{Category, Message, ToolResult, Turn};
use sentrix_rules::{RuleSet, Scanner};
use serde::Deserialize;
use std::error::Error;
use std::path::Path;

#[derive(Deserialize)]
struct Labelled {
    text: String,
    label: String,
}

fn message(content: String) -> Turn {
    let said = Message { role: "user".to_owned(), content };
    Turn { run_id_ts: "r_1".to_owned(), user_messages: vec![said], ..Turn::default() }
}

fn document(content: String) -> Turn {
    let given = ToolResult { content, ..ToolResult::default() };
    Turn { run_id_ts: "r_1".to_owned(), tool_results: vec![given], ..Turn::default() }
}

/// How many of the texts with a label are flagged as injections, and how many there are.
fn flagged(kind: &str, label: &str, turn: fn(String) -> Turn) -> Result<(usize, usize), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(kind).join("unseen.jsonl");
    let scanner = Scanner::new(&RuleSet::builtin()?);
    let (mut found, mut all) = (0, 0);
    for line in std::fs::read_to_string(path)?.lines() {
        let labelled: Labelled = serde_json::from_str(line)?;
        if labelled.label == label {
            let findings = scanner.judge(&turn(labelled.text)).findings;
            found +=
                usize::from(findings.iter().any(|finding| finding.category == Category::PromptInjection));
            all += 1;
        }
    }
    Ok((found, all))
}

#[test]
fn more_than_half_of_unseen_messages_that_are_injections_are_found() -> Result<(), Box<dyn Error>> {
    let (found, all) = flagged("messages", "bad", message)?;
    assert_eq!(all, 260);
    assert!(found >= 140, "{found} of {all}");
    Ok(())
}

#[test]
fn few_innocent_messages_are_flagged() -> Result<(), Box<dyn Error>> {
    let (found, all) = flagged("messages", "ok", message)?;
    assert_eq!(all, 340);
    assert!(found <= 10, "{found} of {all}");
    Ok(())
}

#[test]
fn more_than_a_third_of_unseen_injections_in_documents_are_found() -> Result<(), Box<dyn Error>> {
    let (found, all) = flagged("documents", "bad", document)?;
    assert_eq!(all, 160);
    assert!(found >= 60, "{found} of {all}");
    Ok(())
}

#[test]
fn few_innocent_documents_are_flagged() -> Result<(), Box<dyn Error>> {
    let (found, all) = flagged("documents", "ok", document)?;
    assert_eq!(all, 240);
    assert!(found <= 18, "{found} of {all}");
    Ok(())
}
