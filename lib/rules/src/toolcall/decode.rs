//! Base64 and hex, as scripts hide scripts in them.

/// Decodes base64 (standard or URL alphabet, blanks ignored); `None` when it is something else.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Decodes base64 to text: UTF-8, or UTF-16 as PowerShell's `-EncodedCommand` wants it.
pub fn base64_text(text: &str) -> Option<String> {
    let bytes = base64(text)?;
    let wide =
        bytes.len() >= 4 && bytes.chunks_exact(2).filter(|pair| pair[1] == 0).count() * 3 >= bytes.len();
    if wide {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        return Some(String::from_utf16_lossy(&units));
    }
    readable(bytes)
}

/// Decodes hex digits to text.
pub fn hex_text(text: &str) -> Option<String> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    readable(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// The bytes as text, if they are one that a person could read.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    (odd * 20 <= text.len()).then_some(text)
}
