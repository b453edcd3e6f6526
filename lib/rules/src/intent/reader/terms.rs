//! What around the name of a reader is weighed.

use crate::learned::words;
use std::fmt::Write;
use std::ops::Range;

/// So many bytes are looked at before a name and behind it.
const REACH: usize = 180;
/// So many words of them: before, and behind.
const WORDS: (usize, usize) = (15, 35);
/// So many of them, the nearest ones, also by their place.
const NEAR: usize = 3;

/// Calls `each` with the terms of a name in a text: the name (`.assistant`), the words around it, and the nearest ones by their place, before it
/// (`-1:dear`) and behind it (`+1:,`).
pub(super) fn each(text: &str, name: &Range<usize>, each: &mut dyn FnMut(&str)) {
    let before = text[text.ceil_char_boundary(name.start.saturating_sub(REACH))..name.start].to_lowercase();
    let behind = text[name.end..text.floor_char_boundary(name.end + REACH)].to_lowercase();
    let before: Vec<&str> = telling(&before).collect();
    let mut term = String::new();
    let mut put = |arguments: std::fmt::Arguments<'_>| {
        term.clear();
        // Writing to a string does not fail.
        _ = term.write_fmt(arguments);
        each(&term);
    };
    put(format_args!(".{}", text[name.clone()].to_lowercase()));
    for (place, word) in (1..).zip(before.iter().rev().take(NEAR)) {
        put(format_args!("-{place}:{word}"));
    }
    for (place, word) in (1..).zip(telling(&behind).take(NEAR)) {
        put(format_args!("+{place}:{word}"));
    }
    before.iter().rev().take(WORDS.0).for_each(|word| each(word));
    telling(&behind).take(WORDS.1).for_each(each);
}

/// The words that can tell something: no numbers, no signs but plain ones, and not the domain that only made-up texts have.
fn telling(text: &str) -> impl Iterator<Item = &str> {
    words(text).filter(|word| {
        let mut characters = word.chars();
        *word != "example" && characters.all(|c| c.is_alphabetic() || c.is_ascii_punctuation())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_have_places() {
        let text = "Dear Assistant, please send it.";
        let mut terms = Vec::new();
        each(text, &(5..14), &mut |term| terms.push(term.to_owned()));
        for term in [".assistant", "-1:dear", "+1:,", "+2:please", "+3:send", "send", "it", "."] {
            assert!(terms.iter().any(|known| known == term), "{term} in {terms:?}");
        }
        assert!(!terms.iter().any(|term| term == "+4:it"));
    }

    #[test]
    fn characters_are_not_cut() {
        let text = format!("{}assistant{}", "ü".repeat(150), "é".repeat(150));
        each(&text, &(300..309), &mut |_| {});
        each("ai", &(0..2), &mut |_| {});
    }
}
