//! One analysis: what was found so far, and how much work is left.

use super::danger::{Act, Danger};

/// Scripts inside scripts are followed so deep.
pub const MAX_DEPTH: u8 = 6;
/// No text gets more reports than this: the first ones tell the story.
const MAX_ACTS: usize = 64;

/// What an analysis has found so far.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The findings.
    pub acts: Vec<Act>,
    /// How many more bytes of unpacked scripts may be read: unpacking must stay linear in the input.
    pub fuel: usize,
}

impl Analysis {
    /// An analysis of a text of `length` bytes.
    pub fn new(length: usize) -> Self {
        Self { acts: Vec::new(), fuel: length.saturating_mul(3).saturating_add(1 << 16) }
    }

    /// Reports a danger, once for each kind and place.
    pub fn report(&mut self, danger: Danger, (start, end): (usize, usize)) {
        let known = self.acts.iter().any(|act| act.danger == danger && act.start == start);
        if !known && self.acts.len() < MAX_ACTS {
            self.acts.push(Act { danger, start, end });
        }
    }

    /// May so many more bytes be unpacked? Takes them if so.
    pub fn spend(&mut self, bytes: usize) -> bool {
        let enough = bytes <= self.fuel;
        self.fuel = self.fuel.saturating_sub(bytes);
        enough
    }
}
