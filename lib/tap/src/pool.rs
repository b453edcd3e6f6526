//! Connections to providers: those that are free again are used again, because shaking hands takes longer than all else here.

use crate::provider::Provider;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::upstream::{self, Upstream};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Servers close what rests for long; a request that meets the closing would be lost.
const REST: Duration = Duration::from_secs(10);
/// So many rest at one time.
const MOST: usize = 32;
/// Some servers close after each answer and do not say so before: in this time it is seen.
const CLOSING: Duration = Duration::from_millis(20);
/// How long an answer's end may take to free its connection.
const MOMENT: Duration = Duration::from_secs(1);

/// The connections to providers.
#[derive(Default)]
pub(crate) struct Pool {
    resting: Mutex<Vec<Resting>>,
    /// Made once: it reads the certificates of the system.
    tls: OnceLock<native_tls::TlsConnector>,
}

struct Resting {
    provider: String,
    since: Instant,
    upstream: Upstream,
}

impl Pool {
    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        settings: &Settings,
        provider: &Provider,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Upstream), Refusal> {
        loop {
            let rested = self.take(&provider.name);
            let again = rested.is_some();
            let mut upstream = match rested {
                Some(upstream) => upstream,
                None => upstream::connect(settings, &provider.base, &self.tls).await?,
            };
            match upstream.requests.try_send_request(request).await {
                Ok(answer) => return Ok((answer, upstream)),
                Err(mut failed) => match failed.take_message() {
                    // It was closed while it rested, and nothing of the request has left.
                    Some(unsent) if again => request = unsent,
                    _ => {
                        let place = upstream::place(&provider.base);
                        let why = format!("{place} broke off before it answered: {}", failed.into_error());
                        return Err(Refusal::new(StatusCode::BAD_GATEWAY, "broken", why));
                    }
                },
            }
        }
    }

    fn take(&self, provider: &str) -> Option<Upstream> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|one| one.since.elapsed() < REST && !one.upstream.requests.is_closed());
        let at = resting.iter().rposition(|one| one.provider == provider)?;
        Some(resting.swap_remove(at).upstream)
    }

    /// Takes a connection back whose answer has come to its end.
    pub(crate) async fn give_back(self: Arc<Self>, provider: String, mut upstream: Upstream) {
        // Not free: the server closes it.
        if !matches!(timeout(MOMENT, upstream.requests.ready()).await, Ok(Ok(()))) {
            return;
        }
        sleep(CLOSING).await;
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|one| one.since.elapsed() < REST && !one.upstream.requests.is_closed());
        if resting.len() < MOST {
            resting.push(Resting { provider, since: Instant::now(), upstream });
        }
    }
}
