//! A hit: what a rule or a detector says, before it is weighed.

use crate::matcher::{Match, Matcher};
use crate::view::View;
use crate::{Report, Rule, snippet};
use sentrix_record::Category;
use std::ops::Range;

/// One hit, already carried back to the text as it came.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Place of the rule in the set.
    pub rule: usize,
    pub confidence: f64,
    pub label: String,
    /// Where it stands in the part's text.
    pub span: Range<usize>,
    /// Where the secret stands in the part's text; the span when there is none.
    pub secret: Range<usize>,
    pub snippet: String,
    pub fingerprint: String,
    /// How many more of the same were counted and not kept.
    pub more: usize,
}

impl Hit {
    pub(super) fn of_match(at: usize, text: &str, found: &Match, rule: &Rule, view: Option<&View>) -> Self {
        let secret =
            (rule.secret_group > 0 || rule.category == Category::PiiLeak).then(|| found.secret.clone());
        Self::new(at, text, found.span.clone(), secret, (rule.confidence, rule.label.clone()), rule, view)
    }

    pub(super) fn of_report(at: usize, text: &str, report: Report, rule: &Rule, view: Option<&View>) -> Self {
        let span =
            crate::matcher::snap(text, report.span.start.min(text.len())..report.span.end.min(text.len()));
        let whole = (rule.category == Category::PiiLeak).then(|| span.clone());
        let secret = report.secret.map(|secret| crate::matcher::snap(text, secret)).or(whole);
        let label = report.label.map_or_else(|| rule.label.clone(), str::to_owned);
        Self::new(at, text, span, secret, (report.confidence.unwrap_or(rule.confidence), label), rule, view)
    }

    fn new(
        at: usize,
        text: &str,
        span: Range<usize>,
        secret: Option<Range<usize>>,
        (confidence, label): (f64, String),
        rule: &Rule,
        view: Option<&View>,
    ) -> Self {
        let shown = snippet::snippet(text, span.clone(), secret.clone());
        let secret = secret.unwrap_or_else(|| span.clone());
        let fingerprint = fingerprint(&rule.id, &label, &text[secret.clone()]);
        let source = |range: Range<usize>| view.map_or(range.clone(), |view| view.to_source(range));
        Self {
            rule: at,
            confidence,
            label,
            span: source(span),
            secret: source(secret),
            snippet: shown,
            fingerprint,
            more: 0,
        }
    }
}

/// Names a finding in allow-lists: the same secret found by the same rule has the same name wherever it stands.
fn fingerprint(rule: &str, label: &str, matched: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for text in [rule, "\0", label, "\0", matched] {
        hash.update(text.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

/// Whether a text can be the fingerprint of a finding.
pub(crate) fn is_fingerprint(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a match is one after all: validators and the rule's own allow-list.
pub(super) fn accepts(rule: &Rule, matcher: &Matcher, text: &str, found: &Match, secret: &str) -> bool {
    if !rule.validators.iter().all(|validator| validator.accepts(secret)) {
        return false;
    }
    if matcher.allow_patterns.iter().any(|allowed| allowed.is_match(secret)) {
        return false;
    }
    if !matcher.stopwords.is_empty() {
        let lower = secret.to_ascii_lowercase();
        if matcher.stopwords.iter().any(|word| lower.contains(word.as_str())) {
            return false;
        }
    }
    matcher.allow_context.is_empty() || {
        let line = line_around(text, &found.span);
        !matcher.allow_context.iter().any(|allowed| allowed.is_match(line))
    }
}

/// The line around a match, at most 200 bytes to either side.
fn line_around<'a>(text: &'a str, span: &Range<usize>) -> &'a str {
    let from = text.floor_char_boundary(span.start.saturating_sub(200));
    let to = text.ceil_char_boundary((span.end + 200).min(text.len()));
    let start = text[from..span.start].rfind('\n').map_or(from, |at| from + at + 1);
    let end = text[span.end..to].find('\n').map_or(to, |at| span.end + at);
    &text[start..end]
}

/// Tells the last of a rule's hits how many were not kept.
pub(super) fn count(hits: &mut [Hit], found: usize) {
    let kept = hits.len();
    if let Some(last) = hits.last_mut() {
        last.more = found.saturating_sub(kept);
    }
}
