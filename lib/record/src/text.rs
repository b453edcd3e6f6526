//! A text that a record holds as JSON: decoded when somebody reads it, written as it came.

use crate::lenient;
use memchr::memmem::Finder;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Deref;
use std::sync::{LazyLock, OnceLock};

/// What may stand for half a character, which no string can hold.
static UNICODE_ESCAPE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("\\u"));

/// A text. Most of a record is passed on without being looked at: a text that came as JSON is decoded only when it is read, and leaves as the
/// JSON that it came as.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    Plain(String),
    /// A JSON string without `\u`, and what it says once somebody has asked.
    Json(Box<RawValue>, OnceLock<String>),
}

impl Text {
    /// Takes a JSON string as it is; `None` when it is no string, or holds half a surrogate pair.
    pub fn from_json(json: &RawValue) -> Option<Self> {
        if !json.get().starts_with('"') {
            return None;
        }
        if UNICODE_ESCAPE.find(json.get().as_bytes()).is_some() {
            return serde_json::from_str(json.get()).ok().map(|plain| Self(Form::Plain(plain)));
        }
        Some(Self(Form::Json(json.to_owned(), OnceLock::new())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Plain(plain) => plain,
            Form::Json(json, plain) => plain.get_or_init(|| lenient::text(json).into_owned()),
        }
    }

    /// Whether there is nothing in it; does not decode it.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Form::Plain(plain) => plain.is_empty(),
            Form::Json(json, _) => json.get() == r#""""#,
        }
    }

    /// About as many bytes as it is in JSON; does not decode it.
    pub fn written_len(&self) -> usize {
        match &self.0 {
            Form::Plain(plain) => plain.len() + plain.len() / 16 + 2,
            Form::Json(json, _) => json.get().len(),
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
            Form::Json(json, plain) => {
                plain.into_inner().unwrap_or_else(|| lenient::text(&json).into_owned())
            }
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
            Form::Json(json, _) => json.serialize(serializer),
        }
    }
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
        Text::from_json(serde_json::from_str(json).unwrap())
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
    fn half_a_character_and_what_is_no_string_are_no_text() {
        for json in [r#""\ud83d""#, r#""\ude00 x""#, "17", "null", r#"["a"]"#] {
            assert!(text(json).is_none(), "{json}");
        }
    }
}
