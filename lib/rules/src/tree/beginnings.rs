//! Where a word can begin at all, told by four bytes.

/// How a word can begin at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// With this byte, which is one by itself.
    Alone,
    /// With two bytes, with which one of fewer than four begins.
    Short,
    /// With four bytes.
    Long,
}

/// How words begin: case does not count, and now and then something else comes to the same.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// For the first two bytes a bit for what the third comes to.
    thirds: Box<[u64; PAIRS]>,
    /// The same for the fourth.
    fourths: Box<[u64; PAIRS]>,
    /// Two bytes with which a word of fewer than four begins.
    short: Box<[bool; PAIRS]>,
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
        let mut beginnings = Self { thirds: table(0), fourths: table(0), short: table(false), alone };
        for word in words.filter(|word| word.len() > 1) {
            let pair = pair([word[0], word[1]]);
            // A short word may be followed by anything.
            let bit = |at: usize| word.get(at).map_or(u64::MAX, |&byte| 1 << class(byte));
            beginnings.thirds[pair] |= bit(2);
            beginnings.fourths[pair] |= bit(3);
            beginnings.short[pair] |= word.len() < 4;
        }
        beginnings
    }

    /// Calls `each` with every place of a text where a word can begin; those of single bytes come last.
    #[inline]
    pub(super) fn each(&self, text: &[u8], mut each: impl FnMut(usize, Place)) {
        for (start, bytes) in text.windows(4).enumerate() {
            let four = [bytes[0], bytes[1], bytes[2], bytes[3]];
            if self.may_be(four) {
                each(start, if self.is_short(four) { Place::Short } else { Place::Long });
            }
        }
        // Behind the end stands anything.
        let padded = |start: usize| std::array::from_fn(|at| text.get(start + at).copied().unwrap_or(0));
        for start in text.len().saturating_sub(3)..text.len() {
            if self.may_be(padded(start)) {
                each(start, Place::Short);
            }
        }
        for &byte in &self.alone {
            memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text)
                .for_each(|start| each(start, Place::Alone));
        }
    }

    /// Whether a word of two bytes or more can begin with these.
    #[inline]
    fn may_be(&self, four: [u8; 4]) -> bool {
        let pair = pair([four[0], four[1]]);
        self.thirds[pair] >> class(four[2]) & 1 != 0 && self.fourths[pair] >> class(four[3]) & 1 != 0
    }

    /// Whether one of fewer than four may.
    fn is_short(&self, [first, second, ..]: [u8; 4]) -> bool {
        self.short[pair([first, second])]
    }
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
fn table<T: Copy>(value: T) -> Box<[T; PAIRS]> {
    let table = vec![value; PAIRS].into_boxed_slice();
    // It has just that length.
    table.try_into().unwrap_or_else(|_| Box::new([value; PAIRS]))
}
