//! The blake3 of what a record holds, in hex as it is written.

/// The blake3 (hex) of bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&blake3::hash(bytes))
}

/// What [`blake3::Hash::to_hex`] gives, as a string that is made at once and not digit by digit: every turn has one.
pub(crate) fn hex(hash: &blake3::Hash) -> String {
    let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
    let mut hex = [0; 2 * blake3::OUT_LEN];
    for (two, byte) in hex.as_chunks_mut().0.iter_mut().zip(hash.as_bytes()) {
        *two = [digit(byte >> 4), digit(byte & 15)];
    }
    // Digits and letters are UTF-8, whatever the hash.
    std::str::from_utf8(&hex).map_or_else(|_| hash.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_its_own_crate_writes_it() {
        for first in 0..=u8::MAX {
            let hash = blake3::Hash::from_bytes(std::array::from_fn(|at| first.wrapping_add(7 * at as u8)));
            assert_eq!(hex(&hash), hash.to_hex().as_str());
        }
        assert_eq!(digest(b"bytes"), blake3::hash(b"bytes").to_string());
    }
}
