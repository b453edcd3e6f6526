//! A rule's regular expression, compiled when first needed, and the three ways in which it is searched.
//!
//! Searching a whole text for every rule would be slow. A rule's keywords, found by one pass over the text, say where
//! a match can be. How little has to be searched is read off the pattern itself:
//! - every match begins with a keyword: try right there, anchored;
//! - a match has a greatest length: search a window of that length on both sides of the keyword;
//! - else: the whole text, once.
//!
//! All three give the same matches, because look-around sees the text beyond a window's edges, and matches in a
//! window that touch no keyword are dropped: only they can have been cut by its edge.

mod needs;

use crate::Rule;
use crate::pattern::{self, Pattern, Use};
use needs::Needs;
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;
use std::ops::Range;

/// Longer windows than this are no gain over the whole text.
const WINDOW: usize = 5000;

/// How a pattern is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// Anchored at the keyword; matches are at most so long.
    Prefix(usize),
    /// Around the keyword.
    Window(usize),
    /// Everywhere.
    Whole,
}

/// A compiled rule.
#[derive(Debug)]
pub(crate) struct Matcher {
    pattern: Pattern,
    search: Search,
    needs: Needs,
    secret_group: usize,
    pub allow_patterns: Vec<Pattern>,
    pub allow_context: Vec<Pattern>,
    pub stopwords: Vec<String>,
}

/// A match: the whole and the secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub span: Range<usize>,
    pub secret: Range<usize>,
}

/// A rule's expressions, all of them compiled: the message says which does not compile, and why.
pub(crate) fn try_compile(rule: &Rule) -> Result<Matcher, String> {
    let matcher = Matcher::new(rule)?;
    matcher.prepare().map_err(|why| format!("{}: {why}", rule.id))?;
    Ok(matcher)
}

fn search(hir: &Hir, pattern: &str, rule: &Rule) -> Search {
    let Some(longest) = hir.properties().maximum_len().filter(|&longest| longest <= WINDOW) else {
        return Search::Whole;
    };
    if rule.keywords.is_empty() && rule.min_digits == 0 {
        return Search::Whole;
    }
    if begins_with_keyword(pattern, &rule.keywords) {
        Search::Prefix(longest)
    } else {
        Search::Window(longest)
    }
}

/// Whether every match of a pattern begins with one of the keywords, in any case.
fn begins_with_keyword(pattern: &str, keywords: &[String]) -> bool {
    // Without regard to case a word would have too many spellings to list; the keywords are found in any case anyway.
    let plain = ["(?i:", "(?i)", "(?i-u)", "(?is)"].iter().zip(["(?:", "", "(?-u)", "(?s)"]);
    let plain = plain.fold(pattern.to_owned(), |text, (flags, without)| text.replace(flags, without));
    let syntax = syntax::Config::new().utf8(false).unicode(false);
    let Ok(hir) = syntax::parse_with(&plain, &syntax) else { return false };
    let prefixes = Extractor::new().limit_total(2000).extract(&hir);
    let keywords: Vec<Vec<u8>> = keywords.iter().map(|word| word.to_ascii_lowercase().into_bytes()).collect();
    let begins = |literal: &[u8]| keywords.iter().any(|word| literal.to_ascii_lowercase().starts_with(word));
    prefixes
        .literals()
        .is_some_and(|all| !all.is_empty() && all.iter().all(|literal| begins(literal.as_bytes())))
}

impl Matcher {
    /// A rule's expressions, compiled when texts first call for them.
    pub(crate) fn new(rule: &Rule) -> Result<Self, String> {
        let text = rule.pattern.as_deref().unwrap_or("$.^");
        let fault = |name: &str, why| format!("{}: {name}: {why}", rule.id);
        let hir = pattern::parse(text).map_err(|why| fault("pattern", why))?;
        if rule.secret_group > hir.properties().explicit_captures_len() {
            return Err(format!("{}: the pattern has no group {}", rule.id, rule.secret_group));
        }
        let search = search(&hir, text, rule);
        let all = |name: &str, patterns: &[String]| {
            let parsed = patterns.iter().map(|pattern| Pattern::parse(pattern));
            parsed.collect::<Result<Vec<_>, _>>().map_err(|why| fault(name, why))
        };
        Ok(Self {
            search,
            needs: Needs::of(&hir),
            pattern: Pattern::new(hir, Use { groups: rule.secret_group > 0, whole: search == Search::Whole }),
            secret_group: rule.secret_group,
            allow_patterns: all("allow.patterns", &rule.allow.patterns)?,
            allow_context: all("allow.context", &rule.allow.context)?,
            stopwords: rule.allow.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
        })
    }

