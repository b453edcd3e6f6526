//! What kind of thing was found.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Personal data or a credential in the open.
    PiiLeak,
    /// Somebody asks for, or offers, help with doing harm.
    HarmfulIntent,
    /// A tool call that destroys, exfiltrates, persists or escalates.
    UnsafeToolUse,
    /// Text that tries to take the agent over.
    PromptInjection,
    /// Anything else, a gap in the record among it.
    Other,
}

impl Category {
    /// Every category, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::PiiLeak, Self::HarmfulIntent, Self::UnsafeToolUse, Self::PromptInjection, Self::Other];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PiiLeak => "pii_leak",
            Self::HarmfulIntent => "harmful_intent",
            Self::UnsafeToolUse => "unsafe_tool_use",
            Self::PromptInjection => "prompt_injection",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is not one of the categories.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a category")]
pub struct UnknownCategory(String);

impl FromStr for Category {
    type Err = UnknownCategory;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str() == word)
            .ok_or_else(|| UnknownCategory(word.to_owned()))
    }
}
