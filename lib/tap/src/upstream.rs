//! A connection to a provider.

use crate::refusal::Refusal;
use crate::settings::Settings;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::OnceLock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

/// A connection to a provider; dropping it closes it, whatever is under way.
pub(crate) struct Upstream {
    pub requests: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Connects.
pub(crate) async fn connect(
    settings: &Settings,
    base: &Url,
    tls: &OnceLock<native_tls::TlsConnector>,
) -> Result<Upstream, Refusal> {
    let late = || {
        Refusal::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            format!("{} does not take the connection", place(base)),
        )
    };
    timeout(settings.limits.connect, open(settings, base, tls)).await.unwrap_or_else(|_| Err(late()))
}

async fn open(
    settings: &Settings,
    base: &Url,
    tls: &OnceLock<native_tls::TlsConnector>,
) -> Result<Upstream, Refusal> {
    let host = base.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // Every address that gets here has a scheme with a port.
    let port = base.port_or_known_default().unwrap_or(443);
    let unreachable = |error: io::Error| {
        Refusal::new(StatusCode::BAD_GATEWAY, "unreachable", format!("cannot reach {}: {error}", place(base)))
    };
    let proxy =
        settings.https_proxy.as_ref().filter(|_| base.scheme() == "https" && !is_direct(settings, bare));
    let stream = match proxy {
        None => TcpStream::connect((bare, port)).await.map_err(unreachable)?,
        Some(proxy) => through(proxy, host, port).await.map_err(unreachable)?,
    };
    // Pieces are handed on as they come: none waits for the next. A stream without that option is slower, not wrong.
    let _slower = stream.set_nodelay(true);
    let stream: Box<dyn Stream> = if base.scheme() == "https" {
        Box::new(secure(stream, bare, base, tls).await?)
    } else {
        Box::new(stream)
    };
    let (requests, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            "unreachable",
            format!("{} speaks no HTTP: {error}", place(base)),
        )
    })?;
    let driver = tokio::spawn(async move {
        // Its failure is told to whoever reads the answer.
        let _told_there = connection.await;
    });
    Ok(Upstream { requests, driver })
}

async fn secure(
    stream: TcpStream,
    host: &str,
    base: &Url,
    tls: &OnceLock<native_tls::TlsConnector>,
) -> Result<tokio_native_tls::TlsStream<TcpStream>, Refusal> {
    let refused = |error: native_tls::Error| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            "tls",
            format!("the certificate of {} is not accepted: {error}", place(base)),
        )
    };
    let connector = match tls.get() {
        Some(connector) => connector.clone(),
        None => {
            let new = native_tls::TlsConnector::new().map_err(refused)?;
            tls.get_or_init(|| new).clone()
        }
    };
    tokio_native_tls::TlsConnector::from(connector).connect(host, stream).await.map_err(refused)
}

/// A tunnel through the proxy of this machine.
async fn through(proxy: &Url, host: &str, port: u16) -> io::Result<TcpStream> {
    let address = (proxy.host_str().unwrap_or_default(), proxy.port_or_known_default().unwrap_or(8080));
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the head belongs to the tunnel.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > 8192 {
            return Err(io::Error::other("the proxy's answer has no end"));
        }
        answer.push(stream.read_u8().await?);
    }
    let status = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    if status == b"200" {
        return Ok(stream);
    }
    Err(io::Error::other(format!("the proxy refuses with status {}", String::from_utf8_lossy(status))))
}

fn is_direct(settings: &Settings, host: &str) -> bool {
    settings.no_proxy.iter().map(|one| one.trim().trim_start_matches('.')).any(|one| {
        one == "*"
            || host == one
            || (!one.is_empty() && host.strip_suffix(one).is_some_and(|rest| rest.ends_with('.')))
    })
}

/// Where a provider is, for people.
pub(crate) fn place(base: &Url) -> String {
    match base.port() {
        Some(port) => format!("{}:{port}", base.host_str().unwrap_or_default()),
        None => base.host_str().unwrap_or_default().to_owned(),
    }
}
