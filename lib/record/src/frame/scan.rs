//! Where a JSON value ends.
//!
//! Written for lines of a few hundred bytes that are nearly always good: strings are searched eight bytes at a time,
//! nothing is decoded, and the open brackets are one bit each, so no depth overflows anything.

/// What [`scan_value`] found at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// A whole value; it ends just before this index. A number that touches the end of the bytes counts as whole.
    Whole(usize),
    /// The bytes end inside a value that may yet become whole.
    Partial,
    /// No JSON, from this index on.
    Invalid(usize),
}

/// Finds the end of the JSON value that begins the bytes (after white space), however deep. UTF-8 is not checked.
pub fn scan_value(bytes: &[u8]) -> Scan {
    match (Scanner { bytes, at: 0, open: Open::default() }).value() {
        Ok(end) => Scan::Whole(end),
        Err(at) if at >= bytes.len() => Scan::Partial,
        Err(at) => Scan::Invalid(at),
    }
}

/// Where the text ends of a string that begins behind its quote, with neither an escape nor a control character in it: the index of the
/// quote that ends it.
pub(super) fn plain_string(bytes: &[u8]) -> Option<usize> {
    let end = plain(bytes, 0);
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// The index of the first byte that does not fit; the length of the bytes when it is the end that does not.
type Step = Result<(), usize>;

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Open,
}

