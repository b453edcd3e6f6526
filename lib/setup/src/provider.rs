//! Who answers the agent: eight providers, and any server that speaks as OpenAI's does.

use serde::{Deserialize, Serialize};

/// A provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Claude.
    Anthropic,
    /// GPT.
    OpenAi,
    /// Gemini.
    Google,
    /// Many behind one key.
    OpenRouter,
    /// Grok.
    Xai,
    /// Mistral.
    Mistral,
    /// Open models, fast.
    Groq,
    /// Open models.
    Together,
    /// A server of one's own: Ollama, vLLM, llama.cpp, LiteLLM.
    Custom,
}

impl Provider {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::Anthropic,
        Self::OpenAi,
        Self::Google,
        Self::OpenRouter,
        Self::Xai,
        Self::Mistral,
        Self::Groq,
        Self::Together,
        Self::Custom,
    ];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Anthropic => "Anthropic",
            Self::OpenAi => "OpenAI",
            Self::Google => "Google",
            Self::OpenRouter => "OpenRouter",
            Self::Xai => "xAI",
            Self::Mistral => "Mistral",
            Self::Groq => "Groq",
            Self::Together => "Together AI",
            Self::Custom => "Another server",
        }
    }

    /// The first part of a model's name in OpenClaw.
    pub fn id(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Google => "google",
            Self::OpenRouter => "openrouter",
            Self::Xai => "xai",
            Self::Mistral => "mistral",
            Self::Groq => "groq",
            Self::Together => "together",
            Self::Custom => "custom",
        }
    }

    /// The variables that may hold a key, the usual one first.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Anthropic => &["ANTHROPIC_API_KEY"],
            Self::OpenAi => &["OPENAI_API_KEY"],
            Self::Google => &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
            Self::OpenRouter => &["OPENROUTER_API_KEY"],
            Self::Xai => &["XAI_API_KEY"],
            Self::Mistral => &["MISTRAL_API_KEY"],
            Self::Groq => &["GROQ_API_KEY"],
            Self::Together => &["TOGETHER_API_KEY"],
            Self::Custom => &["CUSTOM_API_KEY"],
        }
    }

    /// The variable that names another address for it.
    pub fn base_variable(self) -> &'static str {
        match self {
            Self::Anthropic => "ANTHROPIC_BASE_URL",
            Self::OpenAi => "OPENAI_BASE_URL",
            Self::Google => "GOOGLE_BASE_URL",
            Self::OpenRouter => "OPENROUTER_BASE_URL",
            Self::Xai => "XAI_BASE_URL",
            Self::Mistral => "MISTRAL_BASE_URL",
            Self::Groq => "GROQ_BASE_URL",
            Self::Together => "TOGETHER_BASE_URL",
            Self::Custom => "CUSTOM_BASE_URL",
        }
    }

    /// Its address, without the path of a request. One's own server has none until it is named.
    pub fn home(self) -> Option<&'static str> {
        Some(match self {
            Self::Anthropic => "https://api.anthropic.com",
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Google => "https://generativelanguage.googleapis.com/v1beta",
            Self::OpenRouter => "https://openrouter.ai/api/v1",
            Self::Xai => "https://api.x.ai/v1",
            Self::Mistral => "https://api.mistral.ai/v1",
            Self::Groq => "https://api.groq.com/openai/v1",
            Self::Together => "https://api.together.xyz/v1",
            Self::Custom => return None,
        })
    }

    /// Where a key comes from.
    pub fn console(self) -> &'static str {
        match self {
            Self::Anthropic => "console.anthropic.com",
            Self::OpenAi => "platform.openai.com/api-keys",
            Self::Google => "aistudio.google.com/apikey",
            Self::OpenRouter => "openrouter.ai/keys",
            Self::Xai => "console.x.ai",
            Self::Mistral => "console.mistral.ai",
            Self::Groq => "console.groq.com/keys",
            Self::Together => "api.together.ai/settings/api-keys",
            Self::Custom => "whoever runs the server; many need none",
        }
    }

    /// Models that are offered; any other can be typed.
    pub fn models(self) -> &'static [&'static str] {
        match self {
            Self::Anthropic => &["claude-sonnet-5", "claude-opus-5-5", "claude-opus-5", "claude-haiku-4-5"],
            Self::OpenAi => &["gpt-6-astra", "gpt-5.6-sol", "gpt-5.4", "gpt-5.4-mini"],
            Self::Google => &["gemini-3.1-pro-preview", "gemini-2.5-pro", "gemini-2.5-flash"],
            Self::OpenRouter => &["anthropic/claude-sonnet-5", "openai/gpt-5.4", "google/gemini-2.5-pro"],
            Self::Xai => &["grok-4.7", "grok-4.3"],
            Self::Mistral => &["mistral-large-latest"],
            Self::Groq => &["openai/gpt-oss-120b"],
            Self::Together => &["moonshotai/Kimi-K2.6"],
            Self::Custom => &[],
        }
    }
}
