//! A block of a text, byte by byte as it folds, and where that has to be looked at closely.
//!
//! What is done for every byte is done without a branch, so that the compiler does it for many at once.

use super::plain;
use crate::eight;
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
    /// not plain and what follows it, a stop after a blank, a blank after a single letter and what follows that, since the blank
    /// may go.
    pub(super) close: u64,
    /// A bit for each other byte that adds nothing: a letter, a stop or a blank that stands twice, a blank after a stop.
    pub(super) dropped: u64,
}

impl Block {
    /// The block of no bytes.
    pub(super) const EMPTY: Self = Self { plain: [0; BEFORE + BLOCK], length: 0, close: 0, dropped: 0 };

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
        let known = u64::MAX >> (BLOCK - source.len().clamp(1, BLOCK));
        let (close, dropped) = block.told();
        (block.close, block.dropped) = (close & known, dropped & known & !close);
        block
    }

    /// Bytes of it.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.plain[BEFORE + range.start..BEFORE + range.end]
    }

    /// One of its bytes.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.plain[BEFORE + at]
    }

    /// Bytes of it but for those that add nothing, and how many they are; behind them stands anything.
    #[inline]
    pub(super) fn kept(&self, range: Range<usize>) -> ([u8; BLOCK], usize) {
        let (mut bytes, mut count) = ([0; BLOCK], 0);
        let mut dropped = self.dropped >> (range.start % BLOCK);
        // Without a branch, which no processor could foresee.
        for &byte in self.bytes(range) {
            bytes[count % BLOCK] = byte;
            count += usize::from(dropped & 1 == 0);
            dropped >>= 1;
        }
        (bytes, count)
    }

    /// A bit for each byte that has to be looked at, and one for each that adds nothing to the one before it.
    fn told(&self) -> (u64, u64) {
        let (mut closely, mut dropped) = ([0; BLOCK], [0; BLOCK]);
        for at in 0..BLOCK {
            let [first, earlier, before, now] =
                [self.plain[at], self.plain[at + 1], self.plain[at + 2], self.plain[at + 3]];
            let stop = |byte: u8| (byte == b'.') | (byte == b'\n');
            let letter = |byte: u8| byte >= b'a';
            closely[at] = u8::from(
                (now == 0)
                    | (before == 0)
                    | ((now == b' ') & (letter(before) & !letter(earlier)))
                    | ((before == b' ') & (stop(now) | (letter(earlier) & !letter(first)))),
            );
            let twice = (now == before) & (letter(now) | stop(now) | (now == b' '));
            dropped[at] = u8::from(twice | ((now == b' ') & stop(before)));
        }
        (bits(&closely), bits(&dropped))
    }
}

/// The lowest bit of each byte.
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    let eights = bytes.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |bits, (at, eight)| bits | eight::bits(eight::load(eight, 0) << 7) << (8 * at))
}
