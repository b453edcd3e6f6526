//! What around the name of a reader is weighed.

use crate::learned::{Terms, words};
use std::ops::Range;

/// So many bytes are looked at before a name and behind it.
const REACH: usize = 180;
/// So many words of them: before, and behind.
const WORDS: (usize, usize) = (15, 35);
/// So many of them, the nearest ones, also by their place.
const NEAR: usize = 3;

/// Gives the terms of a name in a text: the name (`.assistant`), the words around it, and the nearest ones by their place, before it
/// (`-1:dear`) and behind it (`+1:,`).
pub(super) fn give(text: &str, name: &Range<usize>, terms: &mut Terms<'_>) {
    let before = text[text.ceil_char_boundary(name.start.saturating_sub(REACH))..name.start].to_lowercase();
    let behind = text[name.end..text.floor_char_boundary(name.end + REACH)].to_lowercase();
    let before: Vec<&str> = telling(&before).collect();
    terms.put(format_args!(".{}", text[name.clone()].to_lowercase()));
    for (place, word) in (1..).zip(before.iter().rev().take(NEAR)) {
        terms.put(format_args!("-{place}:{word}"));
    }
    for (place, word) in (1..).zip(telling(&behind).take(NEAR)) {
        terms.put(format_args!("+{place}:{word}"));
    }
    before.iter().rev().take(WORDS.0).for_each(|word| terms.word(word));
    telling(&behind).take(WORDS.1).for_each(|word| terms.word(word));
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
    use crate::learned::set;

    #[test]
    fn near_words_have_places() {
        let text = "Dear Assistant, please send it.";
        let terms = set(|terms| give(text, &(5..14), terms));
        for term in [".assistant", "-1:dear", "+1:,", "+2:please", "+3:send", "send", "it", "."] {
            assert!(terms.contains(term), "{term} in {terms:?}");
        }
        assert!(!terms.contains("+4:it"));
    }

    #[test]
    fn characters_are_not_cut() {
        let text = format!("{}assistant{}", "ü".repeat(150), "é".repeat(150));
        assert!(set(|terms| give(&text, &(300..309), terms)).contains(".assistant"));
        assert!(set(|terms| give("ai", &(0..2), terms)).contains(".ai"));
    }
}
