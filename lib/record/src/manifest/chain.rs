//! Walking a manifest's bytes line by line, each line against the one above.

use super::Record;
use blake3::Hash;
use memchr::memchr;

/// The `prev` of a manifest's first line.
pub(super) const ORIGIN: Hash = Hash::from_bytes([0; 32]);

/// Where a walk stands: what the next line must say about the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Lines above, torn ones not counted.
    pub line: u64,
    /// Offset of the next line.
    pub offset: u64,
    /// Hash of the line above.
    pub prev: Hash,
}

impl Place {
    pub const START: Self = Self { line: 0, offset: 0, prev: ORIGIN };
}

/// What a line is.
#[derive(Debug)]
pub(super) enum Link {
    /// It follows from the one above it.
    Good(Record),
    /// It can be read, and does not follow.
    Loose(Record),
    /// It cannot be read.
    Unreadable,
    /// The last line, without an end, or with a hole of zeros in it: a crash did that.
    Torn,
}

/// The next line of `bytes`, which begin at the place; the place moves behind it, unless it is torn.
pub(super) fn next(bytes: &[u8], place: &mut Place) -> Option<Link> {
    if bytes.is_empty() {
        return None;
    }
    let newline = memchr(b'\n', bytes);
    let line = &bytes[..newline.unwrap_or(bytes.len())];
    let last = newline.is_none_or(|newline| newline + 1 == bytes.len());
    if newline.is_none() || (last && memchr(0, line).is_some()) {
        return Some(Link::Torn);
    }
    let prev = place.prev;
    place.line += 1;
    place.offset += line.len() as u64 + 1;
    place.prev = blake3::hash(line);
    Some(match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.prev() == prev.to_hex().as_str() => Link::Good(record),
        Ok(record) => Link::Loose(record),
        Err(_) => Link::Unreadable,
    })
}
