//! A web hook.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Until it has answered.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A URL that is told of records.
pub struct Hook {
    url: String,
    secret: Option<Vec<u8>>,
    agent: Agent,
}

/// A hook that did not take the record.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Not `http://` or `https://`.
    #[error("not the URL of a web hook")]
    Url,
    /// It answered otherwise than with 2xx.
    #[error("the web hook answered with status {0}")]
    Status(u16),
    /// It did not answer.
    #[error("cannot reach the web hook: {0}")]
    Unreachable(String),
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hook's URL is often its password.
        f.write_str("Hook")
    }
}

impl Hook {
    /// A hook; with a secret, what it is told is signed.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(url: &str, secret: Option<&str>, proxy: Option<&str>) -> Result<Self, HookError> {
        let rest =
            url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(HookError::Url)?;
        if rest.is_empty() || rest.starts_with('/') {
            return Err(HookError::Url);
        }
        let proxy = proxy
            .map(ureq::Proxy::new)
            .transpose()
            .map_err(|error| HookError::Unreachable(error.to_string()))?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::NativeTls)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .tls_config(tls)
            .user_agent(concat!("sentrix/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        Ok(Self { url: url.to_owned(), secret: secret.map(|secret| secret.as_bytes().to_vec()), agent })
    }

    /// Sends a record; `kind` is what it is, `id` names it (the same each time it is sent), `now` is the time in seconds since 1970.
    ///
    /// # Errors
    /// [`HookError`]: it must not be taken for told.
    pub fn tell(&self, kind: &str, id: &str, record: &[u8], now: u64) -> Result<(), HookError> {
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-sentrix-event", kind)
            .header("x-sentrix-delivery", id)
            .header("x-sentrix-timestamp", now.to_string());
        if let Some(secret) = &self.secret {
            request =
                request.header("x-sentrix-signature", format!("sha256={}", signature(secret, now, record)));
        }
        // An error may name the URL, which is often a password.
        let sent = request.send(record).map_err(|error| match error {
            ureq::Error::Timeout(_) => HookError::Unreachable("no answer in time".to_owned()),
            ureq::Error::Io(error) => HookError::Unreachable(error.kind().to_string()),
            ureq::Error::HostNotFound => HookError::Unreachable("no such host".to_owned()),
            _ => HookError::Unreachable("the request failed".to_owned()),
        })?;
        match sent.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(HookError::Status(status)),
        }
    }
}

/// What stands behind `sha256=` in `X-Sentrix-Signature`: the HMAC-SHA256 of timestamp, a dot and the body, in hex.
pub fn signature(secret: &[u8], timestamp: u64, body: &[u8]) -> String {
    // A key of any length makes an HMAC; the empty string, which nobody takes for one, is the harmless end of the impossible.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_openssl_makes() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
        let made = signature(b"secret", 1_700_000_000, b"{\"a\":1}");
        assert_eq!(made, "49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in ["", "example.org", "ftp://example.org", "http://", "file:///etc/passwd"] {
            assert!(Hook::new(url, None, None).is_err(), "{url}");
        }
    }
}
