//! Finds many words in a text by the rarest pair of bytes in each.
//!
//! At nearly every place of a text stands no such pair, and one look at a table shows it.

/// A set of words, to be found in any case of ASCII.
#[derive(Debug)]
pub struct RarePairs {
    /// For every pair of bytes the bucket of the words whose rarest it is; 0 for none.
    buckets: Box<[u8; 1 << 16]>,
    /// The words of each bucket.
    words: Vec<Vec<Word>>,
}

#[derive(Debug)]
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
        let mut set = Self { buckets: Box::new([0; 1 << 16]), words: vec![Vec::new()] };
        for (number, text) in words.enumerate() {
            let bytes = text.as_bytes();
            let rarity = |&at: &usize| frequency(bytes[at - 1]) * frequency(bytes[at]);
            if let Some(offset) = (1..bytes.len()).min_by_key(rarity) {
                let bucket = set.bucket([bytes[offset - 1], bytes[offset]]);
                set.words[usize::from(bucket)].push(Word { text, offset, number });
            }
        }
        set
    }

    /// The bucket of a pair, in whatever case.
    fn bucket(&mut self, [first, second]: [u8; 2]) -> u8 {
        let key = |first: u8, second: u8| usize::from(first) << 8 | usize::from(second);
        let known = self.buckets[key(first, second)];
        if known != 0 {
            return known;
        }
        // Where there are too many, the later ones share the last.
        let bucket = u8::try_from(self.words.len()).unwrap_or(u8::MAX);
        self.words.resize_with(usize::from(bucket) + 1, Vec::new);
        for first in [first, first.to_ascii_uppercase()] {
            for second in [second, second.to_ascii_uppercase()] {
                self.buckets[key(first, second)] = bucket;
            }
        }
        bucket
    }

    /// Calls `each` with the number of every word in a text and a place within it that is not its first byte, in the
    /// order of these places.
    #[inline]
    pub fn each(&self, text: &[u8], mut each: impl FnMut(usize, usize)) {
        let mut pair = 0_u16;
        for (at, &byte) in text.iter().enumerate() {
            pair = pair << 8 | u16::from(byte);
            let bucket = self.buckets[usize::from(pair)];
            if bucket != 0 {
                self.check(text, at, bucket, &mut each);
            }
        }
    }

    /// Tells the words of a bucket whose pair ends at a place. Seldom needed, so not to stand in the way of the loop above.
    #[inline(never)]
    fn check(&self, text: &[u8], at: usize, bucket: u8, each: &mut dyn FnMut(usize, usize)) {
        for word in &self.words[usize::from(bucket)] {
            let Some(start) = at.checked_sub(word.offset) else { continue };
            let end = start + word.text.len();
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
        let words = ["ab", "abc", "bca", "cab", "aa", "b-c"];
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
                let there = (0..lower.len())
                    .filter(|at| lower.as_bytes()[*at..].starts_with(word.as_bytes()))
                    .count();
                assert_eq!(here, there, "{word} in {text:?}");
            }
            assert!(found.is_sorted_by_key(|(at, _)| *at));
        }
    }

    #[test]
    fn more_pairs_than_buckets_share_them() {
        let letters = "abcdefghijklmnopqrstuvwxyz";
        let words: Vec<String> =
            letters.chars().flat_map(|a| letters.chars().map(move |b| format!("{a}{b}"))).collect();
        let words: Vec<&'static str> = words.into_iter().map(|word| &*word.leak()).collect();
        let set = RarePairs::new(words.iter().copied());
        for (number, word) in words.iter().enumerate() {
            let mut found = Vec::new();
            set.each(word.as_bytes(), |_, word| found.push(word));
            assert_eq!(found, [number]);
        }
    }
}
