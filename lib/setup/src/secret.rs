//! Keys and tokens. They show themselves to whoever asks for them by name, and to nobody else.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A key or a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// As it was cleaned.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself: for the provider's eyes, and for files of mode 0600.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its beginning and its end, so that people can tell their keys apart; nothing of a short one.
    pub fn hint(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        if letters.len() < 16 {
            return "…".to_owned();
        }
        let end: String = letters[letters.len() - 4..].iter().collect();
        let begin: String = letters[..4].iter().collect();
        format!("{begin}…{end}")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn it_does_not_show_itself() {
        let key = Secret::new("sk-ant-0123456789abcdef");
        assert_eq!(format!("{key:?} {}", key.hint()), "(secret) sk-a…cdef");
        assert_eq!(Secret::new("short").hint(), "…");
    }
}
