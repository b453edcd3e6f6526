//! The streaks that stand side by side in a record: a run thinks and speaks, and several may be at it at once.

use crate::streak::{Streak, Stretch};
use std::ops::Range;

/// How many are remembered at once.
const MOST: usize = 8;

/// The streaks that the lines at hand may go on with.
#[derive(Debug, Default)]
pub(crate) struct Streaks<'a> {
    known: Vec<Streak<'a>>,
    /// The one that the last line belongs to.
    newest: usize,
    /// The one that is forgotten next.
    oldest: usize,
}

impl<'a> Streaks<'a> {
    /// The deltas at `start` of the bytes and behind it that go on with a known streak.
    pub(crate) fn follow(&mut self, bytes: &'a [u8], start: usize) -> Option<Stretch> {
        for at in 0..self.known.len() {
            // The others in turn, the newest first.
            let at = (self.newest + self.known.len() - at) % self.known.len();
            if let Some(stretch) = self.known[at].follow(bytes, start) {
                self.newest = at;
                return Some(stretch);
            }
        }
        None
    }

    /// Begins a streak: see [`Streak::begin`].
    pub(crate) fn begin(
        &mut self,
        bytes: &'a [u8],
        line: Range<usize>,
        event: Range<usize>,
        run: impl FnOnce(&str) -> usize,
    ) -> Option<Stretch> {
        let (streak, stretch) = Streak::begin(bytes, line, event, run)?;
        if self.known.len() < MOST {
            self.newest = self.known.len();
            self.known.push(streak);
        } else {
            self.newest = self.oldest;
            self.oldest = (self.oldest + 1) % MOST;
            self.known[self.newest] = streak;
        }
        Some(stretch)
    }
}
