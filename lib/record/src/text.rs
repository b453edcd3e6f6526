//! A text that a record holds as JSON: decoded when somebody reads it, written as it came.

use crate::lenient;
use memchr::memchr2;
use serde::ser::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// A text. Most of a record is passed on without being looked at: a text that came as JSON is decoded only when it is read, and leaves as the
/// JSON that it came as.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    Plain(String),
    /// A JSON string without `\u`, with its quotes, and what it says once somebody has asked.
    Json(Box<str>, OnceLock<String>),
}

impl Text {
    /// The JSON string that a text begins with, and what stands behind it; `None` when no string stands there, or one that holds half a
    /// surrogate pair.
    pub fn read(json: &str) -> Option<(Self, &str)> {
        let (end, unicode) = string(json.as_bytes())?;
        let (json, rest) = json.split_at_checked(end)?;
        let text = if unicode {
            // Half a character may be spelt so, which no string can hold.
            Form::Plain(serde_json::from_str(json).ok()?)
        } else if lenient::has_control(json.as_bytes()) {
            return None;
        } else {
            Form::Json(json.into(), OnceLock::new())
        };
        Some((Self(text), rest))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Plain(plain) => plain,
            Form::Json(json, plain) => plain.get_or_init(|| decoded(json)),
        }
    }

    /// Appends it as JSON: as it came, if that is still known.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match &self.0 {
            Form::Plain(plain) => serde_json::to_writer(out, plain)?,
            Form::Json(json, _) => out.extend_from_slice(json.as_bytes()),
        }
        Ok(())
    }

    /// Whether there is nothing in it; does not decode it.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Plain(plain) => plain.is_empty(),
            Form::Json(json, _) => json.len() == r#""""#.len(),
        }
    }

    /// About as many bytes as it is in JSON; does not decode it.
    pub fn written_len(&self) -> usize {
        match &self.0 {
            Form::Plain(plain) => plain.len() + plain.len() / 16 + 2,
            Form::Json(json, _) => json.len(),
        }
    }

    /// Forgets the JSON that it came as: what is read and then kept for long need not be held twice.
    pub fn decode(&mut self) {
        self.0 = Form::Plain(std::mem::take(self).into_string());
    }

    /// Appends a text.
    pub fn push_str(&mut self, more: &str) {
        let mut plain = std::mem::take(self).into_string();
        plain.push_str(more);
        self.0 = Form::Plain(plain);
    }

    /// The text, for good.
    pub fn into_string(self) -> String {
        match self.0 {
            Form::Plain(plain) => plain,
            Form::Json(json, plain) => plain.into_inner().unwrap_or_else(|| decoded(&json)),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Form::Plain(String::new()))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl From<String> for Text {
    fn from(plain: String) -> Self {
        Self(Form::Plain(plain))
    }
}

impl From<&str> for Text {
    fn from(plain: &str) -> Self {
        Self(Form::Plain(plain.to_owned()))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Plain(plain) => plain.serialize(serializer),
            Form::Json(json, _) => {
                serde_json::from_str::<&RawValue>(json).map_err(S::Error::custom)?.serialize(serializer)
            }
        }
    }
}

/// Where the JSON string ends that the bytes begin with, behind its closing quote, and whether `\u` stands in it. Its escapes are such that
/// JSON knows; its other bytes have not been looked at.
fn string(json: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut unicode) = (1, false);
    json.first().filter(|quote| **quote == b'"')?;
    loop {
        // Ends of lines stand in pairs.
        if json.get(at) != Some(&b'\\') {
            at += memchr2(b'"', b'\\', json.get(at..)?)?;
        }
        match json.get(at..at + 2) {
            Some([b'\\', b'u']) => unicode = true,
            Some([b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't']) => {}
            _ if json[at] == b'"' => return Some((at + 1, unicode)),
            _ => return None,
        }
        at += 2;
    }
}

/// What a JSON string says.
fn decoded(json: &str) -> String {
    // It was a JSON string when it was taken in; shown as it is, nothing of it would be hidden.
    serde_json::from_str(json).unwrap_or_else(|_| json.to_owned())
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<Text> {
        Text::read(json).filter(|(_, rest)| rest.is_empty()).map(|(text, _)| text)
    }

    #[test]
    fn it_says_what_the_json_says_and_is_written_as_it_came() {
        for json in
            [r#""""#, r#""plain""#, r#""\"é\"\n\\\/\b""#, r#""\\u00e9""#, r#""caf\u00e9 \ud83d\ude00""#]
        {
            let (text, plain) = (text(json).unwrap(), serde_json::from_str::<String>(json).unwrap());
            assert_eq!(text.is_empty(), plain.is_empty());
            let written = serde_json::to_string(&text).unwrap();
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), plain);
            assert_eq!(written == json, !json.contains(r"\u00e9 "), "{json}");
            assert_eq!(text, plain.as_str());
            let mut kept = text.clone();
            kept.decode();
            assert!(matches!(&kept.0, Form::Plain(kept) if *kept == plain), "{json}");
            assert_eq!(text.clone().into_string(), plain);
            let mut longer = text;
            longer.push_str("!\n");
            assert_eq!(
                serde_json::to_string(&longer).unwrap(),
                serde_json::to_string(&format!("{plain}!\n")).unwrap()
            );
        }
    }

    #[test]
    fn what_stands_behind_a_string_is_left() {
        let (text, rest) = Text::read(r#""a\"b\\",\"c\"}"#).unwrap();
        assert_eq!((&*text, rest), (r#"a"b\"#, r#",\"c\"}"#));
    }

    /// Pieces of strings, good and bad, in all ways in which three of them can stand together.
    #[test]
    fn a_string_is_one_that_json_knows() {
        let pieces: [&[u8]; 14] = [
            b"", b"a", br"\n", br"\/", br"\\", br#"\""#, br"\u00e9", br"\ud83d", br"\x", br"\u00", b"\t",
            b"\0", b"\xff", b"\"",
        ];
        let mut good = 0;
        for place in 0..pieces.len().pow(3) {
            let [a, b, c] = [1, 14, 14 * 14].map(|size| pieces[place / size % pieces.len()]);
            for json in [[b"\"", a, b, c, b"\""].concat(), [b"\"", a, b, c].concat()] {
                let known = serde_json::from_slice::<String>(&json).ok();
                let read = std::str::from_utf8(&json).ok().and_then(Text::read);
                let read = read.filter(|(_, rest)| rest.trim_ascii().is_empty());
                good += usize::from(known.is_some());
                assert_eq!(read.map(|(text, _)| text.into_string()), known, "{}", json.escape_ascii());
            }
        }
        assert!(good > 300, "{good}");
    }

    #[test]
    fn half_a_character_and_what_is_no_string_are_no_text() {
        for json in [r#""\ud83d""#, r#""\ude00 x""#, "17", "null", r#"["a"]"#] {
            assert!(text(json).is_none(), "{json}");
        }
    }
}
