//! What was answered, as it is kept.

use crate::{Channel, Provider, Secret};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long the model may think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Thinking {
    /// As much as the question needs.
    Adaptive,
    /// Much.
    High,
    /// Little.
    Low,
    /// Not at all.
    Off,
}

/// Which flags become cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// All of them.
    LowAbove,
    /// MEDIUM and HIGH.
    MediumAbove,
    /// HIGH alone.
    HighOnly,
}

/// What was answered. Secrets are among it: it is written to files of mode 0600 and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// The shape of this file.
    pub version: u32,
    /// Who answers the agent.
    pub provider: Option<Provider>,
    /// The address of a server of one's own.
    pub base_url: Option<String>,
    /// The key of each provider that was ever given.
    pub keys: BTreeMap<Provider, Secret>,
    /// The model of each provider, without the provider's name.
    pub models: BTreeMap<Provider, String>,
    /// How long it may think.
    pub thinking: Thinking,
    /// Whether the thinking is recorded.
    pub reasoning: bool,
    /// The chat services that are connected.
    pub channels: BTreeSet<Channel>,
    /// Their tokens, by variable.
    pub tokens: BTreeMap<String, Secret>,
    /// Whether the agent may search the web.
    pub web_search: bool,
    /// The key for it.
    pub web_key: Option<Secret>,
    /// Whether the record is patrolled while the sandbox runs.
    pub patrol: bool,
    /// Which flags become cases.
    pub escalation: Escalation,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            provider: None,
            base_url: None,
            keys: BTreeMap::new(),
            models: BTreeMap::new(),
            thinking: Thinking::Adaptive,
            reasoning: true,
            channels: BTreeSet::new(),
            tokens: BTreeMap::new(),
            web_search: false,
            web_key: None,
            patrol: true,
            escalation: Escalation::MediumAbove,
        }
    }
}

/// Why kept answers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON, or not of this shape. The message holds no part of it.
    #[error("it is not what this program writes (line {0})")]
    Shape(usize),
    /// A newer program wrote it.
    #[error("a newer version wrote it")]
    Newer,
}

impl Answers {
    const VERSION: u32 = 1;

    /// Reads kept answers.
    ///
    /// # Errors
    /// When they are none of this version's.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let answers: Self = serde_json::from_slice(bytes).map_err(|error| Unreadable::Shape(error.line()))?;
        if answers.version > Self::VERSION { Err(Unreadable::Newer) } else { Ok(answers) }
    }

    /// As they are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of strings and maps with string keys is always JSON.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The key of the provider that was chosen.
    pub fn key(&self) -> Option<&Secret> {
        self.keys.get(&self.provider?)
    }

    /// The model that was chosen, as OpenClaw names it.
    pub fn model(&self) -> Option<String> {
        let provider = self.provider?;
        Some(format!("{}/{}", provider.id(), self.models.get(&provider)?))
    }
}

impl Thinking {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Adaptive, Self::High, Self::Low, Self::Off];

    /// As OpenClaw calls it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::High => "high",
            Self::Low => "low",
            Self::Off => "off",
        }
    }
}

impl Escalation {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::MediumAbove, Self::LowAbove, Self::HighOnly];

    /// As the command line calls it.
    pub fn id(self) -> &'static str {
        match self {
            Self::LowAbove => "low_above",
            Self::MediumAbove => "medium_above",
            Self::HighOnly => "high_only",
        }
    }
}
