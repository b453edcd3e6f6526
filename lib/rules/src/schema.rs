//! The TOML form of rules, overrides and allow-lists. Unknown keys are refused: a misspelt key would silently
//! weaken a rule.

use crate::allow::Listed;
use crate::error::{LoadError, line_of};
use crate::rule::Allow;
use crate::{AllowEntry, Field, Rule, Validator};
use sentrix_record::{Category, Severity};
use serde::Deserialize;
use std::sync::Arc;
use toml::Spanned;

/// What one file holds.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub rules: Vec<Rule>,
    pub overrides: Vec<(usize, Override)>,
    pub allow: Vec<Listed>,
}

/// Changes a rule that stands in an earlier file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Override {
    pub id: String,
    pub enabled: Option<bool>,
    pub severity: Option<Severity>,
    pub confidence: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToml {
    #[serde(default)]
    rule: Vec<Spanned<RuleToml>>,
    #[serde(default, rename = "override")]
    overrides: Vec<Spanned<Override>>,
    #[serde(default)]
    allow: Vec<Spanned<AllowEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    id: String,
    version: u32,
    category: Category,
    severity: Severity,
    confidence: f64,
    label: String,
    description: String,
    #[serde(default)]
    keywords: Vec<String>,
    pattern: Option<String>,
    detector: Option<String>,
    #[serde(default)]
    min_digits: usize,
    longest_text: Option<usize>,
    #[serde(default)]
    validators: Vec<String>,
    #[serde(default)]
    secret_group: usize,
    #[serde(default)]
    allow: Allow,
    #[serde(default)]
    applies_to: Vec<Field>,
    #[serde(default)]
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
}

/// Reads one file.
pub(crate) fn parse(name: &str, text: &str) -> Result<File, LoadError> {
    let file: FileToml = toml::from_str(text).map_err(|error| LoadError::from_toml(name, text, &error))?;
    let source: Arc<str> = name.into();
    let line = |at: usize| line_of(text, at);
    let rules = file.rule.into_iter().map(|rule| {
        let at = line(rule.span().start);
        rule.into_inner().check(&source, at).map_err(|why| LoadError::new(name, at, why))
    });
    let allow = file.allow.into_iter().map(|entry| {
        let at = line(entry.span().start);
        let entry = entry.into_inner().checked().map_err(|why| LoadError::new(name, at, why))?;
        Ok(Listed { file: Arc::clone(&source), line: at, entry })
    });
    Ok(File {
        rules: rules.collect::<Result<_, _>>()?,
        overrides: file.overrides.into_iter().map(|o| (line(o.span().start), o.into_inner())).collect(),
        allow: allow.collect::<Result<_, _>>()?,
    })
}

impl RuleToml {
    fn check(self, file: &Arc<str>, line: usize) -> Result<Rule, String> {
        let id = &self.id;
        let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        if id.is_empty() || !id.chars().all(name) {
            return Err(format!("id {id:?}: use a-z, 0-9, '.', '-' and '_'"));
        }
        if self.pattern.is_some() == self.detector.is_some() {
            return Err(format!("{id}: give either a pattern or a detector"));
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            return Err(format!("{id}: confidence {} is not between 0 and 1", self.confidence));
        }
        if matches!(self.severity, Severity::Clean | Severity::Critical) {
            return Err(format!("{id}: severity is one of LOW, MEDIUM and HIGH"));
        }
        if self.keywords.iter().any(String::is_empty) {
            return Err(format!("{id}: an empty keyword"));
        }
        let validators = self.validators.iter().map(|word| Validator::parse(word));
        let validators = validators.collect::<Result<_, _>>().map_err(|why| format!("{id}: {why}"))?;
        Ok(Rule {
            id: self.id,
            version: self.version,
            category: self.category,
            severity: self.severity,
            confidence: self.confidence,
            label: self.label,
            description: self.description,
            keywords: self.keywords,
            pattern: self.pattern,
            detector: self.detector,
            min_digits: self.min_digits,
            longest_text: self.longest_text,
            validators,
            secret_group: self.secret_group,
            allow: self.allow,
            applies_to: self.applies_to,
            examples: self.examples,
            counter_examples: self.counter_examples,
            file: Arc::clone(file),
            line,
        })
    }
}
