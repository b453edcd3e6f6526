//! The words of a set by their first bytes.

use crate::eight;
use std::ops::Range;

/// For the first bytes of words, at most eight, the entries of the words that begin with them.
#[derive(Debug)]
pub(super) struct Heads<const N: usize> {
    /// A table with open addressing, at most half full; one without entries is a free place.
    places: Vec<Head>,
}

/// The first bytes of words.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// They, the first one lowest.
    pub(super) bytes: u64,
    /// Where the words stand among all entries.
    pub(super) entries: Range<u32>,
    /// A bit for each byte, by its five lowest bits, that may come next: of a hundred words that begin like one (`with`) few go on so.
    pub(super) next: u32,
}

impl Head {
    /// The bit for the byte behind the first ones; all of them behind a word that has no more, since anything may come there.
    pub(super) fn bit(behind: &[u8]) -> u32 {
        behind.first().map_or(u32::MAX, |byte| 1 << (byte & 31))
    }
}

impl<const N: usize> Heads<N> {
    /// A table of these heads. None of them stands in it twice.
    pub(super) fn new(all: &[Head]) -> Self {
        let free = Head { bytes: 0, entries: 0..0, next: 0 };
        let mut heads = Self { places: vec![free; (2 * all.len() + 1).next_power_of_two()] };
        for head in all {
            let mut at = heads.home(head.bytes);
            while !heads.places[at].entries.is_empty() {
                at = (at + 1) & (heads.places.len() - 1);
            }
            heads.places[at] = head.clone();
        }
        heads
    }

    /// The entries of the words with which a text can begin, and what stands behind their first bytes.
    #[inline]
    pub(super) fn begin<'t, const ANY_CASE: bool>(&self, text: &'t [u8]) -> (Range<usize>, &'t [u8]) {
        let Some((bytes, behind)) = text.split_at_checked(N) else { return (0..0, &[]) };
        let bytes = eight::load(if N == 8 { bytes } else { text }, 0) & (u64::MAX >> (64 - 8 * N));
        let next = behind.first().copied().unwrap_or_default();
        if ANY_CASE {
            (self.entries(eight::lower(bytes), next.to_ascii_lowercase()), behind)
        } else {
            (self.entries(bytes, next), behind)
        }
    }

    /// The entries of the words that begin so and may go on with this byte.
    #[inline]
    fn entries(&self, bytes: u64, next: u8) -> Range<usize> {
        let mut at = self.home(bytes);
        loop {
            let head = &self.places[at];
            if head.bytes == bytes || head.entries.is_empty() {
                return match head.next >> (next & 31) & 1 {
                    0 => 0..0,
                    _ => head.entries.start as usize..head.entries.end as usize,
                };
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    #[inline]
    fn home(&self, bytes: u64) -> usize {
        // The golden ratio spreads what differs little; the length is a power of two.
        (bytes.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Heads};

    #[test]
    fn every_head_is_found_and_nothing_else() {
        let bytes = |at: u32| u64::from(at) * 77;
        let all: Vec<_> = (1..300)
            .map(|at| Head { bytes: bytes(at), entries: at..at + 2, next: Head::bit(b"x") })
            .collect();
        let heads = Heads::<4>::new(&all);
        assert!((1..300).all(|at| heads.entries(bytes(at), b'x') == (at as usize..at as usize + 2)));
        assert!((1..300).all(|at| heads.entries(bytes(at), b'y').is_empty()));
        assert!((0..300_u32).all(|other| heads.entries(bytes(other) + 1, b'x').is_empty()));
        assert!(Heads::<4>::new(&[]).entries(0, 0).is_empty());
    }
}
