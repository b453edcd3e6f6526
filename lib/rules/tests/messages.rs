//! The rules on messages that nothing was learned from and no rule was written for (tests/data/messages/unseen.jsonl).

use sentrix_record::{Category, Message, Turn};
use sentrix_rules::{RuleSet, Scanner};
use serde::Deserialize;
use std::error::Error;
use std::path::Path;

#[derive(Deserialize)]
struct Labelled {
    text: String,
    label: String,
}

/// How many of the messages with a label are flagged as injections, and how many there are.
fn flagged(label: &str) -> Result<(usize, usize), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/messages/unseen.jsonl");
    let scanner = Scanner::new(&RuleSet::builtin()?);
    let (mut found, mut all) = (0, 0);
    for line in std::fs::read_to_string(path)?.lines() {
        let message: Labelled = serde_json::from_str(line)?;
        if message.label == label {
            let said = Message { role: "user".to_owned(), content: message.text };
            let turn = Turn { run_id_ts: "r_1".to_owned(), user_messages: vec![said], ..Turn::default() };
            let findings = scanner.judge(&turn).findings;
            found +=
                usize::from(findings.iter().any(|finding| finding.category == Category::PromptInjection));
            all += 1;
        }
    }
    Ok((found, all))
}

#[test]
fn more_than_half_of_unseen_injections_are_found() -> Result<(), Box<dyn Error>> {
    let (found, all) = flagged("bad")?;
    assert_eq!(all, 260);
    assert!(found >= 140, "{found} of {all}");
    Ok(())
}

#[test]
fn few_innocent_messages_are_flagged_though_half_of_them_look_like_injections() -> Result<(), Box<dyn Error>>
{
    let (found, all) = flagged("ok")?;
    assert_eq!(all, 340);
    assert!(found <= 10, "{found} of {all}");
    Ok(())
}
