//! Finds many words in a text at once.
//!
//! At nearly every place of a text no word begins, and a look at three bytes shows it. An automaton would take a step for every
//! byte, through tables that no cache holds when there are thousands of words, and that take long to build.

use std::cmp::Reverse;
use std::collections::VecDeque;

/// A set of words: a tree by their bytes, in which the children of a node stand side by side.
#[derive(Debug)]
pub(crate) struct Tree {
    /// For each first byte the node that it leads to; 0 for none.
    roots: [u32; 256],
    /// The children of node `n` are those from `children[n]` up to `children[n + 1]`.
    children: Vec<u32>,
    /// The byte that leads to a node.
    bytes: Vec<u8>,
    /// The words that end at node `n` are those from `ends[n]` up to `ends[n + 1]` of `words`.
    ends: Vec<u32>,
    words: Vec<u32>,
    /// Of every byte what counts of it in a key.
    classes: [u8; 256],
    /// What the first three bytes of some word come to.
    beginnings: Keys,
    /// The same of words that have no fourth.
    short: Keys,
    /// What the second to fourth byte of some word come to.
    second: Keys,
}

/// A word found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its place among the words that the tree was made from.
    pub(crate) word: usize,
    /// First byte.
    pub(crate) start: usize,
    /// One past the last.
    pub(crate) end: usize,
}

/// How many bits a class has.
const BITS: usize = 5;
/// The class of bytes that stand in no beginning, and of what stands behind the end of a text.
const OTHER: u8 = 0;
const CLASSES: u8 = 1 << BITS;
/// How many words of 64 bits hold a bit for every key.
const WORDS: usize = 1 << (3 * BITS) >> 6;

impl Tree {
    /// A tree of these words. Empty ones are never found.
    pub(crate) fn new<W: AsRef<str>>(words: &[W]) -> Self {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let mut order: Vec<usize> = (0..words.len()).filter(|&word| !words[word].is_empty()).collect();
        order.sort_by_key(|&word| words[word].as_bytes());
        let mut tree = Self {
            roots: [0; 256],
            children: vec![1],
            bytes: vec![0],
            ends: vec![0],
            words: Vec::new(),
            classes: [OTHER; 256],
            beginnings: Keys::default(),
            short: Keys::default(),
            second: Keys::default(),
        };
        tree.note_beginnings(&words);
        // Breadth first, so that the children of a node are neighbours. A node is a stretch of the sorted words that begin with
        // the same bytes.
        let mut nodes = VecDeque::from([(0, order.len(), 0)]);
        while let Some((from, to, depth)) = nodes.pop_front() {
            let byte = |at: usize| words[order[at]].as_bytes().get(depth).copied();
            let ended = (from..to).take_while(|&at| byte(at).is_none()).count();
            tree.words.extend(order[from..from + ended].iter().map(|&word| word as u32));
            tree.ends.push(tree.words.len() as u32);
            let mut at = from + ended;
            while let Some(label) = (at < to).then(|| byte(at)).flatten() {
                let alike = (at..to).take_while(|&at| byte(at) == Some(label)).count();
                if depth == 0 {
                    tree.roots[usize::from(label)] = tree.bytes.len() as u32;
                }
                tree.bytes.push(label);
                nodes.push_back((at, at + alike, depth + 1));
                at += alike;
            }
            tree.children.push(tree.bytes.len() as u32);
        }
        tree
    }

    fn note_beginnings(&mut self, words: &[&str]) {
        let mut counts: Vec<(usize, u8)> = (0..=u8::MAX).map(|byte| (0, byte)).collect();
        for word in words {
            // What is mistaken for the byte of a very short word is mistaken for the word.
            let weight = if word.len() <= 2 { words.len() } else { 1 };
            word.bytes().take(3).for_each(|byte| counts[usize::from(byte)].0 += weight);
        }
        counts.sort_by_key(|&(count, byte)| (Reverse(count), byte));
        // Where there are too many for a class each, the rarest share one.
        for ((_, byte), class) in counts.into_iter().take_while(|(count, _)| *count > 0).zip(1..) {
            self.classes[usize::from(byte)] = class.min(CLASSES - 1);
        }
        for word in words.iter().map(|word| word.as_bytes()).filter(|word| !word.is_empty()) {
            // A short word may be followed by anything.
            let class = |at: usize| word.get(at).map(|&byte| self.classes[usize::from(byte)]);
            self.beginnings.add([class(0), class(1), class(2)]);
            if word.len() <= 3 {
                self.short.add([class(0), class(1), class(2)]);
            } else {
                self.second.add([class(1), class(2), class(3)]);
            }
        }
    }

    /// Whether a word begins with this byte.
    #[inline]
    pub(crate) fn begins(&self, byte: u8) -> bool {
        self.roots[usize::from(byte)] != 0
    }

