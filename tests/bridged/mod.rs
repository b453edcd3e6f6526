//! What the bridge's tests share: a scripted gateway, the real program, and browsers.

#![allow(dead_code, unused_imports, reason = "each test file uses its part of this")]
#![allow(clippy::print_stderr, reason = "what could not be tried is said")]

mod gateway;
mod namespace;

pub use gateway::{Gateway, Scene};
pub use namespace::Namespace;

use native_tls::{Certificate, TlsConnector, TlsStream};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// An Origin that may come in.
pub const ORIGIN: &str = "http://localhost:3000";
/// Generous: what is waited for comes at once, or on a loaded machine a little later.
pub const LONG: Duration = Duration::from_secs(60);

/// The bridge.
pub struct Bridge {
    pub child: Child,
    pub logs: tempfile::TempDir,
    pub home: tempfile::TempDir,
    pub wss: u16,
    pub trust: u16,
    pub page: u16,
    pub link: String,
}

impl Bridge {
    pub fn start(gateway: &Gateway) -> Self {
        Self::with(&["--gateway-url", &gateway.url()])
    }

    pub fn with(args: &[&str]) -> Self {
        Self::in_dirs(tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), args)
    }

    pub fn in_dirs(logs: tempfile::TempDir, home: tempfile::TempDir, args: &[&str]) -> Self {
        let mut child =
            command(logs.path(), home.path(), args).args(["--port", "0", "--json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("it did not start: {line:?}"));
        let port = |name: &str| u16::try_from(started[name].as_u64().unwrap()).unwrap();
        let link = started["link"].as_str().unwrap().to_owned();
        Self { child, logs, home, wss: port("wss"), trust: port("trust"), page: port("page"), link }
    }

    pub fn token(&self) -> String {
        fs::read_to_string(self.home.path().join("bridge.token")).unwrap().trim().to_owned()
    }

    /// Lines of the record of who came.
    pub fn audit(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.logs.path().join("bridge_audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// TLS to the WebSocket's port; the certificate is checked.
    pub fn tls(&self, host: &str, port: u16) -> TlsStream<TcpStream> {
        let pem = fs::read(self.home.path().join("bridge.pem")).unwrap();
        let start = pem.windows(27).position(|window| window == b"-----BEGIN CERTIFICATE-----").unwrap();
        let root = Certificate::from_pem(&pem[start..]).unwrap();
        let connector = TlsConnector::builder().add_root_certificate(root).build().unwrap();
        let stream = TcpStream::connect((host, port)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        connector.connect(host, stream).unwrap()
    }

    /// What is answered to a request on a port with TLS.
    pub fn ask_tls(&self, port: u16, request: &str) -> String {
        let mut stream = self.tls("localhost", port);
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream)
    }

    /// What is answered to a request on the page's port.
    pub fn ask_page(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.page)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream)
    }

    /// A browser on an allowed Origin.
    pub fn browser(&self) -> Browser<TlsStream<TcpStream>> {
        self.browser_at("/")
    }

    pub fn browser_at(&self, path: &str) -> Browser<TlsStream<TcpStream>> {
        let request = upgrade(path, &format!("Host: localhost:{}\r\nOrigin: {ORIGIN}\r\n", self.wss));
        let mut stream = self.tls("localhost", self.wss);
        stream.write_all(request.as_bytes()).unwrap();
        Browser::new(stream).unwrap()
    }

    /// Our own page: the link is used, and the socket opened with its cookie.
    pub fn page(&self) -> Browser<TcpStream> {
        let cookie = self.cookie();
        let mut stream = TcpStream::connect(("127.0.0.1", self.page)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let host = format!("127.0.0.1:{}", self.page);
        let request =
            upgrade("/ws", &format!("Host: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"));
        stream.write_all(request.as_bytes()).unwrap();
        Browser::new(stream).unwrap()
    }

    pub fn cookie(&self) -> String {
        let answer = self.ask_page(&format!(
            "GET /{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            self.link.rsplit('/').next().unwrap(),
            self.page
        ));
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let cookie = answer.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        cookie.split(';').next().unwrap().to_owned()
    }

    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// The program, with nothing of the caller's surroundings.
pub fn command(logs: &Path, home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-bridge"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command.args(args).arg("--log-dir").arg(logs).arg("--home").arg(home);
    command
}

/// A request for a WebSocket.
pub fn upgrade(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\n{headers}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The whole answer, up to the end of the connection or of an upgrade's head.
pub fn read_answer(stream: &mut impl Read) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !(answer.starts_with(b"HTTP/1.1 101") && answer.windows(4).any(|window| window == b"\r\n\r\n")) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A browser that was let in.
pub struct Browser<S: Read + Write> {
    pub socket: WebSocket<S>,
}

impl<S: Read + Write> Browser<S> {
    /// Reads the answer to the upgrade, byte by byte: what follows it is the WebSocket's.
    pub fn new(mut stream: S) -> Result<Self, String> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => break,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        if !head.starts_with("HTTP/1.1 101") {
            return Err(head);
        }
        assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        Ok(Self { socket: WebSocket::from_raw_socket(stream, tungstenite::protocol::Role::Client, None) })
    }

    pub fn say(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).unwrap();
    }

    pub fn chat(&mut self, id: &str, text: &str) {
        self.say(&json!({"type": "chat", "id": id, "payload": {"text": text}, "timestamp": "2026-03-10T01:40:33.000Z"}));
    }

    /// The next frame.
    pub fn hear(&mut self) -> Value {
        loop {
            match self.socket.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("it was closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The next frame of a type.
    pub fn wait(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear();
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The state, now.
    pub fn state(&mut self) -> Value {
        self.say(&json!({"type": "get_state"}));
        self.wait("state")["payload"].clone()
    }

    /// The code with which it is closed.
    pub fn closed(&mut self) -> u16 {
        loop {
            match self.socket.read() {
                Ok(Message::Close(Some(frame))) => return frame.code.into(),
                Ok(Message::Close(None)) => return 1005,
                Ok(_) => {}
                Err(_) => return 1006,
            }
        }
    }
}

/// Waits until something holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Where a file of the tests is.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Names what could not be tried here, for `make test` to print at its end.
pub fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED: {test}: {why}");
    if let Ok(path) = std::env::var("SENTRIX_SKIPPED_LOG") {
        let mut log = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(log, "SKIPPED: {test}: {why}").unwrap();
    }
}
