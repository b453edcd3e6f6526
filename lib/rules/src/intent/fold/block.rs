//! A block of a text, byte by byte as it folds, and where that has to be looked at closely.
//!
//! What is done for every byte is done without a branch, so that the compiler does it for many at once.

use super::plain;
use crate::eight::{self, ONES};
use std::ops::Range;

/// So many bytes a block has at most: a bit of a number for each.
pub(super) const BLOCK: usize = 64;

/// So many bytes stand before a block.
const BEFORE: usize = 3;

/// A block.
pub(super) struct Block {
    /// What its bytes become whatever stands around them, and those before them; zero where that decides.
    plain: [u8; BEFORE + BLOCK],
    /// How many bytes it has.
    pub(super) length: usize,
    /// A bit for each byte that may become something else or nothing, because of what it is or of what stands before it: what is
    /// not plain and what follows it, what stands twice, a blank after a stop or a stop after a blank, a blank after a
    /// single letter and what follows that, since the blank may go.
    pub(super) close: u64,
}

impl Block {
    /// The block of no bytes.
    pub(super) const EMPTY: Self = Self { plain: [0; BEFORE + BLOCK], length: 0, close: 0 };

    /// A block of these bytes, at most [`BLOCK`], that follows another one; at the beginning of a text the one of no bytes.
    pub(super) fn behind(block: &Self, source: &[u8]) -> Self {
        let mut bytes = [0; BLOCK];
        bytes[..source.len()].copy_from_slice(source);
        let before = &block.plain[block.length..block.length + BEFORE];
        let mut block = Self { length: source.len(), ..Self::EMPTY };
        block.plain[..BEFORE].copy_from_slice(before);
        for (plain_byte, byte) in block.plain[BEFORE..].iter_mut().zip(bytes) {
            *plain_byte = plain(byte);
        }
        block.close = block.closely() & u64::MAX >> (BLOCK - source.len().clamp(1, BLOCK));
        block
    }

    /// Bytes of it.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.plain[BEFORE + range.start..BEFORE + range.end]
    }

    /// A bit for each byte that has to be looked at.
    fn closely(&self) -> u64 {
        let mut closely = [0; BLOCK];
        for (at, close) in closely.iter_mut().enumerate() {
            let [first, earlier, before, now] =
                [self.plain[at], self.plain[at + 1], self.plain[at + 2], self.plain[at + 3]];
            let stop = |byte: u8| (byte == b'.') | (byte == b'\n');
            let letter = |byte: u8| byte >= b'a';
            *close = u8::from(
                (now == 0)
                    | (before == 0)
                    | (now == before)
                    | ((now == b' ') & (stop(before) | (letter(before) & !letter(earlier))))
                    | ((before == b' ') & (stop(now) | (letter(earlier) & !letter(first)))),
            );
        }
        let mut bits = 0;
        for (at, eight) in closely.chunks(8).enumerate() {
            // Gathers the lowest bit of each byte in the highest byte.
            bits |= ((eight::load(eight, 0) & ONES).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
        }
        bits
    }
}