    /// Calls `each` with every word that begins at a place of a text, short ones first.
    #[inline]
    pub(crate) fn at(&self, text: &[u8], start: usize, mut each: impl FnMut(Found)) {
        let class = |at: usize| text.get(at).map_or(OTHER, |&byte| self.classes[usize::from(byte)]);
        let key = Key::of([class(start), class(start + 1), class(start + 2)]);
        if self.beginnings.has(key) && (self.short.has(key) || self.second.has(key.then(class(start + 3)))) {
            self.walk(text, start, false, &mut each);
        }
    }

    /// Calls `each` with every word in a text, by their beginnings. The words are in lower case, the text is in any.
    pub(crate) fn each_in_any_case(&self, text: &[u8], mut each: impl FnMut(Found)) {
        let mut classes = self.classes;
        for letter in b'A'..=b'Z' {
            classes[usize::from(letter)] = classes[usize::from(letter.to_ascii_lowercase())];
        }
        let class = |at: usize| text.get(at).map_or(OTHER, |&byte| classes[usize::from(byte)]);
        let mut key = Key::of([OTHER, class(0), class(1)]);
        for start in 0..text.len() {
            key = key.then(class(start + 2));
            if self.beginnings.has(key)
                && (self.short.has(key) || self.second.has(key.then(class(start + 3))))
            {
                self.walk(text, start, true, &mut each);
            }
        }
    }

    /// Whether one of the words stands in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let (text, mut found) = (text.as_bytes(), false);
        for start in 0..text.len() {
            self.at(text, start, |_| found = true);
            if found {
                break;
            }
        }
        found
    }

    /// Calls `each` with every word that begins here. Seldom needed, so not to stand in the way of the loops above.
    #[inline(never)]
    fn walk(&self, text: &[u8], start: usize, any_case: bool, each: &mut dyn FnMut(Found)) {
        let read = |byte: u8| if any_case { byte.to_ascii_lowercase() } else { byte };
        let mut node = self.roots[usize::from(read(text[start]))] as usize;
        if node == 0 {
            return;
        }
        let mut end = start + 1;
        loop {
            for &word in &self.words[self.ends[node] as usize..self.ends[node + 1] as usize] {
                each(Found { word: word as usize, start, end });
            }
            let Some(byte) = text.get(end).map(|&byte| read(byte)) else { return };
            let first = self.children[node] as usize;
            let labels = &self.bytes[first..self.children[node + 1] as usize];
            let Ok(child) = labels.binary_search(&byte) else { return };
            node = first + child;
            end += 1;
        }
    }
}

/// Three classes, those of neighbouring bytes.
#[derive(Debug, Clone, Copy)]
struct Key(usize);

impl Key {
    #[inline]
    fn of([first, second, third]: [u8; 3]) -> Self {
        Self(usize::from(first) | usize::from(second) << BITS | usize::from(third) << (2 * BITS))
    }

    /// The key one byte further on.
    #[inline]
    fn then(self, class: u8) -> Self {
        Self(self.0 >> BITS | usize::from(class) << (2 * BITS))
    }
}

/// A set of keys, a bit each.
#[derive(Debug)]
struct Keys(Box<[u64; WORDS]>);

impl Default for Keys {
    fn default() -> Self {
        Self(Box::new([0; WORDS]))
    }
}

impl Keys {
    /// Adds the keys of these classes, where `None` is any.
    fn add(&mut self, classes: [Option<u8>; 3]) {
        let [first, second, third] = classes.map(|class| class.map_or(0..CLASSES, |class| class..class + 1));
        for first in first {
            for second in second.clone() {
                for third in third.clone() {
                    let Key(key) = Key::of([first, second, third]);
                    self.0[key >> 6] |= 1 << (key & 63);
                }
            }
        }
    }

    #[inline]
    fn has(&self, Key(key): Key) -> bool {
        self.0[key >> 6 & (WORDS - 1)] >> (key & 63) & 1 != 0
    }
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
    fn the_tree_finds_what_an_automaton_finds() {
        let words = FEW.map(str::to_owned);
        let tree = Tree::new(&words);
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
            (0..text.len()).for_each(|at| tree.at(text.as_bytes(), at, |found| here.push(found)));
            tree.each_in_any_case(text.as_bytes(), |found| anywhere.push(found));
            assert_eq!(tree.is_in(&text), !here.is_empty(), "{text:?}");
            assert_eq!(sorted(here), expected(&exact, &text), "{text:?}");
            assert_eq!(sorted(anywhere), expected(&any_case, &text), "{text:?}");
        }
    }

    #[test]
    fn more_bytes_than_classes_share_them() {
        let words: Vec<String> = (' '..='~').map(|c| format!("{c}{c}{c}")).collect();
        let tree = Tree::new(&words);
        let mut found = Vec::new();
        (0..9).for_each(|at| tree.at(b"xxx;;;!!!", at, |one| found.push(words[one.word].as_str())));
        assert_eq!(found, ["xxx", ";;;", "!!!"]);
    }
}
