//! One exchange: a request out, its answer in, and the record of both.

use crate::body::AnyBody;
use crate::demo;
use crate::describe::{self, Taken};
use crate::dialect;
use crate::provider::Provider;
use crate::recorder::Entry;
use crate::refusal::Refusal;
use crate::relay::{self, Open};
use crate::rewrite;
use crate::server::{Notice, Shared};
use crate::upstream;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response, StatusCode};
use sentrix_record::exchange::{EXCHANGE, EXCHANGE_START, Exchange, ExchangeStart};
use sentrix_record::{epoch_millis, rfc3339};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::task::block_in_place;
use tokio::time::timeout;
use uuid::Uuid;

/// A request longer than this takes so long to read that other streams would notice; handing their thread over takes longer than to read
/// a shorter one.
const LONG: usize = 256 << 10;

/// Serves a request, and records it whatever comes of it.
pub(crate) async fn serve(tap: Arc<Shared>, request: Request<Incoming>) -> Response<AnyBody> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let (name, rest) = split(path);
    let mut open = Open::new(&tap, begin(&head.method, name, rest));
    let known = dialect::of(&head.method, rest);
    let (dialect, kind) = known.unwrap_or_default();
    (open.exchange.dialect, open.exchange.kind) = (dialect, kind);
    let provider = tap.settings.providers.iter().find(|provider| provider.name == name).cloned();
    // The demo plays whatever model is asked for: nothing leaves.
    let demo = tap.settings.demo && (name == demo::NAME || provider.is_some());
    if demo {
        demo::NAME.clone_into(&mut open.exchange.provider);
    }
    if known.is_none() || (provider.is_none() && !demo) {
        let why = format!("there is nothing at {} for {name:?}", rest.split('?').next().unwrap_or_default());
        return open.refuse(Refusal::new(StatusCode::NOT_FOUND, "not_found", why));
    }
    let body = match read(&tap, body).await {
        Ok(body) => body,
        Err(refusal) => return open.refuse(refusal),
    };
    let long = body.len() > LONG;
    let Taken { asked, found, json } = match work(long, || describe::take(&tap, &mut open, rest, &body)) {
        Ok(taken) => taken,
        Err(refusal) => return open.refuse(refusal),
    };
    let scripted = if demo { demo::answer(dialect, &asked) } else { None };
    if !tap.recorder.record(Entry::Start(Box::new(announce(&open.exchange)))).await {
        // Nothing passes that is not on record.
        return open.refuse(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "refused",
            "the record cannot be written",
        ));
    }
    let body = match work(long, || describe::guard(&tap, &mut open, body, json, found)) {
        Ok(body) => body,
        Err(refusal) => return open.refuse(refusal),
    };
    open.leaves();
    match (provider, scripted) {
        (_, Some(answer)) => relay::scripted(open, answer),
        (Some(provider), None) if !demo => forward(&tap, open, &provider, head, body).await,
        _ => {
            open.refuse(Refusal::new(StatusCode::NOT_FOUND, "not_found", "the demo plays conversations only"))
        }
    }
}

/// Works on a request; the other streams go on meanwhile, if it is long.
fn work<T>(long: bool, work: impl FnOnce() -> T) -> T {
    if long { block_in_place(work) } else { work() }
}

/// `/anthropic/v1/messages` is `anthropic` and `/v1/messages`.
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    match path.find('/') {
        Some(at) => path.split_at(at),
        None => (path, "/"),
    }
}

fn begin(method: &hyper::Method, provider: &str, rest: &str) -> Exchange {
    let now = SystemTime::now();
    Exchange {
        event: EXCHANGE.to_owned(),
        ts: epoch_millis(now),
        timestamp: rfc3339(now),
        id: Uuid::new_v4().to_string(),
        // A path is untrusted, and of any length.
        provider: provider.chars().take(64).collect(),
        method: method.as_str().to_owned(),
        // What may stand behind a question mark besides `alt=sse` is a key.
        path: rest.split('?').next().unwrap_or_default().chars().take(512).collect(),
        ..Exchange::default()
    }
}

fn announce(exchange: &Exchange) -> ExchangeStart {
    ExchangeStart {
        event: EXCHANGE_START.to_owned(),
        ts: exchange.ts,
        id: exchange.id.clone(),
        provider: exchange.provider.clone(),
        model: exchange.model.clone(),
        path: exchange.path.clone(),
    }
}

/// Reads the body, within bounds of length and time.
async fn read(tap: &Shared, mut body: Incoming) -> Result<Bytes, Refusal> {
    let limits = &tap.settings.limits;
    let too_large = || {
        let why = format!("the request is longer than {} bytes", limits.request);
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", why)
    };
    if body.size_hint().lower() > limits.request as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let frame = timeout(limits.request_idle, body.frame()).await.map_err(|_| {
            Refusal::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the request's body does not come to an end")
        })?;
        match frame {
            None => return Ok(bytes.into()),
            Some(Err(error)) => {
                let why = format!("the request broke off: {error}");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "aborted", why));
            }
            Some(Ok(frame)) => {
                if let Some(piece) = frame.data_ref() {
                    if bytes.len() + piece.len() > limits.request {
                        return Err(too_large());
                    }
                    bytes.extend_from_slice(piece);
                }
            }
        }
    }
}

async fn forward(
    tap: &Arc<Shared>,
    mut open: Open,
    provider: &Provider,
    head: hyper::http::request::Parts,
    body: Bytes,
) -> Response<AnyBody> {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let request =
        Request::builder().method(head.method).uri(provider.target(split(path).1)).body(Full::new(body));
    let (mut request, headers) = match (request, rewrite::outgoing(&head.headers, provider)) {
        (Ok(request), Ok(headers)) => (request, headers),
        _ => {
            return open.refuse(Refusal::new(
                StatusCode::BAD_REQUEST,
                "bad_request",
                "the request has no form that can be sent",
            ));
        }
    };
    *request.headers_mut() = headers;
    let limit = tap.settings.limits.first_byte;
    let (answer, upstream) = match timeout(limit, tap.pool.send(&tap.settings, provider, request)).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(refusal)) => return open.refuse(refusal),
        Err(_) => {
            let why =
                format!("{} did not answer within {} s", upstream::place(&provider.base), limit.as_secs());
            return open.refuse(Refusal::new(StatusCode::GATEWAY_TIMEOUT, "timeout", why));
        }
    };
    if matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        (tap.notify)(Notice::WrongKey { provider: provider.name.clone(), sent: provider.key.is_some() });
    }
    open.answered(answer.status());
    relay::answer(open, answer, upstream)
}

/// Whether an answer comes in pieces.
pub(crate) fn is_stream(answer: &Response<Incoming>) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/event-stream")
}
