//! Finds many words in a text at once.
//!
//! At nearly every place of a text no word begins, and a look at four bytes shows it. Where one may begin, the few words that begin
//! with these bytes are compared eight bytes at once. An automaton would take a step for every byte, through tables that no cache
//! holds when there are thousands of words, and that take long to build.

mod beginnings;
mod heads;

use crate::eight;
use beginnings::{Beginnings, Place};
use heads::Heads;

/// A set of words.
#[derive(Debug)]
pub(crate) struct WordSet {
    /// Where a word can begin.
    beginnings: Beginnings,
    /// Words of one byte, of two or three, and longer ones, by their first bytes.
    ones: Heads<1>,
    twos: Heads<2>,
    fours: Heads<4>,
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
    /// The bytes of `next` that count.
    mask: u64,
    /// Its place among the words that the set was made from.
    word: u32,
    /// Its length in bytes.
    length: u32,
    /// Where in `rests` the bytes stand that are not in `next`, and how many they are.
    rest: (u32, u32),
}

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
        let mut head = |lengths: std::ops::RangeInclusive<usize>, skipped: usize| {
            let kind = order.iter().filter(|&&word| lengths.contains(&words[word].len()));
            let first = entries.len();
            entries.extend(kind.clone().map(|&word| Entry::of(words[word], word, skipped, &mut rests)));
            let mut heads: Vec<(&[u8], std::ops::Range<u32>)> = Vec::new();
            for (at, &word) in (first as u32..).zip(kind) {
                let head = &words[word][..skipped];
                match heads.last_mut() {
                    Some(last) if last.0 == head => last.1.end = at + 1,
                    _ => heads.push((head, at..at + 1)),
                }
            }
            heads
        };
        let (ones, twos, fours) = (head(1..=1, 1), head(2..=3, 2), head(4..=usize::MAX, 4));
        Self {
            beginnings: Beginnings::of(words.iter().copied()),
            ones: table(&ones),
            twos: table(&twos),
            fours: table(&fours),
            entries,
            rests,
        }
    }

    /// Calls `each` with every word that begins at a place of a text.
    #[inline]
    pub(crate) fn each_at(&self, text: &[u8], start: usize, mut each: impl FnMut(Found)) {
        self.beginnings.at(text, start, |place| self.at::<false>(text, start, place, &mut each));
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
        let read = |byte: &u8| if ANY_CASE { byte.to_ascii_lowercase() } else { *byte };
        let (entries, behind) = match (place, &text[start..]) {
            (Place::Long, [a, b, c, d, behind @ ..]) => {
                (self.fours.entries([read(a), read(b), read(c), read(d)]), behind)
            }
            (Place::Short, [a, b, behind @ ..]) => (self.twos.entries([read(a), read(b)]), behind),
            (Place::Alone, [a, behind @ ..]) => (self.ones.entries([read(a)]), behind),
            _ => return,
        };
        if entries.is_empty() {
            return;
        }
        // Zeros behind the end are like no word.
        let next = eight::load(behind, 0);
        let next = if ANY_CASE { eight::lower(next) } else { next };
        for entry in &self.entries[entries] {
            if (next ^ entry.next) & entry.mask == 0 && self.goes_on::<ANY_CASE>(behind, entry) {
                each(Found { word: entry.word as usize, start, end: start + entry.length as usize });
            }
        }
    }

    /// Whether a text has the rest of a word too.
    fn goes_on<const ANY_CASE: bool>(&self, behind: &[u8], entry: &Entry) -> bool {
        let (from, length) = (entry.rest.0 as usize, entry.rest.1 as usize);
        let rest = &self.rests[from..from + length];
        length == 0
            || behind.get(8..8 + length).is_some_and(|behind| {
                if ANY_CASE { behind.eq_ignore_ascii_case(rest) } else { behind == rest }
            })
    }
}

impl Entry {
    /// A word behind its first bytes.
    fn of(word: &[u8], number: usize, skipped: usize, rests: &mut Vec<u8>) -> Self {
        let behind = &word[skipped..];
        let (next, rest) = behind.split_at(behind.len().min(8));
        let place = (rests.len() as u32, rest.len() as u32);
        rests.extend_from_slice(rest);
        Self {
            next: eight::load(next, 0),
            mask: eight::load(&[u8::MAX; 8][..next.len()], 0),
            word: number as u32,
            length: word.len() as u32,
            rest: place,
        }
    }
}

/// A table of heads that all have `N` bytes.
fn table<const N: usize>(heads: &[(&[u8], std::ops::Range<u32>)]) -> Heads<N> {
    let heads: Vec<_> =
        heads.iter().filter_map(|(head, entries)| Some((*head.first_chunk()?, entries.clone()))).collect();
    Heads::new(&heads)
}

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
            (0..text.len()).for_each(|at| set.each_at(text.as_bytes(), at, |found| here.push(found)));
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
        (0..9).for_each(|at| set.each_at(b"xxx;;;!!!", at, |one| found.push(words[one.word].as_str())));
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
