//! From hits to findings: weak hits add up, doubles go.

use super::Hit;
use crate::{Part, Rule, snippet};
use sentrix_record::{Category, Finding};
use std::ops::Range;

/// The findings of one part. Only the first rules report, so many as `reported`: hits of the others count for nothing
/// but what snippets must not show.
pub(super) fn findings(
    rules: &[Rule],
    reported: usize,
    hits: Vec<Hit>,
    part: &Part<'_>,
    threshold: f64,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    if hits.is_empty() {
        return found;
    }
    let secrets = secrets(rules, &hits);
    for category in Category::ALL {
        let counts = |hit: &&Hit| hit.rule < reported && rules[hit.rule].category == category;
        let own: Vec<&Hit> = hits.iter().filter(counts).collect();
        let together = noisy_or(&own);
        // Weak hits count only together; then each shows the confidence that they have together.
        let weigh = |hit: &Hit| if hit.confidence < threshold { together } else { hit.confidence };
        let mut weighed: Vec<(f64, &Hit)> = own.iter().map(|hit| (weigh(hit), *hit)).collect();
        weighed.retain(|(confidence, _)| *confidence >= threshold);
        weighed.sort_by(|a, b| {
            b.1.confidence
                .total_cmp(&a.1.confidence)
                .then(a.1.span.start.cmp(&b.1.span.start))
                .then(a.1.rule.cmp(&b.1.rule))
        });
        let mut kept: Vec<&Hit> = Vec::new();
        for (confidence, hit) in weighed {
            if kept.iter().any(|other| doubles(hit, other, category)) {
                continue;
            }
            kept.push(hit);
            found.push(finding(&rules[hit.rule], hit, confidence, part, &secrets));
        }
    }
    found
}

/// The chance that at least one of the weak hits is right, one hit a rule.
fn noisy_or(hits: &[&Hit]) -> f64 {
    let mut strongest: Vec<(usize, f64)> = Vec::new();
    for hit in hits {
        match strongest.iter_mut().find(|(rule, _)| *rule == hit.rule) {
            Some((_, confidence)) => *confidence = confidence.max(hit.confidence),
            None => strongest.push((hit.rule, hit.confidence)),
        }
    }
    1.0 - strongest.iter().map(|(_, confidence)| 1.0 - confidence).product::<f64>()
}

/// Whether a hit says again what a stronger one said: the same rule at the same place (in another view), or the same
/// secret by a vaguer rule.
fn doubles(hit: &Hit, other: &Hit, category: Category) -> bool {
    let overlap = hit.secret.start < other.secret.end && other.secret.start < hit.secret.end;
    overlap && (hit.rule == other.rule || category == Category::PiiLeak)
}

/// Where secrets stand in the part, first to last.
fn secrets(rules: &[Rule], hits: &[Hit]) -> Vec<Range<usize>> {
    let leaks = hits.iter().filter(|hit| rules[hit.rule].category == Category::PiiLeak);
    let mut secrets: Vec<Range<usize>> = leaks.map(|hit| hit.secret.clone()).collect();
    secrets.sort_unstable_by_key(|secret| (secret.start, secret.end));
    secrets
}

/// Whether a hit's own snippet, in which a leak's own secret is masked, would show something of a secret.
fn shows(rule: &Rule, hit: &Hit, secret: &Range<usize>) -> bool {
    let (start, end) = (secret.start.max(hit.span.start), secret.end.min(hit.span.end));
    let own = rule.category == Category::PiiLeak && hit.secret.start <= start && end <= hit.secret.end;
    start < end && !own
}

fn finding(rule: &Rule, hit: &Hit, confidence: f64, part: &Part<'_>, secrets: &[Range<usize>]) -> Finding {
    let mut snippet = if secrets.iter().any(|secret| shows(rule, hit, secret)) {
        snippet::around_secrets(&part.text, hit.span.clone(), secrets)
    } else {
        hit.snippet.clone()
    };
    if hit.more > 0 {
        snippet.push_str(&format!(" (and {} more)", hit.more));
    }
    Finding {
        category: rule.category,
        severity: rule.severity,
        confidence,
        rule: rule.id.clone(),
        version: rule.version.to_string(),
        label: hit.label.clone(),
        snippet,
        field: part.path(),
        start: hit.span.start,
        end: hit.span.end,
        fingerprint: hit.fingerprint.clone(),
    }
}
