//! Who reviews: the rules, and the judges where there are any, with what the command line says of them.

use crate::args::ReviewArgs;
use crate::completeness;
use crate::judges::Judges;
use sentrix_cli::{Failure, note};
use sentrix_record::{Turn, Verdict};
use sentrix_rules::{RuleSet, Scanner};
use sentrix_store::{Judge, Version};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::SystemTime;

/// The rules of a patrol, and its judges.
pub struct Reviewer {
    scanner: Scanner,
    /// What stands beside every turn that it reviewed.
    pub version: Version,
    /// Who judges what rules cannot see.
    pub judges: Option<Judges>,
}

impl Reviewer {
    /// Loads the rules that the command line asks for.
    pub fn load(args: &ReviewArgs) -> Result<Self, Failure> {
        let judges = Judges::load(args)?;
        let rules = load_rules(&args.rules)?;
        let ruleset = match args.ruleset_version.as_str() {
            "" => format!("{}@{}", rules.version(), args.confidence),
            name => format!("{name}+{}@{}", rules.version(), args.confidence),
        };
        Ok(Self {
            scanner: Scanner::with_threshold(&rules, args.confidence),
            version: match &judges {
                None => Version { judge: Judge::Rules, ruleset, model: "rules".to_owned() },
                Some(judges) => {
                    Version { judge: Judge::Models, ruleset, model: judges.version(&args.judges) }
                }
            },
            judges,
        })
    }

    /// Judges a turn. `None` when a rule failed on it: the turn is not reviewed, and the others are.
    pub fn judge(&self, turn: &Turn) -> Option<Verdict> {
        let verdict = catch_unwind(AssertUnwindSafe(|| self.scanner.judge(turn))).ok()?;
        Some(completeness::add(verdict, turn))
    }
}

impl Reviewer {
    /// A model's words about a turn without what they may repeat of it: neither what rules know for a secret, nor a word of the
    /// turn that looks like one.
    pub fn redact(&self, words: &str, turn: &Turn) -> String {
        let look = Turn { run_id_ts: "-".to_owned(), text: words.into(), ..Turn::default() };
        let found = self.judge(&look).map(|verdict| verdict.findings).unwrap_or_default();
        let mut masked = words.as_bytes().to_vec();
        for finding in found.iter().filter(|finding| finding.field == "text") {
            if let Some(stretch) = masked.get_mut(finding.start..finding.end) {
                stretch.fill(b'*');
            }
        }
        // A stretch begins and ends between characters, and stars are characters.
        let masked = String::from_utf8_lossy(&masked);
        let words: Vec<&str> = masked
            .split(' ')
            .map(|word| if is_secret_like(word, turn) { "[redacted]" } else { word })
            .collect();
        words.join(" ")
    }
}

/// A long word of letters and digits that stands in the turn as well.
fn is_secret_like(word: &str, turn: &Turn) -> bool {
    let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let mixed = bare.bytes().any(|b| b.is_ascii_digit()) && bare.bytes().any(|b| b.is_ascii_alphabetic());
    bare.len() >= 12 && mixed && {
        let mut texts = vec![turn.text.as_str(), turn.thinking.as_str()];
        texts.extend(turn.user_messages.iter().map(|message| message.content.as_str()));
        texts.extend(turn.tool_results.iter().map(|result| result.content.as_str()));
        texts.extend(turn.tool_calls.iter().map(|call| call.arguments.json().get()));
        texts.into_iter().any(|text| text.contains(bare))
    }
}

/// The built-in rules with those of files.
pub fn load_rules(paths: &[PathBuf]) -> Result<RuleSet, Failure> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read rules {}", path.display())).because(error)
        })?;
        files.push((path.display().to_string(), text));
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let rules = RuleSet::with_files(&files, SystemTime::now()).map_err(|error| {
        Failure::usage("cannot load rules").because(error).next("`sentrix-patrol rules check` tries a file")
    })?;
    for entry in rules.expired() {
        let until = entry.until.as_deref().unwrap_or_default();
        note(format_args!("an allow entry ended on {until} and acts no more ({})", entry.reason));
    }
    Ok(rules)
}
