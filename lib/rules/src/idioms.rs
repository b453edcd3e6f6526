//! Patterns that hardly any text matches, searched for only where what they cannot do without is there.

use crate::tree::Tree;
use regex_automata::meta::Regex;
use regex_syntax::hir::{Hir, HirKind};
use std::sync::OnceLock;

/// At most 64 patterns, compiled when a text first calls for them.
pub(crate) struct Idioms {
    patterns: Vec<(&'static str, OnceLock<Option<Regex>>)>,
    /// The words that patterns cannot do without, in lower case.
    words: Tree,
    /// The pattern of each word.
    pattern_of: Vec<usize>,
    /// Patterns of which no such word is known, a bit each.
    always: u64,
}

impl Idioms {
    pub(crate) fn new(patterns: impl Iterator<Item = &'static str>) -> Self {
        let patterns: Vec<_> = patterns.take(64).map(|pattern| (pattern, OnceLock::new())).collect();
        let (mut words, mut pattern_of, mut always) = (Vec::new(), Vec::new(), 0);
        for (at, (pattern, _)) in patterns.iter().enumerate() {
            match needed(pattern) {
                Some(needed) => {
                    pattern_of.resize(words.len() + needed.len(), at);
                    words.extend(needed);
                }
                None => always |= 1 << at,
            }
        }
        Self { patterns, words: Tree::new(&words), pattern_of, always }
    }

    /// The patterns that may match a text, in their order.
    pub(crate) fn of(&self, text: &str) -> impl Iterator<Item = (usize, &Regex)> {
        let mut may = self.always;
        self.words.each_in_any_case(text.as_bytes(), |found| may |= 1 << self.pattern_of[found.word]);
        // Two characters beyond ASCII are letters of ASCII when case does not count.
        if text.contains(['\u{17f}', '\u{212a}']) {
            may = u64::MAX;
        }
        (0..self.patterns.len())
            .filter(move |at| may >> at & 1 != 0)
            .filter_map(|at| Some((at, self.get(at)?)))
    }

    /// A pattern by its place; `None` when it does not compile.
    pub(crate) fn get(&self, at: usize) -> Option<&Regex> {
        let (pattern, compiled) = &self.patterns[at];
        compiled.get_or_init(|| Regex::new(pattern).ok()).as_ref()
    }
}

/// Words one of which stands in every match of a pattern, in any case; `None` when there are no good ones.
fn needed(pattern: &str) -> Option<Vec<String>> {
    // Without regard to case every letter would be a class of two.
    let flags = [("(?i)", ""), ("(?is)", "(?s)"), ("(?i:", "(?:")];
    let plain = flags.iter().fold(pattern.to_owned(), |text, (flags, without)| text.replace(flags, without));
    let words = words(&regex_syntax::parse(&plain).ok()?)?;
    (worth(&words) >= 2).then_some(words)
}

/// The same of a part of a pattern, however short.
fn words(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let word = std::str::from_utf8(&literal.0).ok().filter(|word| word.is_ascii())?;
            Some(vec![word.to_ascii_lowercase()])
        }
        HirKind::Capture(group) => words(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => words(&repeated.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(words).max_by_key(|words| worth(words)),
        HirKind::Alternation(ways) => {
            let ways: Option<Vec<_>> = ways.iter().map(words).collect();
            Some(ways?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// How long the shortest one is.
fn worth(words: &[String]) -> usize {
    words.iter().map(String::len).min().unwrap_or(0)
}

#[cfg(test)]
impl Idioms {
    /// How many of the patterns compile.
    pub(crate) fn compiling(&self) -> usize {
        (0..self.patterns.len()).filter(|&at| self.get(at).is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_needs_is_read_off_it() {
        let sorted = |pattern: &str| {
            needed(pattern).map(|mut words| {
                words.sort();
                words.join(" ")
            })
        };
        for (pattern, words) in [
            (r"(?i)\bFoo\s+barbaz", "barbaz"),
            (r"os\.dup2\s*\(|pty\.spawn\s*\(", "os.dup2 pty.spawn"),
            (r"(?is)x(?:abc|de)+y", "abc de"),
            (r"(iex|icm)\b[^\n]{0,300}(download|http)", "download http"),
        ] {
            assert_eq!(sorted(pattern).as_deref(), Some(words), "{pattern}");
        }
        for pattern in [r"\d+", r"(?i)(abc)?\d", r"abc|\d+", r"é\w", "a", r"abc|d"] {
            assert_eq!(sorted(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn patterns_are_tried_where_they_may_match() {
        let idioms = Idioms::new(["(?i)kill(all|er)", r"\d\d", "Sks"].into_iter());
        let tried = |text: &str| idioms.of(text).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(tried("nothing"), [1]);
        assert_eq!(tried("a KillAll sks"), [0, 1, 2]);
        // The Kelvin sign and the long s.
        assert_eq!(tried("\u{212a}illall"), [0, 1, 2]);
        assert!(idioms.get(0).is_some_and(|pattern| pattern.is_match("\u{212a}illall")));
        assert_eq!(tried("\u{17f}"), [0, 1, 2]);
    }
}
