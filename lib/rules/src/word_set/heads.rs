//! The words of a set by their first bytes.

use std::ops::Range;

/// For the first bytes of words, at most four, the entries of the words that begin with them.
#[derive(Debug)]
pub(super) struct Heads<const N: usize> {
    /// A table with open addressing, at most half full; an empty range is a free place.
    places: Vec<([u8; N], Range<u32>)>,
}

impl<const N: usize> Heads<N> {
    /// A table of these heads. None of them stands in it twice.
    pub(super) fn new(all: &[([u8; N], Range<u32>)]) -> Self {
        let mut heads = Self { places: vec![([0; N], 0..0); (2 * all.len() + 1).next_power_of_two()] };
        for (head, entries) in all {
            let mut at = heads.home(*head);
            while !heads.places[at].1.is_empty() {
                at = (at + 1) & (heads.places.len() - 1);
            }
            heads.places[at] = (*head, entries.clone());
        }
        heads
    }

    /// The entries of the words that begin so.
    #[inline]
    pub(super) fn entries(&self, head: [u8; N]) -> Range<usize> {
        let mut at = self.home(head);
        loop {
            let (known, entries) = &self.places[at];
            if *known == head || entries.is_empty() {
                return entries.start as usize..entries.end as usize;
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    #[inline]
    fn home(&self, head: [u8; N]) -> usize {
        // The golden ratio spreads what differs little; the length is a power of two.
        let number = head.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        let spread = number.wrapping_mul(0x9e37_79b1);
        (spread ^ spread >> 15) as usize & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Heads;

    #[test]
    fn every_head_is_found_and_nothing_else() {
        let all: Vec<_> = (1..300_u32).map(|at| ((at * 77).to_le_bytes(), at..at + 2)).collect();
        let heads = Heads::new(&all);
        assert!(
            (1..300_u32).all(|at| heads.entries((at * 77).to_le_bytes()) == (at as usize..at as usize + 2))
        );
        assert!((0..300_u32).all(|other| heads.entries((other * 77 + 1).to_le_bytes()).is_empty()));
        assert!(Heads::new(&[]).entries([0; 4]).is_empty());
    }
}
