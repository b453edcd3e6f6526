//! The head of an HTTP request.

use httparse::{EMPTY_HEADER, Status};

/// The longest head that is read.
pub const LONGEST_HEAD: usize = 8 << 10;
const MOST_HEADERS: usize = 64;

/// The head of an HTTP request, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` and the like.
    pub method: String,
    /// Without the query.
    pub path: String,
    query: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
}

/// Bytes that are no head of a request, or too long a one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no HTTP request")]
pub struct BadRequest;

impl Request {
    /// Reads a head and says how long it is; `None` while its end has not come.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, BadRequest> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(Status::Complete(length)) if length <= LONGEST_HEAD => length,
            Ok(Status::Partial) if bytes.len() < LONGEST_HEAD => return Ok(None),
            _ => return Err(BadRequest),
        };
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut named = Vec::with_capacity(head.headers.len());
        for header in head.headers.iter() {
            let value = std::str::from_utf8(header.value).map_err(|_| BadRequest)?;
            named.push((header.name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned()));
        }
        let method = head.method.unwrap_or_default().to_owned();
        Ok(Some((Self { method, path: path.to_owned(), query: query.to_owned(), headers: named }, length)))
    }

    /// A header that is there exactly once: one that is doubled counts as absent, for nobody can say which is meant.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }

    /// Whether a header is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key == name)
    }

    /// A parameter of the query, as it stands there.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Whether it asks for a WebSocket.
    pub fn is_upgrade(&self) -> bool {
        self.has("upgrade") || self.has("sec-websocket-key")
    }

    /// The key of a sound WebSocket handshake.
    pub fn websocket_key(&self) -> Option<&str> {
        let lists = |name: &str, word: &str| {
            let words = self.header(name).unwrap_or_default().split(',');
            words.map(str::trim).any(|listed| listed.eq_ignore_ascii_case(word))
        };
        let sound = self.method == "GET"
            && lists("upgrade", "websocket")
            && lists("connection", "upgrade")
            && self.header("sec-websocket-version") == Some("13");
        // 16 bytes in Base64.
        self.header("sec-websocket-key").filter(|key| sound && key.len() == 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<(Request, usize)>, BadRequest> {
        Request::parse(text.as_bytes())
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let text = "GET /a?b=c&d=e HTTP/1.1\r\nHost: x\r\nCookie: k=v; l=w\r\n\r\n";
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), Ok(None), "{cut}");
        }
        let (request, length) = parse(text).unwrap().unwrap();
        assert_eq!((length, request.path.as_str()), (text.len(), "/a"));
        assert_eq!((request.parameter("d"), request.parameter("x")), (Some("e"), None));
        assert_eq!((request.cookie("l"), request.header("host")), (Some("w"), Some("x")));
    }

    #[test]
    fn a_doubled_header_is_none() {
        let (request, _) = parse("GET / HTTP/1.1\r\nOrigin: a\r\norigin: b\r\n\r\n").unwrap().unwrap();
        assert_eq!((request.header("origin"), request.has("origin")), (None, true));
    }

    #[test]
    fn blanks_around_a_value_do_not_count_and_nothing_else_is_a_blank() {
        let text = "GET / HTTP/1.1\r\nHost: \t a \t\r\nOrigin: b\u{a0}\r\n\r\n";
        let (request, _) = parse(text).unwrap().unwrap();
        assert_eq!((request.header("host"), request.header("origin")), (Some("a"), Some("b\u{a0}")));
    }

    #[test]
    fn what_is_no_request_or_too_long_is_refused() {
        assert_eq!(parse("\u{16}\u{3}\u{1}\u{2}\r\n\r\n"), Err(BadRequest));
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(LONGEST_HEAD));
        assert_eq!(parse(&long), Err(BadRequest));
        assert_eq!(parse(&format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100))), Err(BadRequest));
        assert!(Request::parse(b"GET / HTTP/1.1\r\nOrigin: \xff\r\n\r\n").is_err());
    }

    #[test]
    fn only_a_sound_handshake_has_a_key() {
        let good = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let key = |text: &str| parse(text).unwrap().unwrap().0.websocket_key().is_some();
        assert!(key(good));
        for (from, to) in [("GET", "POST"), ("13", "12"), ("Upgrade: websocket", "Upgrade: h2c"), ("==", "")]
        {
            assert!(!key(&good.replace(from, to)), "{to}");
        }
    }
}
