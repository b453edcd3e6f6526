//! Words that a model wrote, without what they may repeat of the record.

use sentrix_cli::Failure;
use sentrix_record::Turn;
use sentrix_rules::{RuleSet, Scanner};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// Masks secrets by the built-in rules.
pub struct Redactor {
    scanner: Scanner,
}

impl Redactor {
    /// Loads the rules.
    pub fn load() -> Result<Self, Failure> {
        let rules = RuleSet::with_files(&[], SystemTime::now())
            .map_err(|error| Failure::environment("cannot load the rules").because(error))?;
        Ok(Self { scanner: Scanner::new(&rules) })
    }

    /// Neither what rules know for a secret, nor a word of the turn that looks like one.
    pub fn redact(&self, words: &str, turn: Option<&Turn>) -> String {
        let look = Turn { run_id_ts: "-".to_owned(), text: words.into(), ..Turn::default() };
        let found = catch_unwind(AssertUnwindSafe(|| self.scanner.judge(&look)));
        let Ok(found) = found else { return "[not shown: a rule failed on it]".to_owned() };
        let mut masked = words.as_bytes().to_vec();
        for finding in found.findings.iter().filter(|finding| finding.field == "text") {
            if let Some(stretch) = masked.get_mut(finding.start..finding.end) {
                stretch.fill(b'*');
            }
        }
        // A stretch begins and ends between characters, and stars are characters.
        let masked = String::from_utf8_lossy(&masked);
        let Some(turn) = turn else { return masked.into_owned() };
        let keep =
            |word: &str| if is_secret_like(word, turn) { "[redacted]".to_owned() } else { word.to_owned() };
        masked
            .split_inclusive([' ', '\n'])
            .map(|word| {
                let bare = word.trim_end_matches([' ', '\n']);
                format!("{}{}", keep(bare), &word[bare.len()..])
            })
            .collect()
    }
}

/// A long word of letters and digits that the flagged turn holds as well; the names of turns and runs are none.
fn is_secret_like(word: &str, turn: &Turn) -> bool {
    let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let mixed = bare.bytes().any(|b| b.is_ascii_digit()) && bare.bytes().any(|b| b.is_ascii_alphabetic());
    if bare.len() < 12 || !mixed || turn.run_id_ts.contains(bare) {
        return false;
    }
    let mut texts = vec![turn.text.as_str(), turn.thinking.as_str()];
    texts.extend(turn.user_messages.iter().map(|message| message.content.as_str()));
    texts.extend(turn.tool_results.iter().map(|result| result.content.as_str()));
    texts.extend(turn.tool_calls.iter().map(|call| call.arguments.json().get()));
    texts.into_iter().any(|text| text.contains(bare))
}
