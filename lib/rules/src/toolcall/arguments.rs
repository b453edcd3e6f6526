//! The texts in a tool call's arguments, wherever they are, with their keys and places.

use std::borrow::Cow;

/// A string, number or word in JSON arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The nearest key, lower case, without `_` and `-`.
    pub key: String,
    /// The value, decoded.
    pub text: String,
    /// First byte of the value's content in the arguments.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Which array it stands in, if it does.
    pub array: Option<usize>,
    /// The offsets of `text` are those of the arguments, shifted by `start`.
    pub plain: bool,
}

/// Reads the leaves of JSON, or of something like it: no nesting is too deep, and what is broken is skipped.
pub fn leaves(json: &str) -> Vec<Leaf> {
    let mut reader = Reader { json, at: 0, out: Vec::new(), keys: vec![(String::new(), None)], arrays: 0 };
    reader.run();
    reader.out
}

struct Reader<'j> {
    json: &'j str,
    at: usize,
    out: Vec<Leaf>,
    /// For each open object or array: the key that holds, and the array's number.
    keys: Vec<(String, Option<usize>)>,
    arrays: usize,
}

impl Reader<'_> {
    fn run(&mut self) {
        let bytes = self.json.as_bytes();
        while self.at < bytes.len() {
            match bytes[self.at] {
                b'{' => {
                    let key = self.keys.last().map(|(key, _)| key.clone()).unwrap_or_default();
                    self.keys.push((key, None));
                    self.at += 1;
                }
                b'[' => {
                    let key = self.keys.last().map(|(key, _)| key.clone()).unwrap_or_default();
                    self.arrays += 1;
                    self.keys.push((key, Some(self.arrays)));
                    self.at += 1;
                }
                b'}' | b']' => {
                    if self.keys.len() > 1 {
                        self.keys.pop();
                    }
                    self.at += 1;
                }
                b'"' => self.string(),
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                _ => self.scalar(),
            }
        }
    }

    fn string(&mut self) {
        let bytes = self.json.as_bytes();
        let start = self.at + 1;
        let (text, end) = string(self.json, start);
        self.at = (end + 1).min(bytes.len());
        let next = bytes[self.at..].iter().position(|byte| !byte.is_ascii_whitespace());
        if next.is_some_and(|next| bytes[self.at + next] == b':') {
            if let Some((key, _)) = self.keys.last_mut() {
                // Keys of a kilobyte are no keys of ours.
                *key = text
                    .chars()
                    .take(64)
                    .filter(|c| !matches!(c, '_' | '-'))
                    .flat_map(char::to_lowercase)
                    .collect();
            }
            return;
        }
        let plain = matches!(text, Cow::Borrowed(_));
        self.push(text.into_owned(), start, end, plain);
    }

    fn scalar(&mut self) {
        let bytes = self.json.as_bytes();
        let start = self.at;
        while self.at < bytes.len()
            && !matches!(bytes[self.at], b',' | b'}' | b']' | b' ' | b'\n' | b'"' | b':' | b'{' | b'[')
        {
            self.at += 1;
        }
        let text = self.json.get(start..self.at).unwrap_or_default().to_owned();
        self.push(text, start, self.at, true);
    }

    fn push(&mut self, text: String, start: usize, end: usize, plain: bool) {
        let (key, array) = self.keys.last().cloned().unwrap_or_default();
        self.out.push(Leaf { key, text, start, end, array, plain });
    }
}

/// Where the quote stands that closes a string whose content begins at `start`, or else the end.
fn closing_quote(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        // Whatever is escaped closes nothing.
        at += 2;
    }
    bytes.len()
}

/// The first quote or backslash. Some stand close together, where to begin a search costs more than it saves.
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    let (near, far) = bytes.split_at(bytes.len().min(3));
    let near = near.iter().position(|byte| matches!(byte, b'"' | b'\\'));
    near.or_else(|| memchr::memchr2(b'"', b'\\', far).map(|at| at + 3))
}

/// The string whose content begins at `start`, escapes undone, and where its closing quote stands; what is broken stays
/// as it is.
fn string(json: &str, start: usize) -> (Cow<'_, str>, usize) {
    if let Some(simple) = simple_string(json, start) {
        return simple;
    }
    let end = closing_quote(json.as_bytes(), start);
    let raw = json.get(start.min(end)..end).unwrap_or_default();
    if !raw.contains('\\') {
        return (Cow::Borrowed(raw), end);
    }
    let text = serde_json::from_str(&format!("\"{raw}\""));
    (Cow::Owned(text.unwrap_or_else(|_| crate::shell::unescape(raw).into_owned())), end)
}

