//! The headers of a request on its way out, and of an answer on its way in.

use crate::provider::{Auth, Provider};
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderValue};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// The headers of the request to the provider: the real key instead of whatever stood there, and no compression, which the record
/// would have to undo.
pub(crate) fn outgoing(from: &HeaderMap, provider: &Provider) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut headers = end_to_end(from);
    for name in [HOST, CONTENT_LENGTH, AUTHORIZATION, ACCEPT_ENCODING, API_KEY, GOOG_API_KEY] {
        headers.remove(name);
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let host = match (provider.base.host_str().unwrap_or_default(), provider.base.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    headers.insert(HOST, HeaderValue::from_str(&host)?);
    if let Some(key) = &provider.key {
        let (name, text) = match provider.auth {
            Auth::Bearer => (AUTHORIZATION, format!("Bearer {}", key.reveal())),
            Auth::ApiKey => (API_KEY, key.reveal().to_owned()),
            Auth::GoogApiKey => (GOOG_API_KEY, key.reveal().to_owned()),
        };
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The headers that are not of one connection alone (RFC 9110, section 7.6.1).
pub(crate) fn end_to_end(from: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = from
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let ours = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    let mut headers = HeaderMap::with_capacity(from.len());
    for (name, value) in from {
        if !ours.contains(name) && !named.iter().any(|one| one == name.as_str()) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    #[test]
    fn the_dummy_key_stays_and_the_real_one_goes() {
        let mut from = HeaderMap::new();
        for (name, value) in [
            ("host", "127.0.0.1:8080"),
            ("x-api-key", "dummy"),
            ("authorization", "Bearer dummy"),
            ("accept-encoding", "gzip"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("anthropic-version", "2023-06-01"),
        ] {
            from.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let mut provider = Provider::parse("anthropic=https://example.com").unwrap();
        provider.key = Key::new("real");
        let headers = outgoing(&from, &provider).unwrap();
        let get = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(get("x-api-key").as_deref(), Some("real"));
        assert_eq!(get("host").as_deref(), Some("example.com"));
        assert_eq!(get("accept-encoding").as_deref(), Some("identity"));
        assert_eq!(get("anthropic-version").as_deref(), Some("2023-06-01"));
        assert!(get("authorization").is_none() && get("x-hop").is_none() && get("connection").is_none());
    }
}