    /// Compiles what is not compiled yet; the message says what of the rule does not compile, and why.
    pub(crate) fn prepare(&self) -> Result<(), String> {
        let named = [
            ("pattern", std::slice::from_ref(&self.pattern)),
            ("allow.patterns", &self.allow_patterns),
            ("allow.context", &self.allow_context),
        ];
        named.into_iter().try_for_each(|(name, patterns)| {
            patterns.iter().try_for_each(Pattern::prepare).map_err(|why| format!("{name}: {why}"))
        })
    }

    /// Every match in a text that touches one of `hits`, the places of the rule's keywords, sorted by start; every
    /// match at all when the pattern must be searched everywhere. `each` says whether to go on.
    pub(crate) fn find(&self, text: &str, hits: &[Range<usize>], each: &mut dyn FnMut(Match) -> bool) {
        // Many keywords close together would search the same bytes again and again.
        let windows =
            |longest: usize| hits.len().saturating_mul(longest) <= text.len().saturating_mul(8) + (64 << 10);
        match self.search {
            Search::Prefix(longest) if windows(longest.min(256)) => {
                self.at_keywords(text, hits, longest, each)
            }
            Search::Window(longest) if windows(1) => self.in_windows(text, hits, longest, each),
            _ => self.everywhere(text, 0..text.len(), each),
        }
    }

    fn at_keywords(
        &self,
        text: &str,
        hits: &[Range<usize>],
        longest: usize,
        each: &mut dyn FnMut(Match) -> bool,
    ) {
        let mut caps = None;
        let mut done = 0;
        let mut has_needs = self.needs.along(text.as_bytes());
        for hit in hits.iter().filter(|hit| !hit.is_empty()) {
            if hit.start < done {
                continue;
            }
            let end = text.len().min(hit.start + longest);
            if !has_needs(hit.start..end) {
                continue;
            }
            let input = Input::new(text).range(hit.start..end).anchored(Anchored::Yes);
            if self.pattern.may_match(&input)
                && let Some(found) = self.first(text, &input, &mut caps)
            {
                done = found.span.end;
                if !each(found) {
                    return;
                }
            }
        }
    }

    fn in_windows(
        &self,
        text: &str,
        hits: &[Range<usize>],
        longest: usize,
        each: &mut dyn FnMut(Match) -> bool,
    ) {
        let mut next = 0;
        while let Some(first) = hits.get(next) {
            // Windows that overlap become one.
            let window =
                |hit: &Range<usize>| hit.start.saturating_sub(longest)..hit.end.saturating_add(longest);
            let Range { start, mut end } = window(first);
            let begin = next;
            next += 1;
            while let Some(hit) = hits.get(next).filter(|hit| window(hit).start <= end) {
                end = end.max(window(hit).end);
                next += 1;
            }
            let inside = &hits[begin..next];
            let mut go_on = true;
            self.everywhere(text, start..end.min(text.len()), &mut |found| {
                let touches = |hit: &Range<usize>| hit.start < found.span.end && found.span.start < hit.end;
                go_on = !inside.iter().any(touches) || each(found);
                go_on
            });
            if !go_on {
                return;
            }
        }
    }