impl Scanner<'_> {
    fn value(mut self) -> Result<usize, usize> {
        loop {
            self.white();
            match self.peek()? {
                b'"' => self.string()?,
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    self.open.push(bracket == b'{');
                    if self.enter()? {
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return Err(self.at),
            }
            if self.leave()? {
                return Ok(self.at);
            }
        }
    }

    /// After an opening bracket: whether a value follows. An empty object or array is closed.
    fn enter(&mut self) -> Result<bool, usize> {
        self.white();
        let object = self.open.top_is_object();
        if self.peek()? == if object { b'}' } else { b']' } {
            self.at += 1;
            self.open.pop();
            return Ok(false);
        }
        if object {
            self.key()?;
        }
        Ok(true)
    }

    /// After a value: closes what closes here. Whether that was the whole; otherwise another value follows.
    fn leave(&mut self) -> Result<bool, usize> {
        while !self.open.is_empty() {
            self.white();
            let object = self.open.top_is_object();
            match (self.peek()?, object) {
                (b'}', true) | (b']', false) => {
                    self.at += 1;
                    self.open.pop();
                }
                (b',', _) => {
                    self.at += 1;
                    if object {
                        self.white();
                        self.key()?;
                    }
                    return Ok(false);
                }
                _ => return Err(self.at),
            }
        }
        Ok(true)
    }

    fn key(&mut self) -> Step {
        if self.peek()? != b'"' {
            return Err(self.at);
        }
        self.string()?;
        self.white();
        if self.peek()? != b':' {
            return Err(self.at);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn peek(&self) -> Result<u8, usize> {
        self.bytes.get(self.at).copied().ok_or(self.bytes.len())
    }

    #[inline]
    fn white(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    #[inline]
    fn string(&mut self) -> Step {
        self.at += 1;
        loop {
            self.at = plain(self.bytes, self.at);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape()?,
                _ => return Err(self.at),
            }
        }
    }

    fn escape(&mut self) -> Step {
        self.at += 1;
        let digits = match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 0,
            b'u' => 4,
            _ => return Err(self.at),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.peek()?.is_ascii_hexdigit() {
                return Err(self.at);
            }
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Step {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let b'+' | b'-' = self.peek()? {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Step {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.at);
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Step {
        for byte in word {
            if self.peek()? != *byte {
                return Err(self.at);
            }
            self.at += 1;
        }
        Ok(())
    }
}

/// The index, from `at` on, of the first quote, backslash or control character; the length when there is none.
#[inline]
fn plain(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        // The high bit of a byte is set where the byte is zero, or below 0x20; a borrow can only spoil the bytes
        // after the first hit, and only the first one counts.
        let hits = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        if hits & HIGH != 0 {
            return at + (hits & HIGH).trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
        at += 1;
    }
    at
}

/// The open brackets, one bit each: set for an object. The innermost 64 are in `bits`, the others spilled.
#[derive(Default)]
struct Open {
    bits: u64,
    depth: usize,
    spilled: Vec<u64>,
}

impl Open {
    #[inline]
    fn push(&mut self, object: bool) {
        if self.depth.is_multiple_of(64) && self.depth > 0 {
            self.spilled.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    #[inline]
    fn pop(&mut self) {
        self.bits >>= 1;
        self.depth -= 1;
        if self.depth.is_multiple_of(64) && self.depth > 0 {
            self.bits = self.spilled.pop().unwrap_or_default();
        }
    }

    #[inline]
    fn top_is_object(&self) -> bool {
        self.bits & 1 == 1
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_value_is_found_and_no_further() {
        for (json, end) in [
            (r#"{"a":[1,{"b":"}"}]},{"c":2}"#, 19),
            (" [ ] ]", 4),
            ("{}\n", 2),
            (r#""a\"b" "#, 6),
            ("-1.5e+3,", 7),
            ("true false", 4),
            ("1e999", 5),
            (r#""\ud83d""#, 8),
        ] {
            assert_eq!(scan_value(json.as_bytes()), Scan::Whole(end), "{json}");
        }
    }

    #[test]
    fn every_prefix_of_an_object_is_partial() {
        let json = r#" {"a\n":[1.5e-3,{"b":"c\u00e9"},null],"d":{},"e":[],"f":true}"#;
        for cut in 0..json.len() {
            assert_eq!(scan_value(&json.as_bytes()[..cut]), Scan::Partial, "{}", &json[..cut]);
        }
        assert_eq!(scan_value(json.as_bytes()), Scan::Whole(json.len()));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (json, at) in [
            ("{a:1}", 1),
            (r#"{"a":1,}"#, 7),
            (r#"{"a" 1}"#, 5),
            ("[1,]", 3),
            ("[1}", 2),
            ("{\"a\n\":1}", 3),
            ("{\"abcdefghij\u{1}\":1}", 12),
            (r#"{"a":"\x"}"#, 7),
            (r#"{"a":"\u12g4"}"#, 10),
            ("NaN", 0),
            ("-Infinity", 1),
            ("01", 1),
            ("+1", 0),
            ("1.x", 2),
            ("nul!", 3),
            (r#"{"a":1 "b":2}"#, 7),
        ] {
            let found = scan_value(json.as_bytes());
            // A leading zero is a whole number with something behind it.
            let want = if json == "01" { Scan::Whole(at) } else { Scan::Invalid(at) };
            assert_eq!(found, want, "{json}");
        }
    }

    #[test]
    fn depth_is_no_matter_and_brackets_are_not_mixed_up() {
        for depth in [1, 63, 64, 65, 127, 128, 129, 1000, 100_000] {
            let open: String = (0..depth).map(|level| if level % 3 == 0 { "[" } else { "{\"k\":" }).collect();
            let close: String =
                (0..depth).rev().map(|level| if level % 3 == 0 { ']' } else { '}' }).collect();
            let json = format!("{open}1{close}");
            assert_eq!(scan_value(json.as_bytes()), Scan::Whole(json.len()));
            let wrong =
                format!("{open}1{}{}", &close[..depth - 1], if close.ends_with(']') { '}' } else { ']' });
            assert_eq!(scan_value(wrong.as_bytes()), Scan::Invalid(wrong.len() - 1));
        }
    }

    #[test]
    fn it_agrees_with_serde_json_on_mutated_events() {
        let seed = br#"{"ts": 1773178949688, "event": "x", "a": [1, -2.5e3, {"b": "c\n\u00e9"}], "t": true}"#;
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        let mut good = 0;
        for _ in 0..20_000 {
            let mut json = seed.to_vec();
            for _ in 0..=next(2) {
                let alphabet = b"\"\\{}[],: 01e.-+tn\x01\n\x7f/u";
                let at = next(json.len());
                json[at] = alphabet[next(alphabet.len())];
            }
            let want = serde_json::from_slice::<serde::de::IgnoredAny>(&json).is_ok();
            let rest = |end: usize| json[end..].iter().all(u8::is_ascii_whitespace);
            let found = matches!(scan_value(&json), Scan::Whole(end) if rest(end));
            assert_eq!(found, want, "{}", String::from_utf8_lossy(&json));
            good += usize::from(want);
        }
        assert!(good > 1000, "the mutations are too wild to show anything");
    }
}
