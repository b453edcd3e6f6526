//! What every match of a pattern holds: where it is missing, nothing has to be searched.

use regex_syntax::hir::{Hir, HirKind};
use std::ops::Range;

/// Signs that every match of a pattern holds, such as the `@` of an address. Letters and digits stand everywhere.
#[derive(Debug)]
pub(super) struct Needs(Vec<u8>);

impl Needs {
    /// What matches of a pattern need.
    pub(super) fn of(hir: &Hir) -> Self {
        let mut signs = Vec::new();
        collect(hir, &mut signs);
        // A full stop is the last that tells anything.
        signs.sort_by_key(|&sign| (sign == b'.', sign));
        signs.dedup();
        Self(signs)
    }

    /// Whether a text has all of them.
    pub(super) fn are_in(&self, text: &[u8]) -> bool {
        self.0.iter().all(|&sign| memchr::memchr(sign, text).is_some())
    }

    /// Whether ranges of a text, to be asked for by their beginnings, first to last, have the first of them.
    pub(super) fn along<'a>(&self, text: &'a [u8]) -> impl FnMut(Range<usize>) -> bool + 'a {
        let first = self.0.first().copied();
        let mut next = 0;
        move |range| {
            let Some(sign) = first else { return true };
            if next < range.start || next == 0 {
                let found = memchr::memchr(sign, &text[range.start..]);
                next = found.map_or(usize::MAX, |at| range.start + at);
            }
            next < range.end
        }
    }
}

/// Adds the signs of a part of a pattern that is in every match.
fn collect(hir: &Hir, signs: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Literal(literal) => {
            signs.extend(literal.0.iter().filter(|byte| byte.is_ascii_punctuation()))
        }
        HirKind::Capture(group) => collect(&group.sub, signs),
        HirKind::Repetition(repeated) if repeated.min > 0 => collect(&repeated.sub, signs),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, signs)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Needs;

    fn needs(pattern: &str) -> Needs {
        Needs::of(&regex_syntax::parse(pattern).unwrap())
    }

    #[test]
    fn what_a_pattern_needs_is_read_off_it() {
        assert_eq!(needs(r"(?i)mail\b[^@]{0,9}(\w+@(?:\w+\.)+x)").0, b"@.");
        assert_eq!(needs(r"a-?(?:b|#)_{2}").0, b"_");
        assert!(needs(r"a@?|b@|[.]*é").0.is_empty());
    }

    #[test]
    fn a_text_has_all_of_it_or_no_match() {
        let needs = needs(r"x@[0-9]+\.");
        assert!(needs.are_in(b"x@7."));
        for without in ["x@7", "x7.", ""] {
            assert!(!needs.are_in(without.as_bytes()), "{without}");
        }
    }

    #[test]
    fn ranges_are_asked_for_along_a_text() {
        let text = b"@ab@cd";
        for start in 0..=text.len() {
            let needs = needs("@");
            let mut along = needs.along(text);
            for from in start..=text.len() {
                for to in from..=text.len() {
                    assert_eq!(along(from..to), text[from..to].contains(&b'@'), "{from}..{to}");
                }
            }
        }
        assert!(super::tests::needs("a").along(b"x")(0..1));
    }
}
