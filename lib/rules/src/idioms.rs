//! Patterns that hardly any text matches, searched for only where what they cannot do without is there.

use crate::pattern::Pattern;
use crate::word_set::WordSet;
use regex_syntax::hir::{Hir, HirKind};
use std::sync::OnceLock;

/// Patterns, compiled when a text first calls for them.
pub(crate) struct Idioms {
    patterns: Vec<Idiom>,
    /// The words of all sets, in lower case.
    words: WordSet,
    /// The set of each word, a bit.
    set_of: Vec<u128>,
}

struct Idiom {
    text: &'static str,
    pattern: OnceLock<Option<Pattern>>,
    /// Sets of words, a bit each: a match holds a word of each of them.
    needs: u128,
}

impl Idioms {
    pub(crate) fn new(patterns: impl Iterator<Item = &'static str>) -> Self {
        let (mut words, mut set_of, mut sets) = (Vec::new(), Vec::new(), 0);
        let mut pattern = |text| {
            let mut needs = 0;
            for set in needed(text) {
                // What is beyond the bits is not asked for.
                let Some(bit) = 1_u128.checked_shl(sets) else { break };
                sets += 1;
                needs |= bit;
                set_of.resize(words.len() + set.len(), bit);
                words.extend(set);
            }
            Idiom { text, pattern: OnceLock::new(), needs }
        };
        let patterns = patterns.map(&mut pattern).collect();
        Self { patterns, words: WordSet::new(&words), set_of }
    }

    /// The patterns that may match a text, in their order.
    pub(crate) fn of(&self, text: &str) -> impl Iterator<Item = (usize, &Pattern)> {
        let mut has = 0;
        self.words.each_in_any_case(text.as_bytes(), |found| has |= self.set_of[found.word]);
        (0..self.patterns.len())
            .filter(move |&at| self.patterns[at].needs & !has == 0)
            .filter_map(|at| Some((at, self.get(at)?)))
    }

    /// A pattern by its place; `None` when it is none.
    pub(crate) fn get(&self, at: usize) -> Option<&Pattern> {
        let Idiom { text, pattern, .. } = &self.patterns[at];
        pattern.get_or_init(|| Pattern::parse(text).ok()).as_ref()
    }
}

/// Sets of words: a word of each stands in every match of a pattern, in any case.
fn needed(pattern: &str) -> Vec<Vec<String>> {
    // Without regard to case every letter would be a class of two.
    let flags = [("(?i)", ""), ("(?is)", "(?s)"), ("(?i:", "(?:")];
    let plain = flags.iter().fold(pattern.to_owned(), |text, (flags, without)| text.replace(flags, without));
    let mut sets = regex_syntax::parse(&plain).map(|hir| sets(&hir)).unwrap_or_default();
    // Short ones stand everywhere.
    sets.retain(|words| worth(words) >= 2);
    sets
}

/// The same of a part of a pattern, however short the words.
fn sets(hir: &Hir) -> Vec<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let word = std::str::from_utf8(&literal.0).ok().filter(|word| word.is_ascii());
            word.map(|word| vec![word.to_ascii_lowercase()]).into_iter().collect()
        }
        HirKind::Capture(group) => sets(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => sets(&repeated.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(sets).collect(),
        HirKind::Alternation(ways) => {
            // Of each way the best set: together they are one.
            let best = |way| sets(way).into_iter().max_by_key(|words| worth(words));
            let all: Option<Vec<_>> = ways.iter().map(best).collect();
            all.map(|all| all.into_iter().flatten().collect()).into_iter().collect()
        }
        _ => Vec::new(),
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
        let compiles = |at: &usize| self.get(*at).is_some_and(|pattern| pattern.exact().is_ok());
        (0..self.patterns.len()).filter(compiles).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_needs_is_read_off_it() {
        let read = |pattern: &str| {
            let sets = needed(pattern).into_iter().map(|mut words| {
                words.sort();
                words.join(" ")
            });
            sets.collect::<Vec<_>>()
        };
        assert_eq!(read(r"(?i)\bFoo\s+barbaz"), ["foo", "barbaz"]);
        assert_eq!(read(r"os\.dup2\s*\(|pty\.spawn\s*\("), ["os.dup2 pty.spawn"]);
        assert_eq!(read(r"(?is)x(?:abc|de)+y"), ["abc de"]);
        assert_eq!(read(r"(iex|icm)\b[^\n]{0,300}(download|http)"), ["icm iex", "download http"]);
        for pattern in [r"\d+", r"(?i)(abc)?\d", r"abc|\d+", r"é\w", "a", r"abc|d"] {
            assert!(read(pattern).is_empty(), "{pattern}");
        }
    }

    #[test]
    fn patterns_are_tried_where_they_may_match() {
        let idioms = Idioms::new(["(?i)kill(all|er)", r"\d\d", "Sks", r"one\s+two"].into_iter());
        let tried = |text: &str| idioms.of(text).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(tried("nothing"), [1]);
        assert_eq!(tried("a KillAll sks"), [0, 1, 2]);
        assert_eq!(tried("one"), [1]);
        assert_eq!(tried("two one"), [1, 3]);
    }
}
