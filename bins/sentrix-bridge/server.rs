//! The loop: one thread that polls all browsers and the gateway. No locks, and whoever is slow waits alone.

use crate::args::Options;
use crate::connection::{Connection, Step};
use crate::listen::Door;
use crate::requests::{Porter, Reply};
use crate::tls;
use crate::uplink::Uplink;
use crate::waiting::{For, Waiting, Who};
use crate::watch::{Told, Want, Watch};
use native_tls::TlsAcceptor;
use sentrix_bridge::{
    Ask, Audit, Browser, Certificate, Entry, Hub, Picture, Request, Say, SessionKeys, answer, new_key,
};
use sentrix_cli::{Failure, note, warn};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{
    self,
    ErrorKind::{ConnectionAborted, Interrupted, WouldBlock},
};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tungstenite::protocol::frame::coding::CloseCode;

/// Between two looks at the time.
const TICK: Duration = Duration::from_millis(500);
/// Between two looks at the certificate.
const RENEWAL: Duration = Duration::from_secs(3600);
/// How many may be about to say what they want.
const GREETING: usize = 64;
/// How many come in before the others have their turn.
const ACCEPTS: usize = 16;
/// Steps of one connection before the others have their turn.
const STEPS: usize = 32;

/// All that is served.
pub struct Server<'a> {
    options: &'a Options,
    porter: Porter,
    acceptor: TlsAcceptor,
    certificate: Certificate,
    audit: Audit,
    watch: Watch,
    uplink: Uplink,
    hub: Hub,
    keys: SessionKeys,
    connections: BTreeMap<u64, Connection>,
    /// Pages that follow the log.
    followers: BTreeSet<u64>,
    picture: Picture,
    last: u64,
    /// Whose turn it is.
    ready: BTreeSet<u64>,
    /// At which doors somebody stands.
    knocked: Vec<usize>,
    /// Doors that are shut for a while: there is no room for whoever stands there.
    shut: Vec<usize>,
    /// It was said that there is no room.
    full: bool,
    /// Who may have to be waited for in another way than before.
    touched: Vec<u64>,
    waiting: Waiting,
    /// Which of the connections to the gateway is waited for, and how.
    line: Option<(u64, For)>,
    started: Instant,
    ticked: Instant,
    renewed: Instant,
}

impl<'a> Server<'a> {
    /// Nobody has come yet.
    pub fn new(
        options: &'a Options,
        porter: Porter,
        (acceptor, certificate): (TlsAcceptor, Certificate),
        audit: Audit,
        watch: Watch,
        uplink: Uplink,
        now: Instant,
    ) -> Result<Self, Failure> {
        Ok(Self {
            options,
            porter,
            acceptor,
            certificate,
            audit,
            watch,
            uplink,
            hub: Hub::default(),
            keys: SessionKeys::default(),
            connections: BTreeMap::new(),
            followers: BTreeSet::new(),
            picture: Picture::default(),
            last: 0,
            ready: BTreeSet::new(),
            knocked: Vec::new(),
            shut: Vec::new(),
            full: false,
            touched: Vec::new(),
            waiting: Waiting::new().map_err(cannot_wait)?,
            line: None,
            started: now,
            ticked: now,
            renewed: now,
        })
    }

    /// Opens the doors, and the ear for the bell.
    pub fn open(&self, listeners: &[(Door, TcpListener)], woken: &UnixStream) -> Result<(), Failure> {
        let opened = self.waiting.add(Who::Bell, woken, For::WORDS);
        let mut doors = listeners.iter().enumerate();
        opened
            .and_then(|()| {
                doors.try_for_each(|(at, (_, door))| self.waiting.add(Who::Door(at), door, For::WORDS))
            })
            .map_err(cannot_wait)
    }

