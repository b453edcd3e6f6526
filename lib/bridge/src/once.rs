//! Tickets that are good once.

use std::collections::BTreeMap;

/// How many used ones are remembered; they expire, so more are no honest use.
const MOST: usize = 4096;

/// Names of tickets that were used, until they expire.
#[derive(Debug, Default)]
pub struct Used(BTreeMap<String, u64>);

impl Used {
    /// Whether a ticket is used for the first time.
    pub fn first(&mut self, name: &str, expires: u64, now: u64) -> bool {
        self.0.retain(|_, expires| *expires > now);
        if self.0.len() >= MOST || self.0.contains_key(name) {
            return false;
        }
        self.0.insert(name.to_owned(), expires);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Used;

    #[test]
    fn a_ticket_is_good_once() {
        let mut used = Used::default();
        assert!(used.first("a", 10, 1) && !used.first("a", 10, 2));
        assert!(used.first("b", 10, 2));
    }
}
