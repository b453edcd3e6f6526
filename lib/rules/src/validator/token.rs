//! Structure of tokens, and what only stands for one.

use crate::secret;

/// Decodes base64 of either alphabet, with or without padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        bits = bits << 6 | u32::from(base64_bits(byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.extend((bits >> count).to_le_bytes().first());
        }
    }
    (count < 6).then_some(out)
}

/// The six bits that a character of base64 stands for, in either alphabet.
#[inline]
pub(crate) fn base64_bits(byte: u8) -> Option<u8> {
    let bits = BASE64[usize::from(byte)];
    (bits != NONE).then_some(bits)
}

/// What stands for no bits.
const NONE: u8 = u8::MAX;

/// The bits of every character of base64.
static BASE64: [u8; 256] = {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0;
    while bits < 64 {
        table[alphabet[bits as usize] as usize] = bits;
        bits += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// A JSON web token: the header is a JSON object that names an algorithm.
pub(super) fn jwt(text: &str) -> bool {
    let header = text.split('.').next().and_then(base64);
    header.is_some_and(|bytes| {
        bytes.starts_with(b"{") && bytes.windows(5).any(|window| window == b"\"alg\"" || window == b"\"typ\"")
    })
}

/// The argument of `Authorization: Basic`: a name and a real password.
pub(super) fn basic_auth(text: &str) -> bool {
    let Some(plain) = base64(text).and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    let Some((name, password)) = plain.split_once(':') else { return false };
    let printable = plain.chars().all(|c| !c.is_control());
    printable && !name.contains(' ') && password.len() >= 3 && not_placeholder(password)
}

/// A value that is no placeholder, variable or mask.
pub(super) fn not_placeholder(text: &str) -> bool {
    !secret::is_placeholder(text)
}

/// A value of random characters.
pub(super) fn random(text: &str) -> bool {
    secret::is_random(text) && !secret::is_placeholder(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_in_either_alphabet() {
        assert_eq!(base64("aGVsbG8=").as_deref(), Some(&b"hello"[..]));
        assert_eq!(base64("_-8").as_deref(), Some(&[0xff, 0xef][..]));
        assert_eq!(base64("a"), None);
        assert_eq!(base64("a b"), None);
    }

    #[test]
    fn a_header_with_a_placeholder_is_no_secret() {
        assert!(basic_auth("R2hyZG5oYzpycWVpIGVuZ2xiZg=="));
        assert!(!basic_auth("dXNlcm5hbWU6cGFzc3dvcmQ="));
        assert!(!basic_auth("authentication"));
    }
}
