//! Where a word can begin at all, told by eight bytes.

use crate::eight::{self, ONES};

/// How a word can begin at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It may be this byte.
    Alone,
    /// It may be one of two or three bytes.
    Short,
    /// It may be one of four to seven.
    Long,
    /// It may be one of at least eight.
    Longest,
}

/// How words begin: case does not count, and now and then something else comes to the same. All tables together fit into the cache
/// next to the processor, with room for a text.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// For the first two bytes a bit for the third, each by its five lowest bits: see [`First::pair`].
    thirds: Box<[u32; PAIRS]>,
    /// Words of two or three bytes: for the first one bits for the second, and for that bits for the third, each by its six lowest bits.
    short: Box<[[u64; 64]; 2]>,
    /// For all of the words of four bytes, the first five of those up to seven, and the first eight of longer ones a bit each.
    fours: Bits,
    fives: Bits,
    eights: Bits,
    /// Bytes that are words by themselves: they say nothing of what follows.
    alone: Vec<u8>,
}

/// Five bits of a byte, and five of the next one.
const PAIRS: usize = 1 << 13;

impl Beginnings {
    /// The beginnings of these words.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        let mut alone: Vec<u8> = words.clone().filter(|word| word.len() == 1).map(|word| word[0]).collect();
        alone.sort_unstable();
        alone.dedup();
        let mut beginnings = Self {
            thirds: table(),
            short: Box::new([[0; 64]; 2]),
            fours: Bits(table()),
            fives: Bits(table()),
            eights: Bits(table()),
            alone,
        };
        for word in words.filter(|word| word.len() > 1) {
            let first = First::of(word);
            // A word of two bytes may be followed by anything.
            beginnings.thirds[first.pair()] |= if word.len() > 2 { 1 << first.third() } else { u32::MAX };
            match word.len() {
                2 | 3 => {
                    let third = if word.len() > 2 { 1 << first.kind(2) } else { u64::MAX };
                    beginnings.short[0][first.kind(0)] |= 1 << first.kind(1);
                    beginnings.short[1][first.kind(1)] |= third;
                }
                4 => beginnings.fours.set(first.bytes(4)),
                5..=7 => beginnings.fives.set(first.bytes(5)),
                _ => beginnings.eights.set(first.bytes(8)),
            }
        }
        beginnings
    }

    /// Whether any word of more than a byte can begin so: what is asked at every place.
    #[inline]
    fn any(&self, first: First) -> bool {
        self.thirds[first.pair()] >> first.third() & 1 != 0
    }

    #[inline]
    fn short(&self, first: First) -> bool {
        let has = |place: usize, at: u32| self.short[place][first.kind(at)] >> first.kind(at + 1) & 1 != 0;
        has(0, 0) & has(1, 1)
    }

    #[inline]
    fn long(&self, first: First) -> bool {
        self.fours.has(first.bytes(4)) | self.fives.has(first.bytes(5))
    }

    #[inline]
    fn longest(&self, first: First) -> bool {
        self.eights.has(first.bytes(8))
    }

    /// Calls `each` with how a word of more than a byte can begin so.
    #[inline]
    fn here(&self, first: First, mut each: impl FnMut(Place)) {
        if self.short(first) {
            each(Place::Short);
        }
        if self.long(first) {
            each(Place::Long);
        }
        if self.longest(first) {
            each(Place::Longest);
        }
    }

    /// Calls `each` with those of some places of a text, at most 64, where a word can begin, and how.
    #[inline]
    pub(super) fn among(&self, text: &[u8], places: &[usize], mut each: impl FnMut(usize, Place)) {
        // Half of all words of a text begin like one of thousands, which no processor can foresee: they are collected without a branch.
        let (mut found, mut count) = ([0; 64], 0);
        for &start in places {
            let first = First::of(&text[start..]);
            found[count % 64] = start;
            count += usize::from(self.any(first));
        }
        for &start in &found[..count] {
            self.here(First::of(&text[start..]), |place| each(start, place));
        }
        if !self.alone.is_empty() {
            let alone = places.iter().filter(|start| self.alone.contains(&text[**start]));
            alone.for_each(|start| each(*start, Place::Alone));
        }
    }

    /// Calls `each` with every place of a text where a word can begin, and how; bytes that are words by themselves come last.
    #[inline]
    pub(super) fn each(&self, text: &[u8], mut each: impl FnMut(usize, Place)) {
        for (start, bytes) in text.windows(8).enumerate() {
            let first = First::of(bytes);
            if self.any(first) {
                self.here(first, |place| each(start, place));
            }
        }
        // The last places, as if zeros stood behind the text.
        let (from, mut rest) = (text.len().saturating_sub(7), [0; 14]);
        rest[..text.len() - from].copy_from_slice(&text[from..]);
        for (at, bytes) in rest.windows(8).enumerate().take(text.len() - from) {
            self.here(First::of(bytes), |place| each(from + at, place));
        }
        for &byte in &self.alone {
            memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text)
                .for_each(|start| each(start, Place::Alone));
        }
    }
}

/// The first bytes of a word. In all that is told of them letters in both cases come to the same, as do some signs.
#[derive(Clone, Copy)]
struct First(u64);

impl First {
    /// Behind the end stands anything.
    #[inline]
    fn of(bytes: &[u8]) -> Self {
        Self(eight::load(bytes, 0))
    }

    /// The first two by their five lowest bits, which stand where they stood: that saves putting them together.
    #[inline]
    fn pair(self) -> usize {
        (self.0 & 0x1f1f) as usize
    }

    /// The third by its five lowest bits.
    #[inline]
    fn third(self) -> u32 {
        (self.0 >> 16 & 31) as u32
    }

    /// One of them by its six lowest bits.
    #[inline]
    fn kind(self, at: u32) -> usize {
        ((self.0 | (0x20 * ONES)) >> (8 * at) & 63) as usize
    }

    /// So many of them as a number.
    #[inline]
    fn bytes(self, count: u32) -> u64 {
        (self.0 | (0x20 * ONES)) << (64 - 8 * count)
    }
}

/// A set of numbers, in which now and then one seems to be that is not.
#[derive(Debug)]
struct Bits(Box<[u64; 1 << 10]>);

impl Bits {
    fn set(&mut self, number: u64) {
        let bit = Self::bit(number);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    #[inline]
    fn has(&self, number: u64) -> bool {
        let bit = Self::bit(number);
        self.0[bit / 64] >> (bit % 64) & 1 != 0
    }

    #[inline]
    fn bit(number: u64) -> usize {
        // The golden ratio spreads what differs little.
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
    }
}

/// An empty table. It is on the heap from the start: no stack is as large.
fn table<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    let table = vec![T::default(); N].into_boxed_slice();
    // It has just that length.
    table.try_into().unwrap_or_else(|_| Box::new([T::default(); N]))
}
