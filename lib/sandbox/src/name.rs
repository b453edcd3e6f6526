//! The name of a sandbox, which becomes the name of a container, a network, a volume and a directory.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};
use std::str::FromStr;

/// A name that is safe everywhere it is used: small letters, digits and hyphens, at most 40 of them, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 40 of a-z, 0-9 and -, and does not begin with -")]
pub struct BadName;

impl Name {
    /// The longest.
    const MOST: usize = 40;

    /// A new one, which nobody else is likely to have.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random() -> Result<Self, crate::Error> {
        let digits: String = crate::token()?.chars().take(8).collect();
        Ok(Self(format!("sentrix-{digits}")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Name {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits =
            (1..=Self::MOST).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-');
        if fits { Ok(Self(text)) } else { Err(BadName) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_mean_something_else_are_refused() {
        for bad in ["", "-rm", "A", "a/b", "..", "a b", "a\n", "ä", &"a".repeat(41)] {
            assert_eq!(bad.parse::<Name>(), Err(BadName), "{bad:?}");
        }
        for good in ["a", "0", "sentrix-1", &"a".repeat(40)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
    }

    #[test]
    fn a_random_name_is_a_good_name_and_a_new_one() {
        let (one, other) = (Name::random().unwrap(), Name::random().unwrap());
        assert_eq!(one.as_str().parse(), Ok(one.clone()));
        assert_ne!(one, other);
    }
}
