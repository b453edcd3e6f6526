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
    /// For the first four bytes of longer ones a bit, in words of 64.
    long: Box<[u64; PAIRS / 64]>,
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
        let mut beginnings = Self { thirds: table(), short: table(), long: table(), alone };
        for word in words.filter(|word| word.len() > 1) {
            let four = Four::of(std::array::from_fn(|at| word.get(at).copied().unwrap_or(0)));
            // A word of two bytes may be followed by anything.
            let third = if word.len() > 2 { 1 << four.third() } else { u64::MAX };
            beginnings.thirds[four.pair()] |= third;
            if word.len() < 4 {
                beginnings.short[four.pair()] |= third;
            } else {
                let at = four.spread();
                beginnings.long[at / 64] |= 1 << (at % 64);
            }
        }
        beginnings
    }

    /// Calls `each` with how a word can begin with four bytes.
    #[inline]
    fn here(&self, four: [u8; 4], mut each: impl FnMut(Place)) {
        let four = Four::of(four);
        if self.thirds[four.pair()] >> four.third() & 1 != 0 {
            if self.short[four.pair()] >> four.third() & 1 != 0 {
                each(Place::Short);
            }
            let at = four.spread();
            if self.long[at / 64] >> (at % 64) & 1 != 0 {
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

/// Four bytes, of which letters in both cases come to the same, as do some signs.
#[derive(Clone, Copy)]
struct Four(u32);

impl Four {
    #[inline]
    fn of(bytes: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(bytes) | 0x2020_2020)
    }

    /// What the first two come to.
    #[inline]
    fn pair(self) -> usize {
        (self.0 & 0xffff) as usize
    }

    /// What the third comes to: as many things as a number of 64 bits has bits.
    #[inline]
    fn third(self) -> u32 {
        self.0 >> 16 & 63
    }

    /// What all four come to: as many things as there are pairs.
    #[inline]
    fn spread(self) -> usize {
        // The golden ratio spreads what differs little.
        (self.0.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }
}

/// An empty table. It is on the heap from the start: no stack is as large.
fn table<const N: usize>() -> Box<[u64; N]> {
    let table = vec![0; N].into_boxed_slice();
    // It has just that length.
    table.try_into().unwrap_or_else(|_| Box::new([0; N]))
}
