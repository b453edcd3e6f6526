//! From the root of a tree several steps at once.

/// For the first bytes of words, at most four, the node that they lead to.
#[derive(Debug)]
pub(super) struct Jumps<const N: usize> {
    /// A table with open addressing, at most half full; node 0, the root, is a free place.
    places: Vec<([u8; N], u32)>,
}

impl<const N: usize> Jumps<N> {
    /// A table of these bytes and nodes. No bytes stand in it twice.
    pub(super) fn new(all: &[([u8; N], u32)]) -> Self {
        let mut jumps = Self { places: vec![([0; N], 0); (2 * all.len() + 1).next_power_of_two()] };
        for &(bytes, node) in all {
            let mut at = jumps.home(bytes);
            while jumps.places[at].1 != 0 {
                at = (at + 1) % jumps.places.len();
            }
            jumps.places[at] = (bytes, node);
        }
        jumps
    }

    /// The node that bytes lead to; `None` when no word begins with them.
    #[inline]
    pub(super) fn node(&self, bytes: [u8; N]) -> Option<usize> {
        let mut at = self.home(bytes);
        loop {
            match self.places[at] {
                (_, 0) => return None,
                (known, node) if known == bytes => return Some(node as usize),
                _ => at = (at + 1) & (self.places.len() - 1),
            }
        }
    }

    #[inline]
    fn home(&self, bytes: [u8; N]) -> usize {
        // The golden ratio spreads what differs little; the length is a power of two.
        let number = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte));
        let spread = number.wrapping_mul(0x9e37_79b1);
        (spread ^ spread >> 15) as usize & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Jumps;

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        let all: Vec<_> = (1..300_u32).map(|node| ((node * 77).to_le_bytes(), node)).collect();
        let jumps = Jumps::new(&all);
        assert!(all.iter().all(|&(bytes, node)| jumps.node(bytes) == Some(node as usize)));
        assert!((0..300_u32).all(|other| jumps.node((other * 77 + 1).to_le_bytes()).is_none()));
        assert_eq!(Jumps::new(&[]).node([0; 4]), None);
    }
}