    /// Sleeps until there is something to do; whether the bell was rung.
    pub fn sleep(&mut self) -> Result<bool, Failure> {
        while let Some(id) = self.touched.pop() {
            let connection = self.connections.get_mut(&id);
            if connection.is_some_and(|connection| connection.wait(id, &self.waiting).is_err()) {
                self.end(id, "it cannot be waited for", Instant::now());
            }
        }
        let now = Instant::now();
        if let Some((line, number, what)) = self.uplink.line(now) {
            let waited = match self.line {
                Some((known, before)) if known == number && before == what => Ok(()),
                Some((known, _)) if known == number => self.waiting.change(Who::Gateway, line, what),
                _ => self.waiting.add(Who::Gateway, line, what),
            };
            waited.map_err(cannot_wait)?;
            self.line = Some((number, what));
        }
        let at_once = !self.ready.is_empty() || self.uplink.has_more();
        let time = if at_once { Duration::ZERO } else { self.uplink.rest(now).unwrap_or(TICK) };
        let mut rung = false;
        for who in self.waiting.sleep(time).map_err(cannot_wait)? {
            match who {
                Who::Bell => rung = true,
                // It is listened to each turn, unless it is let speak.
                Who::Gateway => self.uplink.stir(),
                Who::Door(door) => self.knocked.push(door),
                Who::Browser(id) => {
                    self.ready.insert(id);
                }
            }
        }
        Ok(rung)
    }

    /// Does what there is to do.
    pub fn turn(&mut self, listeners: &[(Door, TcpListener)], home: &Path) {
        let now = Instant::now();
        for id in std::mem::take(&mut self.ready) {
            self.drive(id, now);
        }
        while let Some(at) = self.knocked.pop() {
            if let Some((door, listener)) = listeners.get(at)
                && let Err(error) = self.accept(*door, listener, now)
            {
                self.shut(at, listener, &error);
            }
        }
        for told in self.watch.told().collect::<Vec<_>>() {
            self.hear(told, now);
            // At once: many that wait together would be held in memory together.
            self.tell(now);
        }
        self.uplink.turn(&mut self.hub, now);
        self.tell(now);
        if now.saturating_duration_since(self.ticked) >= TICK {
            self.ticked = now;
            self.reopen(listeners);
            self.tick(home, now);
        }
    }

    /// Says goodbye to all.
    pub fn goodbye(&mut self) {
        let now = Instant::now();
        for connection in self.connections.values_mut() {
            connection.close(CloseCode::Restart, "the bridge is stopping", now);
        }
    }

    /// Looks whether the certificate is to be made anew.
    pub fn renew(&mut self, home: &Path) {
        match tls::load(self.options, home) {
            Ok((acceptor, certificate)) => (self.acceptor, self.certificate) = (acceptor, certificate),
            Err(failure) => warn(format!("{failure}; the old certificate stays in use")),
        }
    }

