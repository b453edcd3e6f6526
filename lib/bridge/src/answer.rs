//! Answers to requests that are no upgrades, and the answer to those that are.

/// What the port of the trust page says.
pub const RUNNING: &str = "Sentrix Bridge is running. You can close this tab.";
/// What the WebSocket's port says to a plain request.
pub const ACCEPTED: &str = "Certificate accepted for WSS. Close this tab and return to the app.";

/// What the page may do: nothing that does not come from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An answer with a body of text.
pub fn plain(status: u16, text: &str) -> Vec<u8> {
    whole(status, "text/plain; charset=utf-8", &[], text.as_bytes())
}

/// An answer with a file of the page.
pub fn file(kind: &str, body: &[u8]) -> Vec<u8> {
    whole(
        200,
        kind,
        &[("Content-Security-Policy", POLICY), ("Cross-Origin-Opener-Policy", "same-origin")],
        body,
    )
}

/// Sends the browser to the page, with its cookie.
pub fn redirect(cookie: &str) -> Vec<u8> {
    whole(303, "text/plain; charset=utf-8", &[("Location", "/"), ("Set-Cookie", cookie)], b"")
}

/// The answer that makes a WebSocket of the connection.
pub fn upgrade(accept: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
        .into_bytes()
}

fn whole(status: u16, kind: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        303 => "See Other",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        _ => "Service Unavailable",
    };
    let mut answer = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n",
        body.len()
    );
    for (name, value) in headers {
        answer.push_str(&format!("{name}: {value}\r\n"));
    }
    answer.push_str("\r\n");
    let mut answer = answer.into_bytes();
    answer.extend_from_slice(body);
    answer
}
