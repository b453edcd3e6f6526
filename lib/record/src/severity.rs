//! How bad something is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `CLEAN < LOW < MEDIUM < HIGH` for flags, and `CRITICAL` for cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Reviewed, nothing found.
    #[default]
    Clean,
    /// Worth knowing.
    Low,
    /// Worth a look.
    Medium,
    /// Needs a person.
    High,
    /// Only an investigator says this, never a flag.
    Critical,
}

impl Severity {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "CLEAN",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is not one of the severities.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a severity (CLEAN, LOW, MEDIUM, HIGH or CRITICAL)")]
pub struct UnknownSeverity(String);

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Clean, Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|severity| severity.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownSeverity(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Severity;

    #[test]
    fn severities_are_ordered_and_read_in_any_case() {
        assert!(Severity::Clean < Severity::Low && Severity::High < Severity::Critical);
        assert_eq!("high".parse::<Severity>().unwrap(), Severity::High);
        assert!("95".parse::<Severity>().is_err());
    }
}
