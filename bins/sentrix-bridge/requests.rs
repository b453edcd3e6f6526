//! What is answered to a request.

use crate::home;
use crate::link::GOOD_FOR;
use crate::listen::Door;
use sentrix_bridge::{Admission, Decision, Offenders, Purpose, Request, Secret, Used, answer, asset};
use std::net::IpAddr;
use std::time::Instant;
use tungstenite::handshake::derive_accept_key;

/// How long a cookie is good, in seconds.
const COOKIE: u64 = 12 * 3600;
/// How long a browser keeps it: with a new link it then has its old session.
const REMEMBERED: u64 = 30 * 86_400;

/// Who may come in where, and who has been.
#[derive(Debug)]
pub struct Porter {
    /// For the WebSocket of the web client.
    pub socket: Admission,
    /// For our own page.
    pub page: Admission,
    /// Tokens, links and cookies are made from it.
    pub secret: Secret,
    /// Links that were used.
    pub used: Used,
    /// Who gave wrong tokens.
    pub offenders: Offenders,
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Reply {
    /// This is the answer.
    Answer(Vec<u8>),
    /// This is the answer, because it is refused for this reason.
    Refuse(Vec<u8>, &'static str),
    /// This is the answer, and then it is a WebSocket.
    Open {
        /// The answer.
        answer: Vec<u8>,
        /// What the browser shows of itself, by which it is known again.
        browser: String,
        /// Whether it asks for the shared session.
        shared: bool,
    },
    /// The same, but it has not the token: it is told so and ended.
    Bar(Vec<u8>),
}

impl Porter {
    /// Looks at a request.
    pub fn reply(&mut self, request: &Request, door: Door, peer: IpAddr, now: Instant) -> Reply {
        match door {
            Door::Socket if request.is_upgrade() => self.upgrade(request, peer, now),
            Door::Page => self.page(request, peer),
            Door::Socket | Door::Trust => {
                let text = if door == Door::Trust { answer::RUNNING } else { answer::ACCEPTED };
                Reply::Answer(if reads(request) { answer::plain(200, text) } else { answer::plain(405, "") })
            }
        }
    }

    fn upgrade(&mut self, request: &Request, peer: IpAddr, now: Instant) -> Reply {
        let token = match self.socket.decide(request, peer) {
            Decision::Refuse(why) => return Reply::Refuse(answer::plain(403, why), why),
            Decision::Admit => false,
            Decision::AskToken => true,
        };
        let Some(key) = request.websocket_key() else {
            return Reply::Refuse(answer::plain(400, "no WebSocket handshake"), "no handshake");
        };
        let head = answer::upgrade(&derive_accept_key(key.as_bytes()));
        if token {
            if self.offenders.is_barred(peer, now) {
                return Reply::Refuse(answer::plain(429, "too many wrong tokens"), "too many wrong tokens");
            }
            let bearer = request.header("authorization").and_then(|value| value.split_once(' '));
            let bearer =
                bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
            let given = bearer.or_else(|| request.parameter("token")).unwrap_or_default();
            if !self.secret.is_token(given) {
                self.offenders.offend(peer, now);
                return Reply::Bar(head);
            }
        }
        let shows = |name| request.header(name).unwrap_or_default();
        // All who come through one tunnel come from its address. Whom it names is believed no more than the browser's own name.
        let through = shows("x-forwarded-for");
        let browser =
            format!("{} {through} {} {}", peer.to_canonical(), shows("origin"), shows("user-agent"));
        Reply::Open { answer: head, browser, shared: request.parameter("session") == Some("main") }
    }

    fn page(&mut self, request: &Request, peer: IpAddr) -> Reply {
        let refuse = |why| Reply::Refuse(answer::plain(403, why), why);
        match self.page.decide_host(request, peer) {
            Decision::Admit => {}
            Decision::AskToken => return refuse("the page is for this machine alone"),
            Decision::Refuse(why) => return refuse(why),
        }
        let now = home::now();
        if let Some(ticket) = request.parameter("t").filter(|_| request.path == "/" && !request.is_upgrade())
        {
            let known = request.cookie(&self.cookie_name()).unwrap_or_default();
            return self.admit(ticket, known, now).unwrap_or_else(|| {
                Reply::Refuse(
                    answer::plain(
                        403,
                        "This link was used or has expired. `sentrix-bridge link` prints a new one.",
                    ),
                    "link used or expired",
                )
            });
        }
        let cookie = request.cookie(&self.cookie_name()).unwrap_or_default();
        let Some(name) = self.secret.check(Purpose::Cookie, cookie, now).map(str::to_owned) else {
            return Reply::Refuse(
                answer::plain(
                    403,
                    "Open the link that the bridge printed; `sentrix-bridge link` prints a new one.",
                ),
                "no cookie",
            );
        };
        if request.is_upgrade() {
            let origin = request.header("host").map(|host| format!("http://{host}"));
            if request.path != "/ws" || origin.is_none() || request.header("origin") != origin.as_deref() {
                return refuse("origin not allowed");
            }
            let Some(key) = request.websocket_key() else {
                return Reply::Refuse(answer::plain(400, "no WebSocket handshake"), "no handshake");
            };
            let head = answer::upgrade(&derive_accept_key(key.as_bytes()));
            return Reply::Open { answer: head, browser: format!("page {name}"), shared: false };
        }
        if !reads(request) {
            return Reply::Answer(answer::plain(405, ""));
        }
        Reply::Answer(match asset(&request.path) {
            Some((kind, bytes)) => answer::file(kind, bytes),
            None => answer::plain(404, "There is no such file."),
        })
    }

    /// Takes a link. A browser that was here before keeps its name, and with it its session.
    fn admit(&mut self, ticket: &str, known: &str, now: u64) -> Option<Reply> {
        let name = self.secret.check(Purpose::Link, ticket, now)?;
        if !self.used.first(name, now + GOOD_FOR, now) {
            return None;
        }
        let ticket = match self.secret.name(Purpose::Cookie, known) {
            Some(name) => self.secret.ticket_for(Purpose::Cookie, now + COOKIE, name),
            None => self.secret.ticket(Purpose::Cookie, now + COOKIE).ok()?,
        };
        let name = self.cookie_name();
        let cookie = format!("{name}={ticket}; Path=/; Max-Age={REMEMBERED}; HttpOnly; SameSite=Strict");
        Some(Reply::Answer(answer::redirect(&cookie)))
    }

    /// Cookies know no ports: two bridges on one machine need two names.
    fn cookie_name(&self) -> String {
        format!("sentrix_{}", self.page.port)
    }
}

fn reads(request: &Request) -> bool {
    request.method == "GET"
}
