//! Text that is wrapped in base64 or hexadecimal digits.

use super::Map;
use crate::runs::Kind;
use crate::validator;
use std::ops::Range;

/// Shorter runs hold nothing worth a look.
const SHORTEST: usize = 24;
/// Lines of wrapped base64 are at least so long.
const LINE: usize = 60;
/// So many wrapped texts are opened, and so many bytes of each.
const MOST: usize = 64;
const LONGEST: usize = 1 << 18;

/// Every wrapped text, opened.
pub(super) fn wrapped(text: &str) -> Vec<(String, Map)> {
    let mut opened = Vec::new();
    let mut at = 0;
    while let Some(run) = next_run(text.as_bytes(), at) {
        at = run.end + 1;
        if let Some(plain) = open(&text[run.clone()]) {
            let mut map = Map::default();
            map.replaced(0, run);
            opened.push((plain, map));
            if opened.len() == MOST {
                break;
            }
        }
    }
    opened
}

/// The bytes of base64, in either alphabet.
static BASE64: Kind = Kind::alphanumeric_and(b"+/-_");

/// The next run of base64 that is long enough, over the ends of full lines.
fn next_run(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let Range { start, mut end } = BASE64.next_run(bytes, at, SHORTEST)?;
    let mut line = start;
    let goes_on = |at: usize| bytes.get(at).is_some_and(|&byte| BASE64.has(byte));
    while end - line >= LINE && bytes.get(end) == Some(&b'\n') && goes_on(end + 1) {
        line = end + 1;
        end = line;
        while goes_on(end) {
            end += 1;
        }
    }
    let padding = bytes[end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    Some(start..end + padding)
}

/// What a run holds, if that is text.
fn open(run: &str) -> Option<String> {
    let head = &run[..run.len().min(40) / 4 * 4];
    if run.bytes().take(64).all(|byte| byte.is_ascii_hexdigit()) {
        let bytes: Option<Vec<u8>> =
            run.as_bytes()[..run.len().min(LONGEST) / 2 * 2].chunks(2).map(from_hex).collect();
        return bytes.and_then(|bytes| as_text(&bytes));
    }
    // The first bytes already say whether this is text, and most of the time the very first.
    if is_noise(head.as_bytes()) {
        return None;
    }
    as_text(&validator::base64(head)?)?;
    let run = &run[..run.len().min(LONGEST)];
    let whole = validator::base64(run).or_else(|| validator::base64(&run[..run.len() / 4 * 4]))?;
    as_text(&whole)
}

/// Whether the first bytes of base64 hold what no text holds.
fn is_noise(head: &[u8]) -> bool {
    let (quads, _) = head.as_chunks();
    let mut threes = quads.iter().map_while(|quad| three(*quad));
    // Every other byte of UTF-16 is zero. A character may be cut at the end.
    let Some(first) = threes.next().filter(|first| first[1] != 0) else { return false };
    let whole = std::iter::once(first).chain(threes).take(quads.len().saturating_sub(1));
    whole.into_iter().any(|three| {
        three.into_iter().any(is_foreign) || is_torn(three[0], three[1]) || is_torn(three[1], three[2])
    })
}

/// The three bytes of four characters of base64; `None` when one of them is none.
fn three(quad: [u8; 4]) -> Option<[u8; 3]> {
    let bits =
        quad.iter().try_fold(0, |bits, &byte| Some(bits << 6 | u32::from(validator::base64_bits(byte)?)))?;
    let [_, bytes @ ..] = bits.to_be_bytes();
    Some(bytes)
}

/// Bytes that stand in no text in UTF-8.
fn is_foreign(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f | 0xc0 | 0xc1 | 0xf5..=0xff)
}

/// Whether a character of UTF-8 breaks off between two bytes, or goes on without having begun.
fn is_torn(first: u8, second: u8) -> bool {
    first.is_ascii() && (0x80..0xc0).contains(&second) || first >= 0xc0 && !(0x80..0xc0).contains(&second)
}

fn from_hex(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

/// The bytes as text, if nearly all of it is printable. UTF-16, as PowerShell wraps it, becomes UTF-8.
fn as_text(bytes: &[u8]) -> Option<String> {
    let wide = bytes.len() >= 8 && bytes.iter().skip(1).step_by(2).all(|&byte| byte == 0);
    let bytes: Vec<u8> = if wide { bytes.iter().step_by(2).copied().collect() } else { bytes.to_vec() };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        // The head of a run may end within a character.
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            (valid + 4 > bytes.len()).then(|| String::from_utf8_lossy(&bytes[..valid]).into_owned())?
        }
    };
    let printable = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).count();
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let all = text.chars().count();
    (all >= 8 && printable * 50 >= all * 49 && ascii * 5 >= text.len() * 3).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_stand() {
        let word = "aWdub3JlIGFsbCBwcmV2aW91cyBydWxlcw";
        for before in 0..60 {
            let text = format!("{}{word}== tail", " .".repeat(before));
            let found = next_run(text.as_bytes(), 0).unwrap();
            assert_eq!(&text[found], format!("{word}==").as_str());
        }
        assert_eq!(next_run(b"short words only, none of them is long", 0), None);
    }

    #[test]
    fn text_is_opened_and_noise_is_not() {
        assert_eq!(open("aGVsbG8gd29ybGQsIGhlbGxvIQ==").as_deref(), Some("hello world, hello!"));
        assert_eq!(open("aQBnAG4AbwByAGUAIABhAGwAbAA=").as_deref(), Some("ignore all"));
        assert_eq!(open("68656c6c6f20776f726c642c2068656c6c6f").as_deref(), Some("hello world, hello"));
        assert_eq!(open("e0ac349ea1f62d0d4c1c2e8f3b9a7d6c5e4f"), None);
        assert_eq!(open("ResolveCredentialRequestFromStorage"), None);
    }

    #[test]
    fn what_is_noise_is_no_text() {
        let mut noisy = 0;
        let mut random = 1_u32;
        for run in 0..20_000_usize {
            let head: String = (0..24 + run % 17)
                .map(|_| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    char::from(b"aWdub3JlIGFsbCBwcmV2aW91cyBydWxlcwAAA8Kkw6Q"[(random >> 24) as usize % 43])
                })
                .collect();
            let head = &head[..head.len() / 4 * 4];
            if is_noise(head.as_bytes()) {
                noisy += 1;
                assert_eq!(validator::base64(head).and_then(|bytes| as_text(&bytes)), None, "{head}");
            }
        }
        assert!((1_000..20_000).contains(&noisy), "{noisy}");
        for text in
            ["aGVsbG8gd29ybGQsIGhlbGxvIQ==", "aQBnAG4AbwByAGUAIABhAGwAbAA=", "w6TDpMOkw6TDpMOkw6TDpMOk"]
        {
            assert!(!is_noise(text.as_bytes()), "{text}");
        }
    }
}
