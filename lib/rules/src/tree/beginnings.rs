//! Where a word can begin at all, told by four bytes.

/// How a word can begin at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It may be this byte.
    Alone,
    /// It may be one of two or three bytes.
    Short,
    /// It may be one of at least four.
    Long,
}

/// How words begin: case does not count, and now and then something else comes to the same.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// For the first two bytes a bit for what the third comes to.
    thirds: Box<[u64; PAIRS]>,
    /// The same of words of two or three bytes alone.
    short: Box<[u64; PAIRS]>,
    /// The same of the fourth byte of longer ones.
    fourths: Box<[u64; PAIRS]>,
    /// Bytes that are words by themselves: they say nothing of what follows.
    alone: Vec<u8>,
}

/// So many pairs of bytes there are.
const PAIRS: usize = 1 << 16;

impl Beginnings {
    /// The beginnings of these words.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let mut alone: Vec<u8> = words.clone().filter(|word| word.len() == 1).map(|word| word[0]).collect();
        alone.sort_unstable();
        alone.dedup();
        let mut beginnings = Self { thirds: table(), short: table(), fourths: table(), alone };
        for word in words.filter(|word| word.len() > 1) {
            let pair = pair([word[0], word[1]]);
            // A word of two bytes may be followed by anything.
            let third = word.get(2).map_or(u64::MAX, |&byte| 1 << class(byte));
            beginnings.thirds[pair] |= third;
            match word.get(3) {
                Some(&byte) => beginnings.fourths[pair] |= 1 << class(byte),
                None => beginnings.short[pair] |= third,
            }
        }
        beginnings
    }

    /// Calls `each` with how a word can begin with four bytes.
    #[inline]
    fn here(&self, [first, second, third, fourth]: [u8; 4], mut each: impl FnMut(Place)) {
        let pair = pair([first, second]);
        if has(self.thirds[pair], third) {
            if has(self.short[pair], third) {
                each(Place::Short);
            }
            if has(self.fourths[pair], fourth) {
                each(Place::Long);
            }
        }
    }

    /// Calls `each` with how a word can begin at a place of a text.
    #[inline]
    pub(super) fn at(&self, text: &[u8], start: usize, mut each: impl FnMut(Place)) {
        match text[start..].first_chunk() {
            Some(bytes) => self.here(*bytes, &mut each),
            None => each(Place::Short),
        }
        if self.alone.contains(&text[start]) {
            each(Place::Alone);
        }
    }

    /// Calls `each` with every place of a text where a word can begin, and how; bytes that are words by themselves come last.
    #[inline]
    pub(super) fn each(&self, text: &[u8], mut each: impl FnMut(usize, Place)) {
        for (start, bytes) in text.windows(4).enumerate() {
            self.here([bytes[0], bytes[1], bytes[2], bytes[3]], |place| each(start, place));
        }
        // Near the end, behind which stands anything, is room for short words only.
        for start in text.len().saturating_sub(3)..text.len().saturating_sub(1) {
            each(start, Place::Short);
        }
        for &byte in &self.alone {
            memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text)
                .for_each(|start| each(start, Place::Alone));
        }
    }
}

/// Whether a set of what bytes come to has this one.
#[inline]
fn has(bits: u64, byte: u8) -> bool {
    bits >> class(byte) & 1 != 0
}

/// The place of two bytes in a table.
#[inline]
fn pair(bytes: [u8; 2]) -> usize {
    // Letters in both cases come to the same, as do some signs.
    usize::from(u16::from_le_bytes(bytes) | 0x2020)
}

/// What a byte comes to: as many things as a number of 64 bits has bits.
#[inline]
fn class(byte: u8) -> u8 {
    (byte | 0x20) & 63
}

/// A table of all pairs. It is on the heap from the start: no stack is as large.
fn table() -> Box<[u64; PAIRS]> {
    let table = vec![0; PAIRS].into_boxed_slice();
    // It has just that length.
    table.try_into().unwrap_or_else(|_| Box::new([0; PAIRS]))
}
