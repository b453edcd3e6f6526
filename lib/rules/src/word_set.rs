//! Finds many words in a text at once.
//!
//! At nearly every place of a text no word begins, and a look at a few bytes shows it. Where one may begin, the few words that begin
//! with these bytes are compared eight bytes at once. An automaton would take a step for every byte, through tables that no cache
//! holds when there are thousands of words, and that take long to build.

mod beginnings;
mod heads;

use crate::eight;
use beginnings::{Beginnings, Place};
use heads::{Head, Heads};
use std::ops::RangeInclusive;

/// A set of words.
#[derive(Debug)]
pub(crate) struct WordSet {
    /// Where a word can begin.
    beginnings: Beginnings,
    /// Words of one byte, of two or three, of four to seven, and longer ones, by their first bytes.
    ones: Heads<1>,
    twos: Heads<2>,
    fours: Heads<4>,
    eights: Heads<8>,
    /// The words in their order, those with the same first bytes side by side.
    entries: Vec<Entry>,
    /// What stands behind the first bytes and the next eight.
    rests: Vec<u8>,
}

/// A word without its first bytes.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The next eight bytes, zero where the word has ended.
    next: u64,
    /// Its place among the words that the set was made from.
    word: u32,
    /// How many bytes stand behind the first ones.
    behind: u32,
    /// Where in `rests` those stand that are not in `next`.
    rest: u32,
}

/// For a number of bytes, at most eight, as many of a word.
const MASKS: [u64; 9] = [
    0,
    0xff,
    0xffff,
    0xff_ffff,
    0xffff_ffff,
    0xff_ffff_ffff,
    0xffff_ffff_ffff,
    0xff_ffff_ffff_ffff,
    u64::MAX,
];

/// A word found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its place among the words that the set was made from.
    pub(crate) word: usize,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last.
    pub(crate) end: usize,
}

impl WordSet {
    /// A set of these words. Empty ones are never found.
    pub(crate) fn new<W: AsRef<str>>(words: &[W]) -> Self {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_ref().as_bytes()).collect();
        let mut order: Vec<usize> = (0..words.len()).filter(|&word| !words[word].is_empty()).collect();
        order.sort_by_key(|&word| words[word]);
        let (mut entries, mut rests) = (Vec::new(), Vec::new());
        // Each kind of word after the other, so that heads have their words side by side.
        let mut kind = |lengths: RangeInclusive<usize>, skipped: usize| {
            let kind = order.iter().filter(|&&word| lengths.contains(&words[word].len()));
            let first = entries.len() as u32;
            entries.extend(kind.clone().map(|&word| Entry::of(&words[word][skipped..], word, &mut rests)));
            (first..).zip(kind.map(|&word| words[word].split_at(skipped))).collect::<Vec<Split<'_>>>()
        };
        let (ones, twos) = (kind(1..=1, 1), kind(2..=3, 2));
        let (fours, eights) = (kind(4..=7, 4), kind(8..=usize::MAX, 8));
        Self {
            beginnings: Beginnings::of(words.iter().copied()),
            ones: table(&ones),
            twos: table(&twos),
            fours: table(&fours),
            eights: table(&eights),
            entries,
            rests,
        }
    }

    /// Calls `each` with every word that begins at one of these places of a text, at most 64.
    #[inline]
    pub(crate) fn each_at(&self, text: &[u8], places: &[usize], mut each: impl FnMut(Found)) {
        self.beginnings.among(text, places, |start, place| self.at::<false>(text, start, place, &mut each));
    }

    /// Calls `each` with every word in a text. The words are in lower case, the text is in any.
    pub(crate) fn each_in_any_case(&self, text: &[u8], mut each: impl FnMut(Found)) {
        self.beginnings.each(text, |start, place| self.at::<true>(text, start, place, &mut each));
    }

    /// Whether one of the words stands in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let mut found = false;
        let text = text.as_bytes();
        self.beginnings
            .each(text, |start, place| self.at::<false>(text, start, place, &mut |_| found = true));
        found
    }

    /// Calls `each` with every word of a kind that begins here, short ones first. Seldom needed, so not to stand in the way of
    /// the loops above.
    #[inline(never)]
    fn at<const ANY_CASE: bool>(&self, text: &[u8], start: usize, place: Place, each: &mut dyn FnMut(Found)) {
        let here = &text[start..];
        let (entries, behind) = match place {
            Place::Alone => self.ones.begin::<ANY_CASE>(here),
            Place::Short => self.twos.begin::<ANY_CASE>(here),
            Place::Long => self.fours.begin::<ANY_CASE>(here),
            Place::Longest => self.eights.begin::<ANY_CASE>(here),
        };
        if entries.is_empty() {
            return;
        }
        let first = text.len() - behind.len();
        // Zeros behind the end are like no word.
        let next = eight::load(behind, 0);
        let next = if ANY_CASE { eight::lower(next) } else { next };
        for entry in &self.entries[entries] {
            let length = entry.behind as usize;
            if (next ^ entry.next) & MASKS[length.min(8)] == 0 && self.goes_on::<ANY_CASE>(behind, entry) {
                each(Found { word: entry.word as usize, start, end: first + length });
            }
        }
    }

    /// Whether a text has the rest of a word too.
    fn goes_on<const ANY_CASE: bool>(&self, behind: &[u8], entry: &Entry) -> bool {
        let (from, length) = (entry.rest as usize, (entry.behind as usize).saturating_sub(8));
        let rest = &self.rests[from..from + length];
        length == 0
            || behind.get(8..8 + length).is_some_and(|behind| {
                if ANY_CASE { behind.eq_ignore_ascii_case(rest) } else { behind == rest }
            })
    }
}

