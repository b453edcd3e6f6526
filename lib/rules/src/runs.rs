//! Long runs of characters that are of one kind, such as keys and base64 are made of.

use std::ops::Range;

/// A kind of character: some of ASCII from the plus sign on.
pub(crate) struct Kind([bool; 256]);

/// The least that a kind may hold: blanks, quotes and brackets, of which every sentence has some, stand before it.
const LEAST: u8 = b'+';

impl Kind {
    /// Letters, digits and these signs, the least of which is the plus sign.
    pub(crate) const fn alphanumeric_and(signs: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut byte = LEAST;
        while byte < 0x80 {
            table[byte as usize] = byte.is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < signs.len() {
            assert!(signs[at] >= LEAST);
            table[signs[at] as usize] = true;
            at += 1;
        }
        Self(table)
    }

    /// Whether a byte is of this kind.
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }

    /// The next run of at least `shortest` bytes, which are sixteen or more, from a place on.
    ///
    /// Such a run holds a byte at each multiple of its least length and the sixteen before it, so that most of a text need not be
    /// looked at. Sixteen, because few words are so long, but many are eight.
    pub(crate) fn next_run(&self, bytes: &[u8], mut at: usize, shortest: usize) -> Option<Range<usize>> {
        loop {
            let probe = at + shortest;
            let (_, last) = bytes.get(at..probe)?.split_last_chunk()?;
            let last = u128::from_le_bytes(*last);
            // Bit 7 of every byte: whether it is beyond ASCII or stands before the least.
            let other = (last | !((last & !HIGH) + (0x80 - u128::from(LEAST)) * ONES)) & HIGH;
            if other != 0 {
                at = probe - other.leading_zeros() as usize / 8;
                continue;
            }
            if let Some(before) = bytes[at..probe].iter().rposition(|&byte| !self.has(byte)) {
                at += before + 1;
                continue;
            }
            let length = bytes[probe..].iter().position(|&byte| !self.has(byte));
            return Some(at..length.map_or(bytes.len(), |length| probe + length));
        }
    }
}

/// One in every byte of sixteen.
const ONES: u128 = u128::from_le_bytes([1; 16]);
/// Bit 7 of every byte of sixteen.
const HIGH: u128 = 0x80 * ONES;

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn runs_are_found_wherever_they_stand_and_as_long_as_they_are() {
        let kind = Kind::alphanumeric_and(b"-+");
        for before in 0..60 {
            for length in 0..40 {
                for sign in [" ", ".", "é", "_", "\n"] {
                    let text =
                        format!("{}{}{sign}ab", sign.repeat(before), "x-+9Z".repeat(8).split_at(length).0);
                    let start = before * sign.len();
                    let found = kind.next_run(text.as_bytes(), 0, 20);
                    assert_eq!(found, (length >= 20).then(|| start..start + length), "{text:?}");
                }
            }
        }
        let kind = Kind::alphanumeric_and(b"");
        assert_eq!(kind.next_run(b"0123456789abcdefgh", 0, 16), Some(0..18));
        assert_eq!(kind.next_run(b"0123456789abcdefgh", 3, 16), None);
    }
}
