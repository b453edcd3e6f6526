//! The judges of intent as detectors of the rule set.

use super::disguise::weigh_undone;
use super::fold::PIECE;
use super::injection::Evidence;
use super::message::{Opinion, opinion};
use super::{ENOUGH, Folded, hits, is_request, weigh, weigh_harm};
use crate::Field;
use crate::detector::{Detector, Report, Reports, Scene};
use std::ops::Range;

/// A message longer than this is read as a document.
const MESSAGE: usize = 12_000;

/// How far around a keyword a document is read: before it, and after it.
const AROUND: (usize, usize) = (400, 900);

/// Reports prompt injection and harmful requests: each kind under its own rule, by the heaviest piece of evidence.
///
/// A message of the user is read whole. A document (what a tool gave back, or a very long message) is read around the
/// keywords of its rules, and only for injection.
pub(crate) struct Intent;

impl Detector for Intent {
    fn name(&self) -> &'static str {
        "intent"
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        let text = scene.text;
        if scene.part.field == Field::User && text.len() <= MESSAGE {
            return message(text, out);
        }
        for window in windows(text, scene.keywords) {
            let piece = &text[window.clone()];
            let folded = Folded::of(piece);
            let evidence = weigh(&hits(&folded).injection, Field::ToolResult, folded.text.len());
            if evidence.convinces(Field::ToolResult) {
                let user = scene.part.field == Field::User;
                let rule = if user { injection_rule(&evidence) } else { "injection.embedded" };
                report(rule, &evidence, &folded, piece, window.start, out);
            }
        }
    }
}

/// Weighs both kinds of evidence in a message.
fn message(text: &str, out: &mut Reports) {
    let folded = Folded::of(text);
    let hits = hits(&folded);
    let injection = weigh(&hits.injection, Field::User, folded.text.len());
    match (injection.convinces(Field::User), opinion(&folded, &hits, &injection)) {
        (true, Opinion::Unlikely) => {}
        (true, _) => report(injection_rule(&injection), &injection, &folded, text, 0, out),
        (false, Opinion::Likely) => {
            let span = folded.source(injection.start, injection.end, text);
            out.push("injection.likely", span);
        }
        (false, _) => {
            let undone = weigh_undone(text, &folded, &hits.disguised);
            if let Some(undone) = undone.filter(|undone| undone.convinces(Field::User)) {
                report(injection_rule(&undone), &undone, &folded, text, 0, out);
            }
        }
    }
    if !is_request(folded.text.len()) {
        return;
    }
    let harm = weigh_harm(&hits.harm);
    if harm.score >= ENOUGH {
        report(harm_rule(&harm), &harm, &folded, text, 0, out);
    }
}

/// The stretches around the keywords, overlapping ones joined; the whole text in pieces where there are none.
fn windows(text: &str, keywords: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let every = (0..text.len()).step_by(PIECE).map(|start| start..start + PIECE);
    let around = keywords.iter().map(|word| word.start.saturating_sub(AROUND.0)..word.end + AROUND.1);
    let wanted: Vec<Range<usize>> = if keywords.is_empty() { every.collect() } else { around.collect() };
    for window in wanted {
        let (start, end) = (floor(text, window.start), floor(text, window.end));
        let reached = windows.last().map_or(0, |last| last.end);
        match windows.last_mut() {
            Some(last) if start <= reached && end.max(reached) - last.start <= PIECE => {
                last.end = end.max(reached)
            }
            _ => windows.push(start.max(reached)..end.max(reached)),
        }
    }
    windows
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn report(
    rule: &'static str,
    evidence: &Evidence,
    folded: &Folded,
    piece: &str,
    at: usize,
    out: &mut Reports,
) {
    let span = folded.source(evidence.start, evidence.end, piece);
    // The more evidence, the surer; the rule's own confidence is for the bare minimum.
    let confidence = (0.7 + 0.12 * evidence.score).min(0.97);
    out.add(Report {
        rule,
        span: span.start + at..span.end + at,
        secret: None,
        confidence: Some(confidence),
        label: None,
    });
}

/// The rule for the heaviest piece.
fn injection_rule(evidence: &Evidence) -> &'static str {
    match evidence.heaviest.split('-').next().unwrap_or_default() {
        "leak" | "reveal" | "prompt" | "hidden" | "your" => "injection.prompt-leak",
        "persona" | "unbound" | "jailbreak" | "norefusal" | "refusal" => "injection.jailbreak",
        "detour" | "conceal" | "urgent" | "deed" | "imperative" => "injection.embedded",
        _ => "injection.override",
    }
}

fn harm_rule(evidence: &Evidence) -> &'static str {
    match evidence.heaviest {
        "violence-person" | "request-violence" | "violence-evasion" => "intent.violence",
        "contempt-group" | "group-contempt" | "request-contempt" => "intent.hate",
        "crime-victim" | "crime-person" | "request-crime" | "crime-evasion" => "intent.crime",
        _ => "intent.harm",
    }
}

#[cfg(test)]
mod tests {
    use super::windows;

    #[test]
    fn windows_join_and_stay_between_characters() {
        let text = "ü".repeat(3_000);
        let near = windows(&text, &[1_000..1_010, 1_500..1_510]);
        assert_eq!(near.len(), 1);
        assert!(text.get(near[0].clone()).is_some());
        assert_eq!(windows(&text, &[100..110, 5_000..5_010]).len(), 2);
        assert_eq!(windows(&text, &[]), std::slice::from_ref(&(0..text.len())));
        assert!(windows("", &[]).is_empty());
    }
}
