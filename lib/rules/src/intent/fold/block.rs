//! A block of a text, byte by byte as it folds, and where that has to be looked at closely.

use super::PLAIN;
use crate::eight::{self, is};
use std::ops::Range;

/// So many bytes a block has at most: a bit of a number for each.
pub(super) const BLOCK: usize = 64;

/// So many zeros stand before a block.
const BEFORE: usize = 8;

/// A block.
pub(super) struct Block {
    /// What its bytes become whatever stands around them, behind zeros; zero where that decides.
    plain: [u8; BEFORE + BLOCK],
    /// How many bytes it has.
    pub(super) length: usize,
    /// A bit for each byte that may become something else or nothing, because of what it is or of what stands before it: the first
    /// two, what is not plain and what follows it, what stands twice, a blank after a stop or a stop after a blank, a blank after a
    /// single letter and what follows that, since the blank may go.
    pub(super) close: u64,
}

impl Block {
    /// A block of these bytes, at most [`BLOCK`].
    pub(super) fn of(source: &[u8]) -> Self {
        let mut block = Self { plain: [0; BEFORE + BLOCK], length: source.len(), close: 0 };
        for (plain, byte) in block.plain[BEFORE..].iter_mut().zip(source) {
            *plain = PLAIN[usize::from(*byte)];
        }
        for at in 0..source.len().div_ceil(8) {
            let close = block.eight(8 * at);
            // Gathers bit 7 of each byte in the highest byte.
            let bits = (close >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            block.close |= bits << (8 * at);
        }
        block.close |= 0b11;
        block.close &= u64::MAX >> (BLOCK - source.len().clamp(1, BLOCK));
        block
    }

    /// Bytes of it.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.plain[BEFORE + range.start..BEFORE + range.end]
    }

    /// Bit 7 of each of eight bytes that have to be looked at; now and then also of one that need not be.
    fn eight(&self, at: usize) -> u64 {
        let load = |back: usize| {
            let from = BEFORE + at - back;
            eight::load(&self.plain[from..], 0)
        };
        let (now, before, earlier, first) = (load(0), load(1), load(2), load(3));
        let blank = |eight| is(eight, b' ');
        let stop = |eight| is(eight, b'.') | is(eight, b'\n');
        let letter = |eight| eight::from(eight, b'a');
        is(now, 0)
            | is(before, 0)
            | is(now ^ before, 0)
            | (blank(now) & (stop(before) | (letter(before) & !letter(earlier))))
            | (blank(before) & (stop(now) | (letter(earlier) & !letter(first))))
    }
}
