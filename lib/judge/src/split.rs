//! A turn as data for prompts of other kinds than a judge's.

use crate::parts;
use sentrix_record::Turn;

/// A turn in parts of at most `limit` bytes of text (a kilobyte at the least), each as a line of [`crate::fence::data`]. Every byte
/// stands in one of them.
pub fn split(turn: &Turn, limit: usize) -> Vec<String> {
    let cut = parts::cut(turn, limit);
    cut.iter().enumerate().map(|(number, part)| parts::render(turn, part, number, cut.len())).collect()
}