    fn everywhere(&self, text: &str, range: Range<usize>, each: &mut dyn FnMut(Match) -> bool) {
        if !self.needs.are_in(&text.as_bytes()[range.clone()])
            || !self.pattern.may_match(&Input::new(text).range(range.clone()))
        {
            return;
        }
        let mut caps = None;
        let mut at = range.start;
        while at <= range.end {
            let Some(found) = self.first(text, &Input::new(text).range(at..range.end), &mut caps) else {
                return;
            };
            // An empty match would be found again for ever.
            at = found.span.end.max(at + 1);
            if !each(found) {
                return;
            }
        }
    }

    /// The first match. Most searches find nothing, so what the groups matched is asked for afterwards, and only of patterns
    /// in which a group is the secret.
    fn first(&self, text: &str, input: &Input<'_>, caps: &mut Option<Captures>) -> Option<Match> {
        let regex = self.pattern.exact().ok()?;
        let span = regex.search(input)?.range();
        let secret = match self.secret_group {
            0 => span.clone(),
            group => {
                let caps = caps.get_or_insert_with(|| regex.create_captures());
                regex.search_captures(input, caps);
                // A pattern of alternatives has a group for the secret in each of them: the first that took part counts.
                let mut groups = (group..caps.group_len()).filter_map(|group| caps.get_group(group));
                groups.next().map_or_else(|| span.clone(), |group| group.range())
            }
        };
        Some(Match { span: snap(text, span), secret: snap(text, secret) })
    }
}

/// Moves a span outwards to character boundaries: patterns may work on bytes.
pub(crate) fn snap(text: &str, span: Range<usize>) -> Range<usize> {
    text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, keywords: &[&str]) -> Rule {
        let keywords = format!("{keywords:?}");
        let toml = format!(
            "[[rule]]\nid='t'\nversion=1\ncategory='other'\nseverity='LOW'\nconfidence=1\nlabel='T'\n\
             description='d'\nkeywords={keywords}\npattern='''{pattern}'''"
        );
        crate::schema::parse("t", &toml).unwrap().rules.remove(0)
    }

    fn way(pattern: &str, keywords: &[&str]) -> Search {
        try_compile(&rule(pattern, keywords)).unwrap().search
    }

    #[test]
    fn the_search_is_read_off_the_pattern() {
        assert_eq!(way(r"(?-u)\bghp_[a-z]{4}\b", &["ghp_"]), Search::Prefix(8));
        assert_eq!(way(r"(?-u)\b(?:ghp|gho)_[a-z]{4}", &["ghp_", "gho_"]), Search::Prefix(8));
        assert_eq!(way(r"(?i-u)\b(?:driving|dl) licen[cs]e", &["dl", "Driving"]), Search::Prefix(15));
        assert_eq!(way(r"(?-u)[a-z]{4}ghp_", &["ghp_"]), Search::Window(8));
        assert_eq!(way(r"(?-u)ghp_[a-z]+", &["ghp_"]), Search::Whole);
        assert_eq!(way(r"(?-u)[a-z]{4}", &[]), Search::Whole);
    }

    #[test]
    fn our_own_patterns_are_searched_for_near_their_keywords() {
        for rule in crate::RuleSet::builtin().unwrap().rules().iter().filter(|rule| rule.pattern.is_some()) {
            assert_ne!(Matcher::new(rule).unwrap().search, Search::Whole, "{}: no greatest length", rule.id);
        }
    }

    #[test]
    fn windows_find_what_the_whole_text_holds() {
        let pattern = r"(?-u)\b[a-z]{1,6}=x[0-9]{1,5}\b";
        let matcher = try_compile(&rule(pattern, &["=x"])).unwrap();
        let text = "ab=x12 abcdefgh=x1 q=x123456 z=x9, =x =x1 b=x1c a=x7a=x8 é=x3 k=x55";
        let mut expected = Vec::new();
        matcher.everywhere(text, 0..text.len(), &mut |found| {
            expected.push(found.span);
            true
        });
        let hits: Vec<_> = text.match_indices("=x").map(|(at, _)| at..at + 2).collect();
        let mut found = Vec::new();
        matcher.in_windows(text, &hits, 13, &mut |m| {
            found.push(m.span);
            true
        });
        assert_eq!(found, expected);
        assert_eq!(found.len(), 3);
    }
}
