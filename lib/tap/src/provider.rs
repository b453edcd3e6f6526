//! The providers: under which path OpenClaw asks for one, where it really is, and how it wants its key.

use crate::key::Key;
use url::Url;

/// A model provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name, which is the first part of the path under which the sandbox asks for it.
    pub name: String,
    /// Where it is; its path stands before the rest of the request's.
    pub base: Url,
    /// The header that carries the key.
    pub(crate) auth: Auth,
    /// The key; without one the request goes out without any, as servers of one's own often want it.
    pub key: Option<Key>,
    /// The variables that may hold the key, the first one first.
    pub variables: &'static [&'static str],
}

/// How a provider wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    ApiKey,
    /// `x-goog-api-key: KEY`.
    GoogApiKey,
}

/// An address that is none.
#[derive(Debug, thiserror::Error)]
pub enum BadUpstream {
    /// It cannot be read.
    #[error("not NAME=URL with an http or https address")]
    Form,
    /// The name cannot stand in a path.
    #[error("the name may hold small letters, digits and - alone")]
    Name,
}

const BUILTIN: [(&str, &str, Auth, &[&str]); 8] = [
    ("anthropic", "https://api.anthropic.com", Auth::ApiKey, &["ANTHROPIC_API_KEY"]),
    ("openai", "https://api.openai.com", Auth::Bearer, &["OPENAI_API_KEY"]),
    (
        "google",
        "https://generativelanguage.googleapis.com",
        Auth::GoogApiKey,
        &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    ),
    ("openrouter", "https://openrouter.ai", Auth::Bearer, &["OPENROUTER_API_KEY"]),
    ("xai", "https://api.x.ai", Auth::Bearer, &["XAI_API_KEY"]),
    ("together", "https://api.together.xyz", Auth::Bearer, &["TOGETHER_API_KEY"]),
    ("mistral", "https://api.mistral.ai", Auth::Bearer, &["MISTRAL_API_KEY"]),
    ("groq", "https://api.groq.com", Auth::Bearer, &["GROQ_API_KEY"]),
];

/// The providers that need no more than a key.
pub fn builtin() -> Vec<Provider> {
    let provider = |(name, base, auth, variables): &(&str, &str, Auth, &'static [&'static str])| {
        // Every address of the table is one: a test reads them all.
        let base = Url::parse(base).ok()?;
        Some(Provider { name: (*name).to_owned(), base, auth: *auth, key: None, variables })
    };
    BUILTIN.iter().filter_map(provider).collect()
}

impl Provider {
    /// Reads `NAME=URL`: another address for a provider, or one of one's own (which speaks with a bearer's key).
    ///
    /// # Errors
    /// [`BadUpstream`].
    pub fn parse(text: &str) -> Result<Self, BadUpstream> {
        let (name, address) = text.split_once('=').ok_or(BadUpstream::Form)?;
        let shape = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(shape) {
            return Err(BadUpstream::Name);
        }
        let base = Url::parse(address).map_err(|_| BadUpstream::Form)?;
        let plain = base.username().is_empty() && base.password().is_none() && base.query().is_none();
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() || !plain {
            return Err(BadUpstream::Form);
        }
        let known = builtin().into_iter().find(|provider| provider.name == name);
        Ok(match known {
            Some(known) => Self { base, ..known },
            None => Self { name: name.to_owned(), base, auth: Auth::Bearer, key: None, variables: &[] },
        })
    }

    /// The path of a request at the provider.
    pub(crate) fn target(&self, rest: &str) -> String {
        format!("{}{rest}", self.base.path().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_provider_has_an_address() {
        assert_eq!(builtin().len(), BUILTIN.len());
    }

    #[test]
    fn another_address_keeps_the_way_of_the_key() {
        let provider = Provider::parse("anthropic=http://127.0.0.1:9/base/").unwrap();
        assert_eq!(provider.auth, Auth::ApiKey);
        assert_eq!(provider.target("/v1/messages"), "/base/v1/messages");
        assert_eq!(Provider::parse("ollama=http://localhost:11434").unwrap().auth, Auth::Bearer);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["x", "x=", "x=ftp://a", "X=http://a", "=http://a", "a/b=http://a", "x=http://u:p@a"] {
            assert!(Provider::parse(bad).is_err(), "{bad}");
        }
    }
}
