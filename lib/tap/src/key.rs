//! A provider's key.

use std::fmt;

/// A provider's key. It shows itself to nobody but the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Takes a key, without the white space and line ends that pasting leaves; nothing when nothing is left, or when it cannot stand in a
    /// header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let header = |byte: u8| (0x21..=0x7e).contains(&byte);
        (!text.is_empty() && text.bytes().all(header)).then(|| Self(text.to_owned()))
    }

    /// The key itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_trimmed_and_never_shown() {
        let key = Key::new(" sk-abc\r\n").unwrap();
        assert_eq!(key.reveal(), "sk-abc");
        assert!(!format!("{key:?}").contains("abc"));
        assert_eq!(Key::new(" \r\n"), None);
        assert_eq!(Key::new("a\nb"), None);
    }
}
