//! Finds many words in a text by the rarest bytes in each.
//!
//! At nearly every place of a text stands no pair of bytes that is rare enough, and one look at a table shows it. Every
//! word is known by two pairs that overlap, so that only every other pair needs the look.

/// A set of words, to be found in any case of ASCII.
#[derive(Debug)]
pub struct RarePairs {
    /// For every pair of bytes the bucket of the words that are known by it; 0 for none.
    buckets: Box<[u16; 1 << 16]>,
    words: Vec<Bucket>,
}

/// The words that are known by a pair.
#[derive(Debug, Default)]
struct Bucket {
    words: Vec<Word>,
    /// What may follow the pair, a bit each.
    following: [u128; 2],
}

#[derive(Debug, Clone, Copy)]
struct Word {
    text: &'static str,
    /// Where in it the second byte of the pair stands.
    offset: usize,
    /// Its place among the words that the set was made from.
    number: usize,
}

impl RarePairs {
    /// A set of words in lower case. What is shorter than two bytes is never found.
    pub fn new(words: impl Iterator<Item = &'static str>) -> Self {
        let mut set = Self { buckets: Box::new([0; 1 << 16]), words: vec![Bucket::default()] };
        for (number, text) in words.enumerate() {
            let bytes = text.as_bytes();
            let pair = |at: usize| frequency(bytes[at - 1]) * frequency(bytes[at]);
            let word = |offset| Word { text, offset, number };
            // What follows both pairs is worth knowing, unless the word is too short for that.
            let last = bytes.len().saturating_sub(2).max(2).min(bytes.len().saturating_sub(1));
            if let Some(at) = (1..last).min_by_key(|&at| pair(at) + pair(at + 1)) {
                set.add([bytes[at - 1], bytes[at]], word(at));
                set.add([bytes[at], bytes[at + 1]], word(at + 1));
            } else if let &[first, second] = bytes {
                set.add([first, second], word(1));
                // Too short for two pairs: the other one begins with whatever stands before.
                let before = (0..=u8::MAX).filter(|byte| !byte.is_ascii_uppercase());
                before.for_each(|before| set.add([before, first], word(0)));
            }
        }
        set
    }

    /// Makes a word known by a pair, in whatever case.
    fn add(&mut self, [first, second]: [u8; 2], word: Word) {
        let known = self.buckets[usize::from(u16::from_ne_bytes([first, second]))];
        // Where there are too many pairs, the later ones share the last bucket.
        let new = u16::try_from(self.words.len()).unwrap_or(u16::MAX);
        let bucket = if known == 0 { new } else { known };
        if usize::from(bucket) == self.words.len() {
            self.words.push(Bucket::default());
        }
        self.words[usize::from(bucket)].add(word);
        for first in [first, first.to_ascii_uppercase()] {
            for second in [second, second.to_ascii_uppercase()] {
                self.buckets[usize::from(u16::from_ne_bytes([first, second]))] = bucket;
            }
        }
    }

    /// Calls `each` with the number of every word in a text and a place within it, in the order of these places.
    #[inline]
    pub fn each(&self, text: &[u8], mut each: impl FnMut(usize, usize)) {
        let (pairs, _) = text.as_chunks::<2>();
        for (at, &pair) in pairs.iter().enumerate() {
            let bucket = self.buckets[usize::from(u16::from_ne_bytes(pair))];
            if bucket != 0 {
                let (bucket, at) = (&self.words[usize::from(bucket)], 2 * at + 1);
                if bucket.may_go_on(text.get(at + 1)) {
                    bucket.check(text, at, &mut each);
                }
            }
        }
    }
}

impl Bucket {
    fn add(&mut self, word: Word) {
        match word.text.as_bytes().get(word.offset + 1) {
            Some(byte) => [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]
                .iter()
                .for_each(|byte| self.following[usize::from(byte >> 7)] |= 1 << (byte & 0x7f)),
            None => self.following = [u128::MAX; 2],
        }
        self.words.push(word);
    }

    /// Whether one of the words may go on with a byte, or the end, after the pair.
    #[inline]
    fn may_go_on(&self, byte: Option<&u8>) -> bool {
        byte.is_none_or(|byte| self.following[usize::from(byte >> 7)] >> (byte & 0x7f) & 1 != 0)
    }

    /// Tells the words whose pair ends at a place. Seldom needed, so not to stand in the way of the loop above.
    #[inline(never)]
    fn check(&self, text: &[u8], at: usize, each: &mut dyn FnMut(usize, usize)) {
        for word in &self.words {
            let start = at.wrapping_sub(word.offset);
            let end = start.wrapping_add(word.text.len());
            if text.get(start..end).is_some_and(|part| part.eq_ignore_ascii_case(word.text.as_bytes())) {
                each(at, word.number);
            }
        }
    }
}

/// About how often a byte stands in texts and scripts; only the order counts.
fn frequency(byte: u8) -> u32 {
    const LETTERS: [u32; 26] =
        [80, 15, 32, 40, 120, 22, 20, 52, 72, 3, 8, 42, 26, 70, 76, 22, 2, 62, 66, 92, 28, 10, 18, 4, 18, 2];
    match byte {
        b'a'..=b'z' => LETTERS[usize::from(byte - b'a')],
        b' ' => 150,
        b'/' | b'.' | b'-' | b'<' | b'>' | b'=' | b'"' => 25,
        b'0'..=b'9' | b'_' | b':' | b'(' | b')' | b'\'' | b',' => 10,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        let words = ["ab", "abc", "bca", "cab", "aa", "b-c", "-", "c-ab"];
        let set = RarePairs::new(words.into_iter());
        let alphabet = ["a", "b", "C", "-", "é", "A"];
        for number in 0..alphabet.len().pow(5) {
            let text: String =
                (0..5).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect();
            let mut found = Vec::new();
            set.each(text.as_bytes(), |at, word| found.push((at, word)));
            let lower = text.to_ascii_lowercase();
            for (number, word) in words.iter().enumerate() {
                let here = found.iter().filter(|(_, found)| *found == number).count();
                let starts = |at: &usize| lower.as_bytes()[*at..].starts_with(word.as_bytes());
                // One byte is no pair.
                let there = (0..lower.len()).filter(|at| word.len() > 1 && starts(at)).count();
                assert_eq!(here, there, "{word} in {text:?}");
            }
            assert!(found.is_sorted_by_key(|(at, _)| *at));
        }
    }
}
