//! One request, with every limit on it.

use super::names::Names;
use super::settings::Settings;
use super::wait::retry_after;
use super::{CallError, SettingsError};
use jiff::Timestamp;
use std::io::Read;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;

/// What a server sent.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

pub(super) fn agent(settings: &Settings) -> Result<Agent, SettingsError> {
    let proxy = match &settings.proxy {
        Some(url) => Some(ureq::Proxy::new(url).map_err(|_| SettingsError::Proxy)?),
        None => None,
    };
    let tls =
        TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
    let connections = settings.connections.max(1);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A redirect would carry the key to whoever is named in it.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .tls_config(tls)
        .user_agent(concat!("sentrix/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(settings.connect_timeout))
        .timeout_recv_response(Some(settings.answer_timeout))
        .timeout_global(Some(settings.total_timeout))
        .max_idle_connections(connections)
        .max_idle_connections_per_host(connections)
        .max_idle_age(Duration::from_secs(60))
        .build();
    Ok(Agent::with_parts(config, DefaultConnector::default(), Names::default()))
}

pub(super) fn post(
    agent: &Agent,
    url: &str,
    headers: &[(&'static str, String)],
    body: &[u8],
    most_bytes: u64,
) -> Result<Reply, CallError> {
    let mut request =
        agent.post(url).header("content-type", "application/json").header("accept", "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let mut response = request.send(body).map_err(|error| unreachable(&error))?;
    let status = response.status().as_u16();
    let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = header.and_then(|value| retry_after(value, Timestamp::now()));
    let mut body = Vec::new();
    // One byte more than allowed tells a long answer from a whole one, and nobody can fill the memory.
    let read = response.body_mut().as_reader().take(most_bytes + 1).read_to_end(&mut body);
    read.map_err(|error| CallError::Unreachable {
        why: format!("the answer broke off: {}", io_word(&error)),
    })?;
    if body.len() as u64 > most_bytes {
        return Err(CallError::BadAnswer { why: format!("longer than {most_bytes} bytes") });
    }
    Ok(Reply { status, retry_after, body })
}

fn unreachable(error: &ureq::Error) -> CallError {
    let why = match error {
        ureq::Error::Timeout(which) => format!("no answer in time ({which})"),
        ureq::Error::HostNotFound => "no such host".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => io_word(error),
        ureq::Error::Protocol(_) => "not HTTP".to_owned(),
        other => other.to_string(),
    };
    CallError::Unreachable { why }
}

fn io_word(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::Other => error.to_string(),
        kind => kind.to_string(),
    }
}
