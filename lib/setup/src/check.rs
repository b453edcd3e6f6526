//! One request that says whether a provider takes a key, before anything starts.

use crate::{Answers, Provider};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// No answer to this question is longer.
const LONGEST: u64 = 64 << 10;

/// What the check said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider takes the key.
    Taken,
    /// It does not.
    Refused {
        /// Who.
        host: String,
        /// With which status.
        status: u16,
    },
    /// Nobody answers.
    Unreachable {
        /// Who does not.
        host: String,
        /// What the system says.
        why: String,
    },
    /// It answers something else.
    Odd {
        /// Who.
        host: String,
        /// With which status.
        status: u16,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => write!(f, "the provider takes the key"),
            Self::Refused { host, status } => write!(f, "{host} refuses the key ({status})"),
            Self::Unreachable { host, why } => write!(f, "{host} cannot be reached: {why}"),
            Self::Odd { host, status } => {
                write!(f, "{host} answers {status}, which says nothing about the key")
            }
        }
    }
}

/// How to ask.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The proxy on the way, as `HTTPS_PROXY` names it.
    pub proxy: Option<String>,
    /// Other addresses of providers, by variable.
    pub addresses: BTreeMap<String, String>,
}

/// Asks the provider that was chosen.
pub fn check(answers: &Answers, network: &Network) -> Verdict {
    let provider = answers.provider.unwrap_or(Provider::Anthropic);
    let named = match provider {
        Provider::Custom => answers.base_url.clone(),
        _ => network.addresses.get(provider.base_variable()).cloned(),
    };
    let base = named.or_else(|| provider.home().map(ToOwned::to_owned)).unwrap_or_default();
    let url = format!("{}{}", base.trim_end_matches('/'), path(provider));
    let host = host(&url);
    let key = answers.key().map_or("", |key| key.reveal());
    match ask(provider, &url, key, network) {
        Ok((200..300, _)) => Verdict::Taken,
        Ok((status @ (401 | 403), _)) => Verdict::Refused { host, status },
        // Some say 400 to a key that is none.
        Ok((400, body))
            if body.to_ascii_lowercase().contains("api key") || body.contains("API_KEY_INVALID") =>
        {
            Verdict::Refused { host, status: 400 }
        }
        // Taken, but at its limit.
        Ok((402 | 429, _)) => Verdict::Taken,
        Ok((status, _)) => Verdict::Odd { host, status },
        Err(why) => Verdict::Unreachable { host, why },
    }
}

fn path(provider: Provider) -> &'static str {
    match provider {
        Provider::Anthropic => "/v1/models?limit=1",
        // Its list of models is for everyone.
        Provider::OpenRouter => "/key",
        _ => "/models",
    }
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

fn ask(provider: Provider, url: &str, key: &str, network: &Network) -> Result<(u16, String), String> {
    let local = url.starts_with("http://");
    let proxy = match &network.proxy {
        Some(proxy) if !local => {
            Some(ureq::Proxy::new(proxy).map_err(|_| "the proxy's address is none".to_owned())?)
        }
        _ => None,
    };
    let tls =
        TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        // A redirect would carry the key to whoever is named in it.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .tls_config(tls)
        .timeout_global(Some(Duration::from_secs(15)))
        .user_agent(concat!("sentrix/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let request = agent.get(url);
    let request = match provider {
        Provider::Anthropic => request.header("x-api-key", key).header("anthropic-version", "2023-06-01"),
        Provider::Google => request.header("x-goog-api-key", key),
        _ if key.is_empty() => request,
        _ => request.header("authorization", format!("Bearer {key}")),
    };
    let mut response = request.call().map_err(|error| word(&error))?;
    let mut body = Vec::new();
    // The status has said it already; a body that breaks off changes nothing.
    let _whole_or_not = response.body_mut().as_reader().take(LONGEST).read_to_end(&mut body);
    Ok((response.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
}

/// In a few words, and none of the key's: a header that cannot be sent is told without its value.
fn word(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Http(_) => "the address or the key cannot be sent".to_owned(),
        ureq::Error::BadUri(_) => "the address is none".to_owned(),
        other => other.to_string(),
    }
}
