//! The CONNECT proxy: channels and tools reach the hosts that the operator has named, and nobody else.

mod address;
mod allowed;
mod tunnel;

pub use allowed::{Allowed, BadHost, Channel};

use crate::body::{AnyBody, whole};
use crate::recorder::Entry;
use crate::server::{Notice, Shared};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use sentrix_record::exchange::{CONNECT, Connect};
use sentrix_record::{epoch_millis, rfc3339};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use uuid::Uuid;

/// Why there is no connection.
struct No {
    status: StatusCode,
    outcome: &'static str,
    reason: String,
}

/// Serves a request for a connection, and records it.
pub(crate) async fn serve(tap: Arc<Shared>, request: Request<Incoming>) -> Response<AnyBody> {
    let mut connect = begin(&request);
    match open(&tap, &request, &mut connect).await {
        Ok(stream) => {
            tokio::spawn(tunnel::carry(tap, request, stream, connect));
            Response::new(whole(""))
        }
        Err(no) => {
            connect.outcome = no.outcome.to_owned();
            connect.reason = Some(no.reason.clone());
            let host = format!("{}:{}", connect.host, connect.port);
            (tap.notify)(Notice::Refused { host, why: no.reason.clone() });
            tap.recorder.leave(Entry::Connect(Box::new(connect)));
            let mut response = Response::new(whole(format!("sentrix: {}\n", no.reason)));
            *response.status_mut() = no.status;
            response
        }
    }
}

fn begin(request: &Request<Incoming>) -> Connect {
    let now = SystemTime::now();
    let authority = request.uri().authority();
    let host = authority.map(|authority| authority.host()).unwrap_or_default();
    Connect {
        event: CONNECT.to_owned(),
        ts: epoch_millis(now),
        timestamp: rfc3339(now),
        id: Uuid::new_v4().to_string(),
        host: host.trim_end_matches('.').to_ascii_lowercase().chars().take(255).collect(),
        port: authority.and_then(|authority| authority.port_u16()).unwrap_or(0),
        ..Connect::default()
    }
}

async fn open(tap: &Shared, request: &Request<Incoming>, connect: &mut Connect) -> Result<TcpStream, No> {
    let refused =
        |reason: &str| No { status: StatusCode::FORBIDDEN, outcome: "refused", reason: reason.to_owned() };
    if request.method() != Method::CONNECT {
        return Err(refused("only CONNECT is carried"));
    }
    let allowed = &tap.settings.allowed;
    if !allowed.covers(&connect.host, connect.port) {
        return Err(refused("the host is not on the list"));
    }
    let limit = tap.settings.limits.connect;
    let address = resolve(&connect.host, connect.port, limit, allowed.private).await?;
    // The very address that was looked at: a second look-up could give another.
    connect.address = Some(address.ip().to_string());
    connect.allowed = true;
    let unreachable = |reason: String| No { status: StatusCode::BAD_GATEWAY, outcome: "unreachable", reason };
    match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable("it does not take the connection".to_owned())),
    }
}

/// The host's first address, if none of its addresses is of a place that the sandbox has no business with.
async fn resolve(host: &str, port: u16, limit: std::time::Duration, private: bool) -> Result<SocketAddr, No> {
    let unreachable = |reason: String| No { status: StatusCode::BAD_GATEWAY, outcome: "unreachable", reason };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(limit, lookup_host((bare, port))).await;
    let found: Vec<SocketAddr> = match found {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(error)) => return Err(unreachable(format!("the name is not known: {error}"))),
        Err(_) => return Err(unreachable("the name service does not answer".to_owned())),
    };
    if !private && let Some(inside) = found.iter().find(|address| !address::is_public(address.ip())) {
        let reason = format!("{} is no address of the public network", inside.ip());
        return Err(No { status: StatusCode::FORBIDDEN, outcome: "private_address", reason });
    }
    found.first().copied().ok_or_else(|| unreachable("the name has no address".to_owned()))
}
