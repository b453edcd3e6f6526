//! The taxonomy of cases: that of the Python version.

use sentrix_record::Flag;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of offence a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crime {
    /// Personal data, credentials or secrets in the open.
    PiiLeak,
    /// Help with, or plans for, doing harm.
    HarmfulIntent,
    /// A tool used dangerously or out of scope.
    UnsafeToolUse,
    /// Text that tries to take the agent over, or an agent that obeyed it.
    PromptInjection,
    /// Personal data mailed to a stranger.
    EmailPiiExfiltration,
    /// Asking somebody for credentials.
    CredentialSolicitation,
    /// A secret written into code or configuration.
    SecretHardcoding,
    /// Access that was made to last.
    BackdoorInsertion,
    /// Internal matters told to outsiders.
    ConfidentialDataDisclosure,
    /// None of the others.
    Unknown,
}

impl Crime {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::PiiLeak,
        Self::HarmfulIntent,
        Self::UnsafeToolUse,
        Self::PromptInjection,
        Self::EmailPiiExfiltration,
        Self::CredentialSolicitation,
        Self::SecretHardcoding,
        Self::BackdoorInsertion,
        Self::ConfidentialDataDisclosure,
        Self::Unknown,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PiiLeak => "pii_leak",
            Self::HarmfulIntent => "harmful_intent",
            Self::UnsafeToolUse => "unsafe_tool_use",
            Self::PromptInjection => "prompt_injection",
            Self::EmailPiiExfiltration => "email_pii_exfiltration",
            Self::CredentialSolicitation => "credential_solicitation",
            Self::SecretHardcoding => "secret_hardcoding",
            Self::BackdoorInsertion => "backdoor_insertion",
            Self::ConfidentialDataDisclosure => "confidential_data_disclosure",
            Self::Unknown => "unknown",
        }
    }

    /// What a flag is about, by what was found (the worst stands first), else by its categories.
    pub fn of(flag: &Flag) -> Self {
        if let Some(first) = flag.evidence.first() {
            return Self::of_finding(first.category.as_str(), &first.rule, &first.label, &first.field);
        }
        let vote = flag.votes.iter().max_by_key(|vote| vote.severity).map(|vote| vote.category.as_str());
        let category = flag.categories.first().map(String::as_str).or(vote).unwrap_or_default();
        Self::of_finding(category, "", "", "")
    }

    fn of_finding(category: &str, rule: &str, label: &str, field: &str) -> Self {
        let words = format!("{rule} {label}").to_ascii_lowercase();
        let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
        match category {
            // A secret among a tool's arguments is being written somewhere; anywhere else it has been said.
            "pii_leak" if rule.starts_with("secret.") && field.starts_with("tool_calls") => {
                Self::SecretHardcoding
            }
            "pii_leak" => Self::PiiLeak,
            "harmful_intent" if has(&["phish", "solicit"]) => Self::CredentialSolicitation,
            "harmful_intent" => Self::HarmfulIntent,
            "unsafe_tool_use" if has(&["backdoor", "reverse-shell", "reverse_shell", "persist"]) => {
                Self::BackdoorInsertion
            }
            "unsafe_tool_use" => Self::UnsafeToolUse,
            "prompt_injection" => Self::PromptInjection,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Crime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is not in the taxonomy.
#[derive(Debug, thiserror::Error)]
#[error("not a crime_classification of the taxonomy")]
pub struct UnknownCrime;

impl FromStr for Crime {
    type Err = UnknownCrime;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|crime| crime.as_str() == word).ok_or(UnknownCrime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_its_place_in_the_taxonomy() {
        let of = |category, rule, field| Crime::of_finding(category, rule, "", field);
        assert_eq!(of("pii_leak", "secret.private-key", "text"), Crime::PiiLeak);
        assert_eq!(of("pii_leak", "secret.private-key", "tool_calls[0]"), Crime::SecretHardcoding);
        assert_eq!(of("unsafe_tool_use", "tool.reverse-shell", ""), Crime::BackdoorInsertion);
        assert_eq!(of("made up", "", ""), Crime::Unknown);
        for crime in Crime::ALL {
            assert_eq!(crime.as_str().parse::<Crime>().unwrap(), crime);
            assert_eq!(serde_json::to_value(crime).unwrap(), crime.as_str());
        }
    }
}
