//! Where a JSON string ends.

use memchr::memchr2;

/// Where the JSON string ends whose inside begins here: at its closing quote.
#[inline]
pub(crate) fn string_end(bytes: &[u8]) -> Option<usize> {
    end_and_escapes(bytes).map(|(end, _)| end)
}

/// The same, and whether there are escapes in it.
#[inline]
pub(crate) fn end_and_escapes(bytes: &[u8]) -> Option<(usize, bool)> {
    // Most are a few letters long.
    match near_mark(bytes) {
        Some(at) if bytes[at] == b'"' => Some((at, false)),
        near => far_end(bytes, near),
    }
}

/// The same for a string that is longer, or holds escapes; `near` is what stands near its beginning.
#[inline(never)]
fn far_end(bytes: &[u8], near: Option<usize>) -> Option<(usize, bool)> {
    let (mut at, mut escapes) = (0, false);
    let mut mark = near.or_else(|| near_mark(bytes.get(NEAR..)?).map(|at| NEAR + at));
    loop {
        at = match mark {
            Some(mark) => mark,
            None => at + memchr2(b'"', b'\\', bytes.get(at..)?)?,
        };
        if bytes[at] == b'"' {
            return Some((at, escapes));
        }
        escapes = true;
        at += 2;
        mark = None;
    }
}

/// How many bytes [`near_mark`] looks at.
const NEAR: usize = 16;

/// Where the first quote or backslash stands, if it is near. All bytes are looked at together, because how long a text is, no processor can
/// guess.
#[inline]
fn near_mark(bytes: &[u8]) -> Option<usize> {
    let marks = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        zeros(eight ^ repeated(b'"')) | zeros(eight ^ repeated(b'\\'))
    };
    let [first, second] = bytes.first_chunk::<NEAR>()?.as_chunks().0 else { return None };
    let marks = u128::from(marks(second)) << 64 | u128::from(marks(first));
    (marks != 0).then_some(marks.trailing_zeros() as usize / 8)
}

const fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// A word whose lowest bit that is set is in the first byte that is zero.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeated(1)) & !word & repeated(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_where_their_quote_is() {
        for inside in [
            "",
            "a",
            "1234567",
            "12345678",
            "123456789 and more",
            r#"\""#,
            r"1234567\\",
            r#"12345678\"x"#,
            "ü\\\\",
        ] {
            for behind in ["", "x", " something behind it \" and more"] {
                assert_eq!(
                    string_end(format!("{inside}\"{behind}").as_bytes()),
                    Some(inside.len()),
                    "{inside}"
                );
                let (_, escapes) = end_and_escapes(format!("{inside}\"{behind}").as_bytes()).unwrap();
                assert_eq!(escapes, inside.contains('\\'), "{inside}");
            }
        }
        for torn in ["", "a", "12345678901", r#"1234567\""#, r#"\"#] {
            assert_eq!(string_end(torn.as_bytes()), None, "{torn}");
        }
    }
}