/// The same where nothing is broken, and nothing escaped by its number: so are nearly all.
fn simple_string(json: &str, start: usize) -> Option<(Cow<'_, str>, usize)> {
    let bytes = json.as_bytes();
    let (mut text, mut from) = (String::new(), start);
    let end = loop {
        let at = from + quote_or_escape(bytes.get(from..)?)?;
        if bytes[at] == b'"' {
            break at;
        }
        if at > from {
            text.push_str(json.get(from..at)?);
        }
        text.push(match bytes.get(at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
            _ => return None,
        });
        from = at + 2;
    };
    if from == start {
        return Some((Cow::Borrowed(json.get(start..end)?), end));
    }
    // Where a character is escaped, JSON wants no bare one that should have been.
    if bytes[start..end].iter().fold(false, |bare, &byte| bare | (byte < b' ')) {
        return None;
    }
    text.push_str(json.get(from..end)?);
    Some((Cow::Owned(text), end))
}

/// Finds where offsets of a decoded text lie in its raw form; `offsets` ascending.
pub fn raw_offsets(raw: &str, offsets: &[usize]) -> Vec<usize> {
    let bytes = raw.as_bytes();
    let (mut at, mut decoded) = (0, 0);
    let mut out = Vec::with_capacity(offsets.len());
    for &offset in offsets {
        while decoded < offset && at < bytes.len() {
            match (bytes[at], bytes.get(at + 1)) {
                (b'\\', Some(b'u')) => {
                    let digits =
                        raw.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    // Each half of a surrogate pair is counted as two of its four bytes.
                    decoded += match digits.unwrap_or(0xffff) {
                        0..=0x7f => 1,
                        0x80..=0x7ff => 2,
                        0xd800..=0xdfff => 2,
                        _ => 3,
                    };
                    at += 6;
                }
                (b'\\', _) => {
                    decoded += 1;
                    at += 2;
                }
                _ => {
                    decoded += 1;
                    at += 1;
                }
            }
        }
        out.push(at.min(bytes.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_their_keys_and_places() {
        let json = r#"{"a":{"file_path":"x\ny"},"cmd":["sh","-c"],"n":1}"#;
        let found = leaves(json);
        let keys: Vec<_> = found
            .iter()
            .map(|leaf| (leaf.key.as_str(), leaf.text.as_str(), &json[leaf.start..leaf.end]))
            .collect();
        assert_eq!(
            keys,
            [("filepath", "x\ny", r"x\ny"), ("cmd", "sh", "sh"), ("cmd", "-c", "-c"), ("n", "1", "1")]
        );
        assert_eq!(found[1].array, found[2].array);
    }

    #[test]
    fn strings_end_where_reading_byte_by_byte_would_end_them() {
        let alphabet = ['"', '\\', 'n', 'u', '\n', 'é', '/', '0'];
        for number in 0..alphabet.len().pow(5) {
            let text: String =
                (0..5).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect();
            let json = format!("\"{text}");
            let bytes = json.as_bytes();
            let mut end = 1;
            while end < bytes.len() && bytes[end] != b'"' {
                end += 1 + usize::from(bytes[end] == b'\\');
            }
            let end = end.min(bytes.len());
            let raw = &json[1..end];
            let expected = serde_json::from_str(&format!("\"{raw}\""))
                .unwrap_or_else(|_| crate::shell::unescape(raw).into_owned());
            let expected = (if raw.contains('\\') { expected } else { raw.to_owned() }, end);
            let (text, end) = string(&json, 1);
            assert_eq!((text.into_owned(), end), expected, "{json:?}");
        }
    }

    #[test]
    fn offsets_lead_back_into_the_escapes() {
        let raw = r"a\nb\u00e9c";
        assert_eq!(raw_offsets(raw, &[0, 1, 2, 3, 5]), [0, 1, 3, 4, 10]);
    }

    #[test]
    fn broken_json_gives_what_it_has() {
        assert_eq!(leaves(r#"{"a":"b"#)[0].text, "b");
        assert!(leaves("\"\\").len() <= 1);
        assert_eq!(leaves(&"[".repeat(100_000)).len(), 0);
    }
}