impl Entry {
    /// A word by what stands behind its first bytes.
    fn of(behind: &[u8], word: usize, rests: &mut Vec<u8>) -> Self {
        let (next, rest) = behind.split_at(behind.len().min(8));
        let place = rests.len() as u32;
        rests.extend_from_slice(rest);
        Self { next: eight::load(next, 0), word: word as u32, behind: behind.len() as u32, rest: place }
    }
}

/// A table of the first bytes of words, which all have `N`: the words come with their places among the entries, split there.
fn table<const N: usize>(words: &[Split<'_>]) -> Heads<N> {
    let mut heads: Vec<Head> = Vec::new();
    for &(at, (first, behind)) in words {
        let (bytes, bit) = (eight::load(first, 0), Head::bit(behind));
        match heads.last_mut() {
            Some(last) if last.bytes == bytes => {
                last.entries.end = at + 1;
                last.next |= bit;
            }
            _ => heads.push(Head { bytes, entries: at..at + 1, next: bit }),
        }
    }
    Heads::new(&heads)
}

/// The place of a word among the entries, and the word split behind its first bytes.
type Split<'a> = (u32, (&'a [u8], &'a [u8]));

#[cfg(test)]
mod tests {
    use super::*;
    use aho_corasick::AhoCorasick;

    const FEW: [&str; 16] = [
        "ab",
        "a",
        "abc",
        "ab",
        "bc",
        "c",
        " b",
        "ab cd",
        "cd",
        "забудь",
        "будь",
        "忘了",
        "忘",
        "é",
        "b c",
        "",
    ];

    /// Every text of five letters from an alphabet.
    fn texts() -> impl Iterator<Item = String> {
        let alphabet = ["a", "b", "C", "d", " ", "забудь", "忘了", "é", "B"];
        (0..alphabet.len().pow(5)).map(move |number| {
            (0..5).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect()
        })
    }

    fn sorted(mut found: Vec<Found>) -> Vec<Found> {
        found.sort_by_key(|found| (found.start, found.end, found.word));
        found
    }

    #[test]
    fn the_set_finds_what_an_automaton_finds() {
        let words = FEW.map(str::to_owned);
        let set = WordSet::new(&words);
        let automaton = |any_case: bool| {
            AhoCorasick::builder().ascii_case_insensitive(any_case).build(&words[..15]).unwrap()
        };
        let (exact, any_case) = (automaton(false), automaton(true));
        let expected = |automaton: &AhoCorasick, text: &str| {
            let found = automaton.find_overlapping_iter(text);
            let found =
                found.map(|hit| Found { word: hit.pattern().as_usize(), start: hit.start(), end: hit.end() });
            sorted(found.collect())
        };
        for text in texts() {
            let (mut here, mut anywhere) = (Vec::new(), Vec::new());
            let places: Vec<usize> = (0..text.len()).collect();
            set.each_at(text.as_bytes(), &places, |found| here.push(found));
            set.each_in_any_case(text.as_bytes(), |found| anywhere.push(found));
            assert_eq!(set.is_in(&text), !here.is_empty(), "{text:?}");
            assert_eq!(sorted(here), expected(&exact, &text), "{text:?}");
            assert_eq!(sorted(anywhere), expected(&any_case, &text), "{text:?}");
        }
    }

    #[test]
    fn more_bytes_than_classes_share_them() {
        let words: Vec<String> = (' '..='~').map(|c| format!("{c}{c}{c}")).collect();
        let set = WordSet::new(&words);
        let mut found = Vec::new();
        let places: Vec<usize> = (0..9).collect();
        set.each_at(b"xxx;;;!!!", &places, |one| found.push(words[one.word].as_str()));
        assert_eq!(found, ["xxx", ";;;", "!!!"]);
    }

    #[test]
    fn long_words_are_compared_to_their_end() {
        let words =
            ["previous instructions", "previous instruction", "previous", "prev", "previous instructs"];
        let set = WordSet::new(&words);
        let found = |text: &str| {
            let mut found = Vec::new();
            set.each_in_any_case(text.as_bytes(), |one| found.push(words[one.word]));
            found
        };
        assert_eq!(
            found("PREVIOUS instructionS"),
            ["prev", "previous", "previous instruction", "previous instructions"]
        );
        assert_eq!(found("previous instructs"), ["prev", "previous", "previous instructs"]);
        assert_eq!(found("previous instruct"), ["prev", "previous"]);
    }
}
