//! Whether it is a bridge that listens on the bridge's ports: it is asked what a browser would ask.

use crate::debug::Hop;
use native_tls::TlsConnector;
use sentrix_bridge::answer::ACCEPTED;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);
const STRANGER: &str = "another program has the port: give others with --port and --page-port";

/// Asks the WebSocket's port, at the address where it listens.
pub fn wss(host: IpAddr, port: u16) -> Hop {
    let host = if host.is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { host };
    match ask(host, port, true) {
        Ok(answer) if answer.ends_with(ACCEPTED) => {
            Hop::good("bridge", format!("a bridge answers on port {port}, with TLS"))
        }
        Ok(_) => Hop::bad("bridge", format!("what listens on port {port} is no bridge"), STRANGER),
        Err(why) => {
            Hop::bad("bridge", format!("what listens on port {port} does not answer: {why}"), STRANGER)
        }
    }
}

/// Asks the page's port. Whoever has no cookie is refused: that is the right answer.
pub fn page(port: u16) -> Hop {
    match ask(Ipv4Addr::LOCALHOST.into(), port, false) {
        Ok(answer) if answer.starts_with("HTTP/1.1 403") && answer.contains("sentrix-bridge link") => {
            Hop::good(
                "page",
                format!("the page is on http://127.0.0.1:{port}/; `sentrix-bridge link` prints the way in"),
            )
        }
        Ok(_) => Hop::bad("page", format!("what listens on port {port} is no bridge"), STRANGER),
        Err(why) => Hop::bad("page", format!("port {port}: {why}"), "start the bridge again"),
    }
}

fn ask(host: IpAddr, port: u16, tls: bool) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    let address = SocketAddr::from((host, port));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(told)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(told)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(told)?;
    if !tls {
        return exchange(stream, port).map_err(told);
    }
    // Its certificate is its own, and nothing is told to it: whoever it is, it is only asked who it is.
    let connector = TlsConnector::builder().danger_accept_invalid_certs(true).build();
    let connector = connector.map_err(|error| error.to_string())?;
    let stream = connector.connect("localhost", stream).map_err(|error| error.to_string())?;
    exchange(stream, port).map_err(told)
}

fn exchange(mut stream: impl Read + Write, port: u16) -> std::io::Result<String> {
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    // What is longer is no answer of a bridge's.
    stream.take(16 << 10).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
