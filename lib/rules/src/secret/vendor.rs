//! Random values beside the name of a service.

use super::placeholder::{is_placeholder, is_shown_off};
use super::random::{Look, Shape, look};
use super::vendors::VENDORS;
use crate::detector::{Detector, Report, Reports, Scene};
use crate::runs::Kind;
use std::ops::Range;

/// Keys are at least so long.
const SHORTEST: usize = 20;
/// So many bytes before a value are searched for a name.
const REACH: usize = 80;

/// Words that say that a random value is the name of some content.
const CONTENT: &[&str] =
    &["commit", "sha", "checksum", "integrity", "digest", "hash", "etag", "://", "trace", "request"];

/// Finds random values beside the names of services.
pub(crate) struct VendorContext;

impl Detector for VendorContext {
    fn name(&self) -> &'static str {
        "vendor-context"
    }

    fn wants_views(&self) -> bool {
        false
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        let mut at = 0;
        while let Some(run) = VALUE.next_run(scene.text.as_bytes(), at, SHORTEST) {
            at = run.end + 1;
            let prefixed = || {
                prefixed_token(scene.text, &run)
                    .map(|secret| ("secret.prefixed-token", secret.clone(), secret))
            };
            let beside = beside_vendor(scene.text, run.clone());
            let found =
                beside.map(|(span, secret)| ("secret.vendor-context", span, secret)).or_else(prefixed);
            if let Some((rule, span, secret)) = found {
                out.add(Report { rule, span, secret: Some(secret), confidence: None, label: None });
            }
        }
    }
}

/// The characters of a value.
static VALUE: Kind = Kind::alphanumeric_and(b"-_");

/// The name and the value, if the run is one and a name stands before it.
fn beside_vendor(text: &str, run: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    if text[run.clone()].bytes().filter(u8::is_ascii_digit).count() < 2 {
        return None;
    }
    let from = text.ceil_char_boundary(run.start.saturating_sub(REACH));
    let from = text[from..run.start].rfind('\n').map_or(from, |at| from + at + 1);
    // The name may be the first word of the run itself: `refiner-123e4567-…`.
    let head = text[run.clone()].find(['-', '_']).unwrap_or(0);
    let (name, value) = [(from..run.start, run.start), (run.start..run.start + head, run.start + head + 1)]
        .into_iter()
        .find_map(|(words, value)| Some((vendor(text, words)?, value)))?;
    let secret = value..run.end;
    let body = &text[secret.clone()];
    let random = look(body) == Look::Random && body.len() >= SHORTEST || look(body) == Look::Uuid;
    let around = text[name.start..run.start].to_ascii_lowercase();
    let before = text[from..name.start].to_ascii_lowercase();
    let content = CONTENT.iter().any(|word| around.contains(word) || before.contains(word));
    (random && !content && !is_placeholder(body) && !is_shown_off(&before))
        .then_some((name.start..secret.end, secret))
}

/// Prefixes of identifiers that are no secrets.
const IDENTIFIERS: &[&str] = &[
    "toolu", "msg", "call", "chatcmpl", "req", "resp", "run", "thread", "file", "asst", "evt", "cus",
    "price", "prod", "item", "conv", "step", "batch", "rs", "fc", "pi", "sha", "sha256", "sha512", "id",
    "pub", "pk", "img", "js", "css", "chunk", "http", "https", "hash", "commit", "blob", "tree", "cid",
    "session", "trace", "span", "event", "job", "task",
];

/// `acme_pat_…`: short lower-case words, then 30 and more random letters of both cases and digits.
fn prefixed_token(text: &str, run: &Range<usize>) -> Option<Range<usize>> {
    let token = &text[run.clone()];
    let (prefix, body) = token.rsplit_once(['_', '-'])?;
    if !(30..=120).contains(&body.len()) {
        return None;
    }
    let shape = Shape::of(body);
    let words: Vec<&str> = prefix.split(['_', '-']).collect();
    let word = |word: &&str| {
        (1..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let random = shape.digits >= 3
        && shape.upper >= 5
        && shape.lower >= 5
        && shape.distinct >= 16
        && shape.wordiness() < 60;
    let named =
        words.len() <= 4 && words.iter().all(word) && !words.iter().any(|word| IDENTIFIERS.contains(word));
    let before = text[..run.start].chars().next_back();
    let free = !before.is_some_and(|c| c.is_alphanumeric() || "/+.=@#".contains(c) && c != '=');
    (random && named && free && prefix.len() >= 2 && !is_placeholder(token)).then(|| run.clone())
}

/// The last name of a service in a stretch of text.
fn vendor(text: &str, within: Range<usize>) -> Option<Range<usize>> {
    let mut end = within.end;
    for word in text[within].rsplit(|c: char| !c.is_ascii_alphanumeric()) {
        let start = end - word.len();
        let known = (4..=24).contains(&word.len())
            && VENDORS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok();
        if known {
            return Some(start..end);
        }
        // A separator may be wider than a byte.
        end = text[..start].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(VENDORS.is_sorted());
    }

    #[test]
    fn a_name_before_or_within_the_run_counts() {
        let found = |text: &str| {
            let run = VALUE.next_run(text.as_bytes(), 0, SHORTEST)?;
            beside_vendor(text, run).map(|(_, secret)| text[secret].to_owned())
        };
        assert_eq!(
            found("wandb → 3f9c2d7be1a04586c2d9e8f7a6b5").as_deref(),
            Some("3f9c2d7be1a04586c2d9e8f7a6b5")
        );
        assert_eq!(found("fastforex-abcd1234efgh5678ijkl9012").as_deref(), Some("abcd1234efgh5678ijkl9012"));
        assert_eq!(found("wandb commit 3f9c2d7be1a04586c2d9e8f7a6b5"), None);
        assert_eq!(found("nobody 3f9c2d7be1a04586c2d9e8f7a6b5"), None);
    }
}
