//! A regular expression of a rule, compiled when a text first calls for it.
//!
//! A text is searched for a looser pattern first (`pattern/loose.rs`), and for the pattern itself where that is found.

mod loose;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::Hir;
use std::sync::OnceLock;

/// Greatest size of a compiled pattern: a user's file cannot eat the memory.
const SIZE_LIMIT: usize = 4 << 20;

/// What a pattern is compiled for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Use {
    /// Somebody asks what its groups matched: they cost a state each in every automaton.
    pub groups: bool,
    /// It is searched for in whole texts, with what finds candidates: that costs more than all the rest, and nothing near a
    /// keyword needs it.
    pub whole: bool,
}

/// A pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    hir: Hir,
    usage: Use,
    exact: OnceLock<Result<Regex, String>>,
    loose: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A parsed pattern and what it is for.
    pub(crate) fn new(hir: Hir, usage: Use) -> Self {
        Self { hir, usage, exact: OnceLock::new(), loose: OnceLock::new() }
    }

    /// A pattern that nobody asks about more than whether and where it matches.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(pattern: &str) -> Result<Self, String> {
        parse(pattern).map(|hir| Self::new(hir, Use::default()))
    }

    /// The compiled pattern. A user's rules are refused where it does not compile, and of ours a test compiles all.
    ///
    /// # Errors
    /// When it is too large.
    pub(crate) fn exact(&self) -> Result<&Regex, &str> {
        self.exact.get_or_init(|| build(&self.hir, self.usage)).as_ref().map_err(String::as_str)
    }

    /// The looser pattern; `None` where there is none.
    fn loose(&self) -> Option<&Regex> {
        let loose = || build(&loose::loosened(&self.hir)?, Use { groups: false, ..self.usage }).ok();
        self.loose.get_or_init(loose).as_ref()
    }

    /// Compiles what is not compiled yet.
    ///
    /// # Errors
    /// When it is too large.
    pub(crate) fn prepare(&self) -> Result<(), &str> {
        self.loose();
        self.exact().map(drop)
    }

    /// Whether there may be a match.
    pub(crate) fn may_match(&self, input: &Input<'_>) -> bool {
        self.loose().is_none_or(|loose| loose.is_match(input.clone()))
    }

    /// The first match in a text.
    pub(crate) fn find(&self, text: &str) -> Option<regex_automata::Match> {
        let input = Input::new(text);
        if self.may_match(&input) { self.exact().ok()?.find(input) } else { None }
    }

    /// Whether a text has a match.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.find(text).is_some()
    }
}

/// Parses a pattern. Classes, case and word boundaries are those of ASCII, which keeps the fast automata in play on
/// any text; a pattern that names a character beyond ASCII in a class, or asks with `(?u)`, gets those of Unicode.
/// Matches are bytes, and may begin or end inside a character.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(pattern: &str) -> Result<Hir, String> {
    let parse = |unicode: bool| {
        let syntax = syntax::Config::new().utf8(false).unicode(unicode);
        syntax::parse_with(pattern, &syntax).map_err(Box::new)
    };
    parse(false).or_else(|_| parse(true)).map_err(|error| {
        let error = error.to_string();
        error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

/// Compiles a pattern. Automata that are built as a whole are not worth it: most patterns are tried on a few stretches of text.
fn build(hir: &Hir, usage: Use) -> Result<Regex, String> {
    let groups = if usage.groups { WhichCaptures::All } else { WhichCaptures::Implicit };
    let config = Regex::config()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(1 << 20)
        .utf8_empty(false)
        .which_captures(groups)
        .dfa(false)
        .onepass(usage.groups)
        .auto_prefilter(usage.whole);
    Regex::builder().configure(config).build_from_hir(hir).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_the_pattern_alone_finds() {
        let parse = |text| Pattern::parse(text).unwrap();
        let patterns = ["a.{0,12}b{9,20}", r"(?s)\ba[^c]{3,40}?\bb", "(?i)^a{10}$|ab?c{12,}"].map(parse);
        let mut random = 7_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let letter =
                |at: u32| ["a", "b", "bbbbb", "c", "\n", " ", "é", "aaaa"][(random >> at) as usize % 8];
            let text: String = (8..29).map(|at| letter(2 * at)).collect();
            for pattern in &patterns {
                assert_eq!(pattern.find(&text), pattern.exact().unwrap().find(&text), "{text:?}");
            }
        }
    }
}
