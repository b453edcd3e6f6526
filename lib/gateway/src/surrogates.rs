//! Halves of surrogate pairs. A delta that splits an emoji ends in `\ud83d`: JavaScript writes and reads that, strict JSON
//! readers refuse the whole frame.

use std::borrow::Cow;

/// The text with every escape of half a pair replaced by that of the replacement character.
pub fn mend(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
        } else if let Some(unit) = unit(bytes, at) {
            let next = unit_of_pair(bytes, at + 6);
            match unit {
                0xD800..=0xDBFF if next => at += 12,
                0xD800..=0xDFFF => {
                    // Same length, so that offsets stay.
                    mended.get_or_insert_with(|| bytes.to_vec())[at + 2..at + 6].copy_from_slice(b"fffd");
                    at += 6;
                }
                _ => at += 6,
            }
        } else {
            at += 2;
        }
    }
    match mended.map(String::from_utf8) {
        Some(Ok(mended)) => Cow::Owned(mended),
        _ => Cow::Borrowed(text),
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn unit_of_pair(bytes: &[u8], at: usize) -> bool {
    matches!(unit(bytes, at), Some(0xDC00..=0xDFFF))
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn only_halves_are_replaced() {
        for (text, want) in [
            (r#""\ud83d\ude00 é""#, r#""\ud83d\ude00 é""#),
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b\uD83D\ud83d\ude00""#, r#""\ufffdb\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud8"#, r#""\ud8"#),
            ("\\", "\\"),
            ("", ""),
        ] {
            assert_eq!(mend(text), want);
        }
    }
}
