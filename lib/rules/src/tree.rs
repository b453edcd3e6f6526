//! Finds many words in a text at once.
//!
//! At nearly every place of a text no word begins, and a look at four bytes shows it. An automaton would take a step for every
//! byte, through tables that no cache holds when there are thousands of words, and that take long to build.

mod beginnings;
mod jumps;

use beginnings::{Beginnings, Place};
use jumps::Jumps;
use std::collections::VecDeque;

/// A set of words: a tree by their bytes, in which the children of a node stand side by side.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// For each node the byte that leads to it.
    labels: Vec<u8>,
    /// The words, by the nodes at which they end.
    words: Vec<u32>,
    /// Where a word can begin.
    beginnings: Beginnings,
    /// The nodes that the first bytes of words lead to: one, two and four.
    ones: Jumps<1>,
    twos: Jumps<2>,
    fours: Jumps<4>,
}

/// What is behind a node.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// The first of its children, and how many they are.
    child: u32,
    children: u16,
    /// How many words end here, the first of them in `words`.
    ended: u16,
    word: u32,
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

impl Tree {
    /// A tree of these words. Empty ones are never found, and of equal ones the first 65 535.
    pub(crate) fn new<W: AsRef<str>>(words: &[W]) -> Self {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_ref().as_bytes()).collect();
        let mut order: Vec<usize> = (0..words.len()).filter(|&word| !words[word].is_empty()).collect();
        order.sort_by_key(|&word| words[word]);
        let (mut nodes, mut labels, mut ends) = (Vec::new(), vec![0], Vec::new());
        let (mut ones, mut twos, mut fours) = (Vec::new(), Vec::new(), Vec::new());
        // Breadth first, so that the children of a node are neighbours. A node is a stretch of the sorted words that begin with
        // the same bytes.
        let mut stretches = VecDeque::from([(0, order.len(), 0)]);
        while let Some((from, to, depth)) = stretches.pop_front() {
            let at = nodes.len() as u32;
            if let Some(&first) = order.get(from) {
                let word = words[first];
                note(&mut ones, word, depth, at);
                note(&mut twos, word, depth, at);
                note(&mut fours, word, depth, at);
            }
            let byte = |at: usize| words[order[at]].get(depth).copied();
            let ended = (from..to).take_while(|&at| byte(at).is_none()).count();
            let (word, child) = (ends.len() as u32, labels.len() as u32);
            ends.extend(order[from..from + ended].iter().map(|&word| word as u32));
            let mut next = from + ended;
            while let Some(label) = (next < to).then(|| byte(next)).flatten() {
                let alike = (next..to).take_while(|&at| byte(at) == Some(label)).count();
                labels.push(label);
                stretches.push_back((next, next + alike, depth + 1));
                next += alike;
            }
            let children = (labels.len() as u32 - child) as u16;
            nodes.push(Node { child, children, ended: ended.min(0xffff) as u16, word });
        }
        Self {
            nodes,
            labels,
            words: ends,
            beginnings: Beginnings::of(words.iter().copied()),
            ones: Jumps::new(&ones),
            twos: Jumps::new(&twos),
            fours: Jumps::new(&fours),
        }
    }

    /// Calls `each` with every word in a text that stands where `here` says that one may begin.
    #[inline]
    pub(crate) fn each(&self, text: &[u8], here: impl Fn(usize) -> bool, mut each: impl FnMut(Found)) {
        self.beginnings.each(text, |start, place| {
            if here(start) {
                self.walk::<false>(text, start, place, &mut each);
            }
        });
    }

    /// Calls `each` with every word in a text. The words are in lower case, the text is in any.
    pub(crate) fn each_in_any_case(&self, text: &[u8], mut each: impl FnMut(Found)) {
        self.beginnings.each(text, |start, place| self.walk::<true>(text, start, place, &mut each));
    }

    /// Whether one of the words stands in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let mut found = false;
        self.each(text.as_bytes(), |_| true, |_| found = true);
        found
    }

    /// Calls `each` with every word that begins here, short ones first. Seldom needed, so not to stand in the way of the loops
    /// above.
    #[inline(never)]
    fn walk<const ANY_CASE: bool>(
        &self,
        text: &[u8],
        start: usize,
        place: Place,
        each: &mut dyn FnMut(Found),
    ) {
        let read = |byte: &u8| if ANY_CASE { byte.to_ascii_lowercase() } else { *byte };
        let rest = &text[start..];
        let (first, mut end) = match (place, rest) {
            (Place::Alone, [a, ..]) => (self.ones.node([read(a)]), start + 1),
            (Place::Short, [a, b, ..]) => (self.twos.node([read(a), read(b)]), start + 2),
            (Place::Long, [a, b, c, d, ..]) => (self.fours.node([a, b, c, d].map(read)), start + 4),
            _ => return,
        };
        let Some(mut at) = first else { return };
        loop {
            let Node { child, children, ended, word } = self.nodes[at];
            for &word in &self.words[word as usize..][..usize::from(ended)] {
                each(Found { word: word as usize, start, end });
            }
            if matches!(place, Place::Alone) {
                return;
            }
            let Some(byte) = text.get(end).map(read) else { return };
            let labels = &self.labels[child as usize..][..usize::from(children)];
            let Some(next) = labels.iter().position(|label| *label == byte) else { return };
            at = child as usize + next;
            end += 1;
        }
    }
}

/// Notes the node that the first bytes of a word lead to, if it is so deep.
fn note<const N: usize>(nodes: &mut Vec<([u8; N], u32)>, word: &[u8], depth: usize, node: u32) {
    nodes.extend(word.first_chunk().filter(|_| depth == N).map(|&bytes| (bytes, node)));
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
            tree.each(text.as_bytes(), |_| true, |found| here.push(found));
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
        tree.each(b"xxx;;;!!!", |_| true, |one| found.push(words[one.word].as_str()));
        assert_eq!(found, ["xxx", ";;;", "!!!"]);
    }
}
