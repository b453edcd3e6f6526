//! Eight bytes of a text at once, as a number whose lowest byte stands first. What is told of each byte is told by its bit 7.

/// One in every byte.
pub(crate) const ONES: u64 = u64::from_le_bytes([1; 8]);
/// Bit 7 of every byte.
pub(crate) const HIGH: u64 = 0x80 * ONES;

/// The first eight bytes; behind the end stands `padding`.
#[inline]
pub(crate) fn load(bytes: &[u8], padding: u8) -> u64 {
    u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_else(|| padded(bytes, padding)))
}

#[cold]
fn padded(bytes: &[u8], padding: u8) -> [u8; 8] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(padding))
}

/// Which bytes are the sign; above the first one now and then also one that is not.
#[inline]
pub(crate) fn is(eight: u64, sign: u8) -> u64 {
    let zero = eight ^ (u64::from(sign) * ONES);
    zero.wrapping_sub(ONES) & !zero & HIGH
}

/// Which bytes of ASCII are at least `least`; the bytes beyond ASCII count by their other bits.
#[inline]
pub(crate) fn from(eight: u64, least: u8) -> u64 {
    ((eight & !HIGH) + u64::from(0x80 - least) * ONES) & HIGH
}

/// What is told by bit 7 of each byte as the eight lowest bits of a number, in their order.
#[inline]
pub(crate) fn bits(told: u64) -> u64 {
    (told >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The bytes with the letters of ASCII in lower case.
#[inline]
pub(crate) fn lower(eight: u64) -> u64 {
    let capital = (from(eight, b'A') ^ from(eight, b'Z' + 1)) & !eight;
    eight | capital >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_small_and_nothing_else() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = *b"aZ@[{\xc3 0";
                eight[at] = byte;
                assert_eq!(lower(load(&eight, 0)).to_le_bytes(), eight.map(|b| b.to_ascii_lowercase()));
            }
        }
    }

    #[test]
    fn the_first_sign_is_found_and_bytes_are_compared() {
        for at in 0..8 {
            let mut eight = [b'.'; 8];
            eight[at] = b'/';
            assert_eq!(is(load(&eight, 0), b'/').trailing_zeros() as usize / 8, at);
            assert_eq!(from(load(&eight, 0), b'/'), 0x80 << (8 * at));
            assert_eq!(bits(0x80 << (8 * at)), 1 << at);
        }
        assert_eq!(bits(HIGH), 0xff);
        assert_eq!(is(load(b"abc", 0), b'/'), 0);
        assert_eq!(load(b"abc", b' '), load(b"abc     ", 0));
    }
}
