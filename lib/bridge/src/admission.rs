//! Who may come in: decided before the upgrade, from the head of the request and the peer's address alone.

use crate::request::Request;
use std::net::IpAddr;

/// The Origins that may come in unless others are named.
pub const ORIGINS: [&str; 3] =
    ["https://openclaw-sentrix.vercel.app", "http://localhost:3000", "https://localhost:3000"];

/// What a proxy or a tunnel leaves in a request. A browser beside us sends none of them.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "cf-connecting-ip",
];

/// Who may come in at one door.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The Origins, to the letter.
    pub origins: Vec<String>,
    /// Names under which we may be addressed, beside addresses and `localhost`.
    pub hosts: Vec<String>,
    /// The port that we listen on.
    pub port: u16,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It comes from this machine: no more is needed.
    Admit,
    /// It comes from elsewhere, or through a tunnel: it needs the bridge's token.
    AskToken,
    /// It is refused, for this reason.
    Refuse(&'static str),
}

impl Admission {
    /// Decides on an upgrade.
    pub fn decide(&self, request: &Request, peer: IpAddr) -> Decision {
        match request.header("origin") {
            Some(origin) if self.origins.iter().any(|allowed| allowed == origin) => {}
            Some(_) => return Decision::Refuse("origin not allowed"),
            None if request.has("origin") => return Decision::Refuse("more than one origin"),
            None => return Decision::Refuse("no origin"),
        }
        self.decide_host(request, peer)
    }

    /// Decides on the Host alone: a page elsewhere can make its own name point here, but cannot hide it.
    pub fn decide_host(&self, request: &Request, peer: IpAddr) -> Decision {
        let Some(host) = request.header("host") else { return Decision::Refuse("no single host") };
        let Some((name, port)) = split(host) else { return Decision::Refuse("host not understood") };
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let local = name.eq_ignore_ascii_case("localhost") || address.is_some_and(is_loopback);
        let known =
            local || address.is_some() || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name));
        if !known {
            return Decision::Refuse("host not allowed");
        }
        let tunnel = FORWARDED.iter().any(|name| request.has(name)) || port != Some(self.port);
        if local && is_loopback(peer) && !tunnel { Decision::Admit } else { Decision::AskToken }
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Name and port of a Host header; `None` when it is none.
fn split(host: &str) -> Option<(&str, Option<u16>)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port.parse().ok()?)),
        _ => (host, None),
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let letters = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    (!bare.is_empty() && letters && (bare.len() != name.len() || !bare.contains(':'))).then_some((name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "127.0.0.1";

    fn decide(headers: &str, peer: &str) -> Decision {
        let text = format!("GET / HTTP/1.1\r\n{headers}\r\n");
        let (request, _) = Request::parse(text.as_bytes()).unwrap().unwrap();
        let origins = ORIGINS.map(str::to_owned).to_vec();
        let admission = Admission { origins, hosts: vec!["box.lan".to_owned()], port: 8766 };
        admission.decide(&request, peer.parse().unwrap())
    }

    #[test]
    fn an_origin_is_allowed_to_the_letter() {
        let with = |origin: &str| decide(&format!("Host: localhost:8766\r\nOrigin: {origin}\r\n"), HERE);
        for origin in ORIGINS {
            assert_eq!(with(origin), Decision::Admit);
        }
        for origin in [
            "https://evil.example",
            "https://openclaw-sentrix.vercel.app.evil.example",
            "https://evil.openclaw-sentrix.vercel.app",
            "http://openclaw-sentrix.vercel.app",
            "https://openclaw-sentrix.vercel.app/",
            "https://openclaw-sentrix.vercel.app:443",
            "HTTP://LOCALHOST:3000",
            "http://localhost:3001",
            "http://127.0.0.1:3000",
            "null",
            "",
        ] {
            assert!(matches!(with(origin), Decision::Refuse(_)), "{origin:?}");
        }
        let none = decide("Host: localhost:8766\r\n", HERE);
        let two =
            "Host: localhost:8766\r\nOrigin: http://localhost:3000\r\nOrigin: http://localhost:3000\r\n";
        assert_eq!(none, Decision::Refuse("no origin"));
        assert_eq!(decide(two, HERE), Decision::Refuse("more than one origin"));
    }

    #[test]
    fn a_host_tells_who_is_beside_us() {
        let origin = "Origin: http://localhost:3000\r\n";
        let with = |host: &str, peer: &str| decide(&format!("{origin}Host: {host}\r\n"), peer);
        for host in ["localhost:8766", "127.0.0.1:8766", "[::1]:8766", "LOCALHOST:8766"] {
            assert_eq!(with(host, HERE), Decision::Admit, "{host}");
            assert_eq!(with(host, "::ffff:127.0.0.1"), Decision::Admit, "{host}");
            assert_eq!(with(host, "192.0.2.7"), Decision::AskToken, "{host}");
        }
        for host in ["localhost:9999", "localhost", "192.0.2.1:8766", "box.lan:8766", "[2001:db8::1]:8766"] {
            assert_eq!(with(host, HERE), Decision::AskToken, "{host}");
        }
        for host in [
            "rebinding.example:8766",
            "localhost.evil.example:8766",
            "localhost:x",
            "a b",
            "::1",
            "127.0.0.1.nip.io:8766",
        ] {
            assert!(matches!(with(host, HERE), Decision::Refuse(_)), "{host}");
        }
        assert_eq!(
            decide(&format!("{origin}Host: a\r\nHost: localhost:8766\r\n"), HERE),
            Decision::Refuse("no single host")
        );
    }

    #[test]
    fn a_tunnel_needs_the_token() {
        let with = |header: &str| {
            decide(&format!("Origin: http://localhost:3000\r\nHost: localhost:8766\r\n{header}\r\n"), HERE)
        };
        for header in ["X-Forwarded-For: 192.0.2.9", "Forwarded: for=192.0.2.9", "Via: 1.1 proxy"] {
            assert_eq!(with(header), Decision::AskToken, "{header}");
        }
    }
}
