//! Patterns that hardly any text matches, searched for only where what they cannot do without is there.

use crate::word_set::WordSet;
use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind};
use std::sync::OnceLock;

/// Patterns, compiled when a text first calls for them.
pub(crate) struct Idioms {
    patterns: Vec<Pattern>,
    /// The words of all sets, in lower case.
    words: WordSet,
    /// The set of each word, a bit.
    set_of: Vec<u128>,
}

struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
    /// The same for texts of ASCII alone. It is compiled much sooner, and finds the same in them.
    ascii: OnceLock<Option<Regex>>,
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
            Pattern { text, compiled: OnceLock::new(), ascii: OnceLock::new(), needs }
        };
        let patterns = patterns.map(&mut pattern).collect();
        Self { patterns, words: WordSet::new(&words), set_of }
    }

    /// The patterns that may match a text, in their order.
    pub(crate) fn of(&self, text: &str) -> impl Iterator<Item = (usize, &Regex)> {
        let mut has = 0;
        self.words.each_in_any_case(text.as_bytes(), |found| has |= self.set_of[found.word]);
        // Two characters beyond ASCII are letters of ASCII when case does not count.
        let ascii = text.is_ascii();
        if !ascii && text.contains(['\u{17f}', '\u{212a}']) {
            has = u128::MAX;
        }
        (0..self.patterns.len())
            .filter(move |&at| self.patterns[at].needs & !has == 0)
            .filter_map(move |at| Some((at, self.get(at, ascii)?)))
    }

    /// A pattern by its place, for texts of ASCII or for any; `None` when it does not compile.
    pub(crate) fn get(&self, at: usize, ascii: bool) -> Option<&Regex> {
        let Pattern { text, compiled, ascii: compiled_for_ascii, .. } = &self.patterns[at];
        if ascii && let Some(pattern) = compiled_for_ascii.get_or_init(|| for_ascii(text)) {
            return Some(pattern);
        }
        compiled.get_or_init(|| for_any(text)).as_ref()
    }
}

/// A pattern for any text. Nobody asks for its groups.
fn for_any(pattern: &str) -> Option<Regex> {
    Regex::builder().configure(without_groups()).build(pattern).ok()
}

fn without_groups() -> Config {
    Config::new().which_captures(WhichCaptures::Implicit)
}

/// A pattern for texts of ASCII alone, whose classes hold bytes.
fn for_ascii(pattern: &str) -> Option<Regex> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    Regex::builder().configure(without_groups()).syntax(syntax).build(pattern).ok()
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
        let compiles =
            |at: &usize| self.get(*at, false).is_some() && for_ascii(self.patterns[*at].text).is_some();
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
    fn in_ascii_both_forms_of_a_pattern_find_the_same() {
        let patterns = [
            r"(?i)\bkill\s*(all|er)\b",
            r"\d{2}[^\n]{0,3}\W",
            r"(?s)s.\S|[^a-z ]s",
            r"(?i)\w+\.[^'\x22]$",
            "é|b",
        ];
        let idioms = Idioms::new(patterns.into_iter());
        let alphabet = ["k", "KILL ", "\x0b", "all", "er", "1", "\n", ".s", "_", "'", "\u{7f}"];
        for number in 0..alphabet.len().pow(4) {
            let text: String =
                (0..4).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect();
            for (at, pattern) in patterns.iter().enumerate() {
                let find = |ascii| idioms.get(at, ascii).unwrap().find(&text);
                assert_eq!(find(true), find(false), "{pattern} in {text:?}");
            }
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
        // The Kelvin sign and the long s.
        assert_eq!(tried("\u{212a}illall"), [0, 1, 2, 3]);
        assert!(idioms.get(0, false).is_some_and(|pattern| pattern.is_match("\u{212a}illall")));
        assert_eq!(tried("\u{17f}"), [0, 1, 2, 3]);
    }
}
