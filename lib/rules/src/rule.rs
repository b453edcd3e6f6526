//! A rule: data that says what to look for and what it means.

use crate::Field;
use sentrix_record::{Category, Severity};
use std::sync::Arc;

/// One rule, as a TOML file gives it (see [`crate::RuleSet`] for the schema).
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, unique in a set: `secret.aws-access-key`.
    pub id: String,
    /// Grows with every change of what the rule finds.
    pub version: u32,
    /// The kind of what it finds.
    pub category: Category,
    /// How bad that is.
    pub severity: Severity,
    /// How sure a hit is, 0 to 1. Below the scanner's threshold a hit counts only together with others.
    pub confidence: f64,
    /// What it finds, in a word of the field: `AWS_ACCESS_KEY`.
    pub label: String,
    /// One sentence for people.
    pub description: String,
    /// Words one of which stands in every match, in any case. Without any, every text is searched.
    pub keywords: Vec<String>,
    /// The regular expression; absent in the rules of a coded detector.
    pub pattern: Option<String>,
    /// The coded detector that reports this rule; see [`crate::Detector`].
    pub detector: Option<String>,
    /// At least so many digits stand close together in every match: spares most texts the search.
    pub min_digits: usize,
    /// Looks only at texts of at most so many bytes: what stands alone means more than what stands in a document.
    pub longest_text: Option<usize>,
    /// Checks that a match must pass, all of them.
    pub validators: Vec<crate::Validator>,
    /// The group of the pattern that is the secret itself: what validators see and what is masked.
    pub secret_group: usize,
    /// What is no finding after all.
    pub allow: Allow,
    /// The kinds of parts that it applies to; all when empty.
    pub applies_to: Vec<Field>,
    /// Texts that it must find.
    pub examples: Vec<String>,
    /// Texts that it must not find.
    pub counter_examples: Vec<String>,
    /// The file that it came from.
    pub file: Arc<str>,
    /// Its line there.
    pub line: usize,
}

/// What a rule's match may look like without being a finding.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Regular expressions on the secret (or the whole match, when there is no `secret_group`).
    pub patterns: Vec<String>,
    /// Words, in any case, that an innocent secret holds: `example`.
    pub stopwords: Vec<String>,
    /// Regular expressions on the line around the match.
    pub context: Vec<String>,
}

impl Rule {
    /// Whether the rule looks at parts of this kind.
    pub fn applies(&self, field: Field) -> bool {
        self.applies_to.is_empty() || self.applies_to.contains(&field)
    }
}
