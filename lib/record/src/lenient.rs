//! Reading fields that an agent may have shaped: whatever a field holds, something comes out, and nothing is hidden.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The top-level fields of one JSON object, values unparsed, in the order in which they stand.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// The field of this name; the last one where it is doubled, as every JSON reader would have it.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rfind(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData)).map(Self)
    }
}

/// The entries of an object, in the order in which they stand.
struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = Vec<(Cow<'de, str>, V)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // Events have five to seven fields.
        let mut entries = Vec::with_capacity(8);
        while let Some((key, value)) = map.next_entry::<Borrowed<'de>, V>()? {
            entries.push((key.0, value));
        }
        Ok(entries)
    }
}

/// Reads one JSON object without looking into its values.
///
/// # Errors
/// When the bytes are not one JSON object in UTF-8.
pub fn object(json: &[u8]) -> Result<Fields<'_>, serde_json::Error> {
    serde_json::from_slice(json)
}

/// A field as text: a string decoded (half a surrogate pair becomes U+FFFD), null as nothing, anything else as the
/// JSON that stood there, so that no type hides its content.
pub fn text(value: &RawValue) -> Cow<'_, str> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<Borrowed<'_>>(json) {
            Ok(text) => text.0,
            Err(_) => Cow::Borrowed(json),
        },
        Some(b'n') => Cow::Borrowed(""),
        _ => Cow::Borrowed(json),
    }
}

/// The elements of an array, unparsed; a lone value that is not an array counts as its own only element.
pub fn elements(value: &RawValue) -> Vec<&RawValue> {
    match value.get() {
        "null" => Vec::new(),
        json if json.starts_with('[') => serde_json::from_str(json).unwrap_or_else(|_| vec![value]),
        _ => vec![value],
    }
}

/// The elements of an array of objects, each by its fields; `None` when it is anything else.
pub fn objects(value: &RawValue) -> Option<Vec<Fields<'_>>> {
    serde_json::from_str(value.get()).ok()
}

/// The same when all fields are strings, decoded: what would be read twice is then read once.
pub fn texts(value: &RawValue) -> Option<Vec<Texts<'_>>> {
    serde_json::from_str(value.get()).ok()
}

/// The fields of an object that are all strings, decoded as [`text`] does.
pub struct Texts<'a>(Vec<(Cow<'a, str>, Borrowed<'a>)>);

impl Texts<'_> {
    /// Takes the field of this name out; the last one where it is doubled, nothing where there is none.
    pub fn take(&mut self, name: &str) -> String {
        let field = self.0.iter_mut().rfind(|(key, _)| key == name);
        field.map(|(_, text)| std::mem::take(&mut text.0).into_owned()).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Texts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData)).map(Self)
    }
}

/// Whether a byte is there that JSON allows nowhere but between values.
pub fn has_control(json: &[u8]) -> bool {
    // Without an early end, so that many bytes are looked at together.
    json.iter().fold(false, |any, byte| any | (*byte < b' '))
}

/// A whole number, given as a number or as a string of one.
pub fn integer(value: &RawValue) -> Option<i64> {
    let json = value.get();
    json.parse().ok().or_else(|| text(value).trim().parse().ok())
}

/// A string that borrows when nothing in it is escaped. It is read as bytes, because serde_json then lets half a
/// surrogate pair through, which OpenClaw writes when a delta splits an emoji.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Borrowed<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Borrowed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Borrowed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        // Checking first is several times as fast as looking for what to replace, and nearly always enough.
        Ok(Borrowed(
            std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
        ))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let text = String::from_utf8(bytes.to_vec());
        Ok(Borrowed(Cow::Owned(
            text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        )))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Borrowed(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Borrowed(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn any_type_of_a_text_field_shows_its_content() {
        assert_eq!(text(raw(r#""a\nb""#)), "a\nb");
        assert_eq!(text(raw(r#""half \ud83d pair""#)), "half \u{fffd}\u{fffd}\u{fffd} pair");
        assert_eq!(text(raw(r#"{"x":"y"}"#)), r#"{"x":"y"}"#);
        assert_eq!(text(raw("null")), "");
        assert_eq!(text(raw("1e999")), "1e999");
    }

    #[test]
    fn an_object_keeps_unread_values_however_deep() {
        let deep = format!(r#"{{"a":{}1{},"a":2,"b":3}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let fields = object(deep.as_bytes()).unwrap();
        assert_eq!(fields.get("a").unwrap().get(), "2");
        assert_eq!(fields.get("b").unwrap().get(), "3");
        assert!(object(b"[1]").is_err() && object(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn texts_are_what_their_fields_are() {
        let json = raw(r#"[{"a":"x\n","b":"é","a":"y"},{},{"c":"half \ud83d pair"}]"#);
        let fields = objects(json).unwrap();
        for (texts, fields) in texts(json).unwrap().iter_mut().zip(fields) {
            for name in ["a", "b", "c"] {
                assert_eq!(texts.take(name), fields.get(name).map(text).unwrap_or_default());
            }
        }
        for other in [r#"{"a":"x"}"#, r#"[{"a":1}]"#, r#"[{"a":null}]"#, "[1]", r#"["a"]"#, "null"] {
            assert!(texts(raw(other)).is_none(), "{other}");
        }
        assert!(objects(raw(r#"[{"a":1},2]"#)).is_none() && objects(raw("[]")).unwrap().is_empty());
    }

    #[test]
    fn elements_and_integers_take_what_comes() {
        assert_eq!(elements(raw("[1,2]")).len(), 2);
        assert_eq!(elements(raw("\"lone\"")).len(), 1);
        assert!(elements(raw("null")).is_empty());
        assert_eq!(integer(raw("\"12\"")), Some(12));
        assert_eq!(integer(raw("1.5")), None);
    }
}
