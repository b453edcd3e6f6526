//! Whether lines are written alike, looked at by the block.

use std::ops::Range;

/// How much of a line is compared at once with [`Beginning`]: enough for what stands before the time, and the time. The run's name stands
/// further behind.
pub(crate) const BEGINNING: usize = 32;

/// What the lines of a streak begin with.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    /// Its bytes, with zeros for the digits of the time.
    bytes: [u8; BEGINNING],
    /// By how much a line's bytes may differ from them.
    most: [u8; BEGINNING],
}

impl Beginning {
    /// What the lines begin with that begin as this one does, but for the time; `None` when the time stands too far behind.
    pub(crate) fn new(line: &[u8], time: Range<usize>) -> Option<Self> {
        let mut bytes = *line.first_chunk()?;
        let mut most = [0; BEGINNING];
        bytes.get_mut(time.clone())?.fill(b'0');
        most[time].fill(9);
        Some(Self { bytes, most })
    }

    /// Whether a line begins so. All bytes are looked at together.
    #[inline]
    pub(crate) fn fits(&self, line: &[u8; BEGINNING]) -> bool {
        // Of all bytes, digits alone differ from a zero in such bits that the difference is nine at most.
        let known = self.bytes.iter().zip(&self.most);
        line.iter()
            .zip(known)
            .fold(0, |over, (byte, (known, most))| over | (byte ^ known).saturating_sub(*most))
            == 0
    }
}

/// Whether two stretches are equal; without a call for the usual lengths.
#[inline(always)]
pub(crate) fn same(bytes: &[u8], known: &[u8]) -> bool {
    match known.len() {
        8..=16 => same_blocks::<8>(bytes, known),
        17..64 => same_blocks::<16>(bytes, known),
        64.. => same_blocks::<64>(bytes, known),
        _ => bytes == known,
    }
}

/// The same for stretches of one block or more. All bytes of a block are compared together.
#[inline(always)]
fn same_blocks<const N: usize>(bytes: &[u8], known: &[u8]) -> bool {
    let equal = |block: &[u8; N], known: &[u8; N]| {
        block.iter().zip(known).fold(0, |differ, (byte, known)| differ | (byte ^ known)) == 0
    };
    // The last block, which may overlap the one before, is the end of the stretch.
    let (Some(last), Some(known_last)) = (bytes.last_chunk(), known.last_chunk()) else { return false };
    let mut blocks = bytes.as_chunks().0.iter().zip(known.as_chunks().0);
    bytes.len() == known.len() && blocks.all(|(block, known)| equal(block, known)) && equal(last, known_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_nothing_else() {
        let line = "  {\"ts\":1773106832677,\"event\":\"assistant_text_stream\"";
        let time = line.find('1').unwrap()..line.find(",\"event").unwrap();
        let beginning = Beginning::new(line.as_bytes(), time.clone()).unwrap();
        let fits = |line: &[u8]| beginning.fits(line.first_chunk().unwrap());
        for at in 0..BEGINNING {
            for byte in 0..=u8::MAX {
                let mut other = line.as_bytes().to_vec();
                other[at] = byte;
                let may = if time.contains(&at) { byte.is_ascii_digit() } else { other == line.as_bytes() };
                assert_eq!(fits(&other), may, "{byte} at {at}");
            }
        }
        assert!(Beginning::new(line.as_bytes(), BEGINNING - 3..BEGINNING + 1).is_none());
        assert!(Beginning::new(&line.as_bytes()[..BEGINNING - 1], time).is_none());
    }

    #[test]
    fn equal_is_what_differs_nowhere() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=200 {
            let known = &bytes[..length];
            assert!(same(known, known) && !same(&bytes[..length + 1], known), "{length}");
            for at in 0..length {
                let mut other = known.to_vec();
                other[at] ^= 0x40;
                assert!(!same(&other, known) && !same(&known[..at], known), "{at} of {length}");
            }
        }
    }
}