    /// Lets in who stands at a door; why nobody more can be let in at all.
    fn accept(&mut self, door: Door, listener: &TcpListener, now: Instant) -> io::Result<()> {
        for _ in 0..ACCEPTS {
            match listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer, door, now),
                // Nobody is left, or somebody has gone again.
                Err(error) if matches!(error.kind(), WouldBlock | ConnectionAborted | Interrupted) => break,
                Err(error) => return Err(error),
            }
            self.full = false;
        }
        Ok(())
    }

    /// Shuts a door until the next tick: who stands there would be told of without end.
    fn shut(&mut self, at: usize, listener: &TcpListener, error: &io::Error) {
        if !std::mem::replace(&mut self.full, true) {
            warn(format!("nobody more can come in: {error}; `ulimit -n` or --max-browsers sets how many"));
        }
        if self.waiting.change(Who::Door(at), listener, For::NOTHING).is_ok() {
            self.shut.push(at);
        }
    }

    fn reopen(&mut self, listeners: &[(Door, TcpListener)]) {
        for at in std::mem::take(&mut self.shut) {
            if let Some((_, listener)) = listeners.get(at)
                && self.waiting.change(Who::Door(at), listener, For::WORDS).is_err()
            {
                self.shut.push(at);
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr, door: Door, now: Instant) {
        if stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true)).is_err() {
            return;
        }
        let greeting = || self.connections.iter().filter(|(_, connection)| !connection.is_open());
        // Whoever has been silent longest makes room: a crowd that says nothing keeps nobody out.
        if greeting().count() >= GREETING
            && let Some(oldest) = greeting().map(|(id, _)| *id).next()
        {
            self.end(oldest, "too many came at once", now);
        }
        self.last += 1;
        self.connections.insert(self.last, Connection::new(stream, peer, door, now));
        self.ready.insert(self.last);
    }

    fn drive(&mut self, id: u64, now: Instant) {
        self.touched.push(id);
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.turn();
        }
        for _ in 0..STEPS {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            match connection.step(&self.acceptor, now) {
                Step::Wait => return,
                Step::More => {}
                Step::Later => break,
                Step::Request(request, rest) => self.request(id, &request, rest, now),
                Step::Bad => connection.answer(answer::plain(400, "no HTTP request"), now),
                Step::Text(text) => self.text(id, &text, now),
                Step::Ended(why) => return self.end(id, why, now),
            }
        }
        self.ready.insert(id);
    }

    fn request(&mut self, id: u64, request: &Request, rest: Vec<u8>, now: Instant) {
        let open = self.connections.values().filter(|connection| connection.is_open()).count();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let (peer, door) = (connection.peer, connection.door);
        let mut reply = self.porter.reply(request, door, peer.ip(), now);
        if matches!(reply, Reply::Open { .. }) && open >= self.options.max_browsers {
            reply = Reply::Refuse(answer::plain(503, "too many browsers"), "too many browsers");
        }
        let entry = Entry {
            door: door.name(),
            peer: Some(peer),
            origin: request.header("origin"),
            host: request.header("host"),
            ..Entry::default()
        };
        let (event, why) = match reply {
            Reply::Answer(bytes) => return connection.answer(bytes, now),
            Reply::Refuse(bytes, why) => {
                connection.answer(bytes, now);
                ("refused", why)
            }
            Reply::Bar(answer) => {
                connection.upgrade(&answer, rest, now);
                connection.close(CloseCode::Policy, "token missing or wrong", now);
                ("refused", "token missing or wrong")
            }
            Reply::Open { answer, browser, shared } => {
                connection.upgrade(&answer, rest, now);
                connection.browser.clone_from(&browser);
                let page = door == Door::Page;
                let secret = &self.porter.secret;
                let key = self.keys.take(&browser, |tab| match page {
                    true => secret.session(&browser, tab),
                    false => new_key().unwrap_or_else(|_| format!("web-{}-{id}", std::process::id())),
                });
                self.hub.join(id, Browser::new(key, shared, page), now);
                self.pages();
                ("came", "")
            }
        };
        self.audit(Entry { event, why, ..entry }, now);
    }

    fn text(&mut self, id: u64, text: &str, now: Instant) {
        match Ask::read(text) {
            Ask::Nothing => {}
            Ask::GetState => self.watch.want(Want::State(id)),
            Ask::Denied => {
                let peer = self.connections.get(&id).map(|connection| (connection.peer, connection.door));
                let door = peer.map_or("", |(_, door)| door.name());
                let peer = peer.map(|(peer, _)| peer);
                let why = "it spoke to the gateway";
                self.audit(Entry { event: "denied", door, peer, why, ..Entry::default() }, now);
            }
            Ask::Page { kind, id: frame, payload } => {
                if self.connections.get(&id).is_some_and(|connection| connection.door == Door::Page) {
                    self.page(id, kind, frame, payload);
                }
            }
            ask => self.hub.ask(id, ask, now),
        }
    }

    /// What only our own page asks.
    fn page(&mut self, id: u64, kind: String, frame: Value, payload: Value) {
        match kind.as_str() {
            "history" => {
                let limit = payload["limit"].as_u64().unwrap_or(100).clamp(1, 500);
                self.hub.history(id, frame, u32::try_from(limit).unwrap_or(100));
            }
            "session" => {
                let shared = payload["shared"] == true;
                let key = self.hub.share(id, shared).map(str::to_owned);
                let text = json!({"type": "session", "id": frame, "payload": {"shared": shared, "key": key}});
                self.hub.tell(id, Say::Frame(text.to_string()));
            }
            "log.follow" => {
                if payload["on"] == true {
                    self.followers.insert(id);
                } else {
                    self.followers.remove(&id);
                }
            }
            _ => self.watch.want(Want::Page(id, kind, frame, payload)),
        }
    }

    fn hear(&mut self, told: Told, now: Instant) {
        match told {
            Told::State(id, picture) => {
                self.hub.look_at(&picture);
                let say = self.hub.state(&picture, now);
                self.hub.tell(id, say);
                self.picture = picture;
            }
            Told::Picture(picture) => {
                self.hub.look_at(&picture);
                self.picture = picture;
            }
            Told::Page(id, say) => self.hub.tell(id, say),
            Told::Status(id, frame, mut parts) => {
                let gateway = self.hub.gateway();
                let up = gateway["up"] == true;
                let why = gateway["why"].as_str().unwrap_or_default();
                let detail = if up {
                    "connected"
                } else if why.is_empty() {
                    "not connected yet"
                } else {
                    why
                };
                let state = if up { "ok" } else { "wait" };
                let fix = (!up).then_some("sentrix-bridge debug");
                parts.insert(
                    "gateway".to_owned(),
                    json!({"state": state, "detail": detail, "fix": fix, "up": up, "why": why}),
                );
                let retry = self.uplink.retries_in(now).map(|wait| wait.as_secs());
                parts["gateway"]["retry_s"] = retry.into();
                let uptime = now.saturating_duration_since(self.started).as_secs();
                let browsers = self.hub.browsers();
                let version = env!("CARGO_PKG_VERSION");
                parts.insert("bridge".to_owned(), json!({"state": "ok", "detail": "serving this page", "fix": null, "version": version, "browsers": browsers, "uptime_s": uptime}));
                self.hub.tell(
                    id,
                    Say::Frame(json!({"type": "status", "id": frame, "payload": parts}).to_string()),
                );
            }
            Told::News(say) => self.hub.tell_pages(&say),
            Told::Events(say) => {
                for id in &self.followers {
                    self.hub.tell(*id, say.clone());
                }
            }
        }
    }

    fn tell(&mut self, now: Instant) {
        let (mut ended, mut told) = (BTreeMap::new(), BTreeSet::new());
        for (id, say) in self.hub.told() {
            told.insert(id);
            if let Some(why) = self.connections.get_mut(&id).and_then(|connection| connection.tell(say)) {
                ended.insert(id, why);
            }
        }
        // Once each: what came together goes out together.
        for id in told {
            self.touched.push(id);
            if let Some(why) = self.connections.get_mut(&id).and_then(|connection| connection.send(now)) {
                ended.insert(id, why);
            }
        }
        for (id, why) in ended {
            self.end(id, why, now);
        }
    }

    fn tick(&mut self, home: &Path, now: Instant) {
        let ended: Vec<(u64, &'static str)> = self
            .connections
            .iter_mut()
            .filter_map(|(id, connection)| Some((*id, connection.tick(now)?)))
            .collect();
        for (id, why) in ended {
            self.end(id, why, now);
        }
        // It may have written.
        self.touched.extend(self.connections.keys());
        self.hub.tick(now);
        self.tell(now);
        if now.saturating_duration_since(self.renewed) >= RENEWAL {
            self.renewed = now;
            let today = i64::try_from(crate::home::now()).unwrap_or(i64::MAX);
            if self.certificate.is_due(today) {
                self.renew(home);
            }
        }
    }

    fn end(&mut self, id: u64, why: &'static str, now: Instant) {
        let Some(connection) = self.connections.remove(&id) else { return };
        self.followers.remove(&id);
        if let Some(key) = self.hub.leave(id) {
            self.keys.leave(&connection.browser, key);
            self.pages();
            let entry = Entry {
                event: "went",
                door: connection.door.name(),
                peer: Some(connection.peer),
                why,
                ..Entry::default()
            };
            self.audit(entry, now);
        }
    }

    /// Tells the watcher for how many pages it watches.
    fn pages(&self) {
        let pages = self
            .connections
            .values()
            .filter(|connection| connection.door == Door::Page && connection.is_open());
        self.watch.want(Want::Pages(pages.count()));
    }

    fn audit(&mut self, entry: Entry<'_>, now: Instant) {
        if let Err(error) = self.audit.note(entry, now) {
            note(format!("cannot write the record of who came: {error}"));
        }
    }
}

fn cannot_wait(error: rustix::io::Errno) -> Failure {
    Failure::environment("cannot wait for what is said").because(error)
}
