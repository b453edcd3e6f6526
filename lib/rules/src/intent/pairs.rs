//! Which pairs of concepts weigh something, looked up by the two concepts.

use super::concept::{Concept, Hit};

/// A table of pairs by their concepts.
pub(super) struct Pairs {
    /// For each concept those that make a pair with it when they stand before it, a bit each.
    before: [u64; Concept::COUNT],
    /// The pairs of two concepts are those from `places[at]` up to `places[at + 1]` of `pairs`: see [`place`].
    places: Vec<u16>,
    pairs: Vec<u8>,
    /// The most bytes between any two.
    widest: usize,
}

impl Pairs {
    /// A table of pairs, each with its number: first concept, second, most bytes between.
    pub(super) fn new(all: &[(u8, Concept, Concept, usize)]) -> Self {
        let mut table = Self {
            before: [0; Concept::COUNT],
            places: Vec::with_capacity(Concept::COUNT * Concept::COUNT + 1),
            pairs: Vec::new(),
            widest: 0,
        };
        let mut sorted = all.to_vec();
        sorted.sort_by_key(|&(_, first, second, _)| place(first, second));
        let mut sorted = sorted.into_iter().peekable();
        for at in 0..Concept::COUNT * Concept::COUNT {
            table.places.push(table.pairs.len() as u16);
            while let Some((pair, first, second, most)) =
                sorted.next_if(|&(_, first, second, _)| place(first, second) == at)
            {
                table.before[second as usize] |= 1 << first as usize;
                table.widest = table.widest.max(most);
                table.pairs.push(pair);
            }
        }
        table.places.push(table.pairs.len() as u16);
        table
    }

    /// Calls `each` with every pair that a hit may make with one of the `window` hits before it: the pair's number, the
    /// earlier hit, and the bytes between them.
    pub(super) fn each(
        &self,
        hits: &[Hit],
        at: usize,
        window: usize,
        mut each: impl FnMut(usize, &Hit, usize),
    ) {
        let hit = &hits[at];
        let before = self.before[hit.concept as usize];
        if before == 0 {
            return;
        }
        for earlier in &hits[at.saturating_sub(window)..at] {
            // Overlapping words of two meanings are one word.
            let apart = hit.start.checked_sub(earlier.end).filter(|&gap| gap <= self.widest);
            let Some(gap) = apart.filter(|_| before >> earlier.concept as usize & 1 != 0) else { continue };
            let at = place(earlier.concept, hit.concept);
            for &pair in &self.pairs[usize::from(self.places[at])..usize::from(self.places[at + 1])] {
                each(usize::from(pair), earlier, gap);
            }
        }
    }
}

fn place(first: Concept, second: Concept) -> usize {
    first as usize * Concept::COUNT + second as usize
}
