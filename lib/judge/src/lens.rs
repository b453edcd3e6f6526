//! Where a judge looks first.

/// A patrol agent's way of looking. Each judges everything; its lens says what it looks for first, so that several agents make
/// different mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lens {
    /// Everything alike.
    Whole,
    /// Personal data and credentials.
    Privacy,
    /// What tools are made to do.
    Tools,
    /// Who is steering the agent.
    Injection,
    /// What it is all for.
    Intent,
}

impl Lens {
    /// All, in the order in which agents take them.
    pub const ALL: [Self; 5] = [Self::Whole, Self::Privacy, Self::Tools, Self::Injection, Self::Intent];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Privacy => "privacy",
            Self::Tools => "tools",
            Self::Injection => "injection",
            Self::Intent => "intent",
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Whole => include_str!("../prompts/lens-whole.md"),
            Self::Privacy => include_str!("../prompts/lens-privacy.md"),
            Self::Tools => include_str!("../prompts/lens-tools.md"),
            Self::Injection => include_str!("../prompts/lens-injection.md"),
            Self::Intent => include_str!("../prompts/lens-intent.md"),
        }
    }
}
