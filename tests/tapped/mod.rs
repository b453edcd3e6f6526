//! What the tap's tests share: a scripted provider, the real program, and a client that reads what OpenClaw would read.

#![allow(dead_code, reason = "each test file uses its part of this")]

mod streams;

#[allow(unused_imports, reason = "one of the two test files uses it")]
pub use streams::STREAMS;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Generous: what is waited for comes at once, or on a loaded machine a little later.
pub const LONG: Duration = Duration::from_secs(30);
/// The key that no sandbox may see.
pub const KEY: &str = "sk-the-real-one-0123456789";

/// A request as it came to the provider.
#[derive(Debug, Clone)]
pub struct Asked {
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }
}

/// A provider that does what a closure says with each connection.
pub struct Provider {
    pub port: u16,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Provider {
    /// One that closes the connection after each answer.
    pub fn start(play: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::with(false, play)
    }

    fn with(keep: bool, play: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, play) = (Arc::new(Mutex::new(Vec::new())), Arc::new(play));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, seen, play) = (stream.unwrap(), Arc::clone(&seen), Arc::clone(&play));
                thread::spawn(move || {
                    stream.set_read_timeout(Some(LONG)).unwrap();
                    while let Some((head, body)) = read_message(&mut stream) {
                        let asked = Asked { head, body };
                        seen.lock().unwrap().push(asked.clone());
                        play(&asked, &mut stream);
                        if !keep {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, asked }
    }

    /// One that answers everything with the same.
    pub fn answers(status: &'static str, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::with(true, move |_, stream| {
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
        })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn last(&self) -> Asked {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

/// The head of an answer in pieces.
pub const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";

/// One piece.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// A head, and a body of the length that it names, or that comes in pieces, or that lasts to the end.
fn read_message(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let head = read_head(stream)?;
    let lower = head.to_lowercase();
    let mut body = Vec::new();
    if let Some(length) = lower.lines().find_map(|line| line.strip_prefix("content-length:")) {
        body.resize(length.trim().parse().unwrap(), 0);
        stream.read_exact(&mut body).ok()?;
    }
    Some((head, body))
}

fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}

/// An answer as OpenClaw gets it.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// Whether it came to its end, as HTTP has it.
    pub whole: bool,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A request that is under way.
pub struct Asking {
    stream: TcpStream,
    pub status: u16,
    head: String,
}

impl Asking {
    /// The next piece of an answer in pieces; nothing at its end, an error when it broke.
    pub fn piece(&mut self) -> Result<Option<Vec<u8>>, ()> {
        let mut size = Vec::new();
        while !size.ends_with(b"\r\n") {
            let mut byte = [0];
            if self.stream.read(&mut byte).map_err(|_| ())? == 0 {
                return Err(());
            }
            size.push(byte[0]);
        }
        let size = usize::from_str_radix(std::str::from_utf8(&size).unwrap().trim(), 16).unwrap();
        let mut bytes = vec![0; size + 2];
        self.stream.read_exact(&mut bytes).map_err(|_| ())?;
        bytes.truncate(size);
        Ok((size > 0).then_some(bytes))
    }

    pub fn rest(mut self) -> Got {
        let (mut body, mut whole) = (Vec::new(), false);
        if self.head.to_lowercase().contains("transfer-encoding: chunked") {
            loop {
                match self.piece() {
                    Ok(Some(piece)) => body.extend(piece),
                    Ok(None) => break whole = true,
                    Err(()) => break,
                }
            }
        } else if let Some(length) =
            self.head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length:"))
        {
            body.resize(length.trim().parse().unwrap(), 0);
            whole = self.stream.read_exact(&mut body).is_ok();
        }
        Got { status: self.status, head: self.head, body, whole }
    }

    pub fn hang_up(self) {
        self.stream.shutdown(Shutdown::Both).unwrap();
    }
}

/// A running tap.
pub struct Tap {
    child: Child,
    pub address: String,
    pub egress: Option<String>,
    pub logs: PathBuf,
    stderr: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
}

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-collect"));
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "SENTRIX_LOG_DIR",
        "SENTRIX_GUARD",
        "SENTRIX_KEY_FILE",
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
    ] {
        command.env_remove(name);
    }
    command
}

impl Tap {
    pub fn start(logs: &Path, args: &[&str]) -> Self {
        Self::with(
            logs,
            args,
            &[("ANTHROPIC_API_KEY", KEY), ("OPENAI_API_KEY", KEY), ("GEMINI_API_KEY", KEY)],
        )
    }

    pub fn with(logs: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = program();
        command.arg("tap").args(["--listen", "127.0.0.1:0", "--log-dir"]).arg(logs).args(args);
        command.envs(env.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let (kept, mut from) = (Arc::clone(&stderr), BufReader::new(child.stderr.take().unwrap()));
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while from.read_line(&mut line).is_ok_and(|length| length > 0) {
                kept.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the tap did not start: {}", stderr.lock().unwrap());
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        Self {
            child,
            address: ready["listen"].as_str().unwrap().to_owned(),
            egress: ready["egress"].as_str().map(ToOwned::to_owned),
            logs: logs.to_owned(),
            stderr,
            reader: Some(reader),
        }
    }

    /// Sends a request and reads the head of the answer.
    pub fn ask(&self, path: &str, body: &str) -> Asking {
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\ncontent-type: application/json\r\nx-api-key: dummy\r\nauthorization: Bearer dummy\r\n\
             accept-encoding: gzip, deflate\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    pub fn send(&self, bytes: &str) -> Asking {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Asking { stream, status, head }
    }

    /// A request for a connection; the stream stands when the status is 200.
    pub fn connect(&self, to: &str) -> (u16, TcpStream) {
        let mut stream = TcpStream::connect(self.egress.as_ref().unwrap()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n\r\n").as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), stream)
    }

    /// Kills it as a machine without memory does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order; what it recorded, and what it said to people.
    pub fn stop(mut self) -> (Vec<Value>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let said = self.stderr.lock().unwrap().clone();
        assert!(status.code() == Some(0) || status.code() == Some(143), "{status}: {said}");
        let checked = program().arg("verify").arg(&self.logs).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        (recorded(&self.logs), said)
    }

    /// The peak of its memory, MiB.
    pub fn peak_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // It has ended in order where the test came to its end.
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Every event of the tap's log files, in order.
pub fn recorded(logs: &Path) -> Vec<Value> {
    let mut names: Vec<PathBuf> = fs::read_dir(logs).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.to_string_lossy().ends_with("-tap.json"));
    // By stamp, then by number: as text, `…-01-tap` would stand before `…-tap`, which is older.
    names.sort_by_key(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches("-tap.json").to_owned();
        (name[..15].to_owned(), name[15..].trim_start_matches('-').parse::<u32>().unwrap_or(0))
    });
    names
        .iter()
        .flat_map(|path| serde_json::from_slice::<Vec<Value>>(&fs::read(path).unwrap()).unwrap())
        .collect()
}

/// The exchanges among events.
pub fn exchanges(events: &[Value]) -> Vec<&Value> {
    events.iter().filter(|event| event["event"] == "llm_exchange").collect()
}

pub fn question(said: &str) -> String {
    let tools =
        json!([{"name": "read", "function": {"name": "read"}, "functionDeclarations": [{"name": "read"}]}]);
    json!({
        "model": "m", "stream": true, "tools": tools,
        "messages": [{"role": "user", "content": said}],
        "input": [{"role": "user", "content": said}],
        "contents": [{"role": "user", "parts": [{"text": said}]}],
    })
    .to_string()
}

pub fn upstreams(url: &str) -> [String; 3] {
    ["anthropic", "openai", "google"].map(|name| format!("--upstream={name}={url}"))
}

pub fn tap_to(provider: &Provider, logs: &Path, args: &[&str]) -> Tap {
    let upstreams = upstreams(&provider.url());
    let args: Vec<&str> = upstreams.iter().map(String::as_str).chain(args.iter().copied()).collect();
    Tap::start(logs, &args)
}

pub fn file(logs: &Path) -> PathBuf {
    let is = |path: &PathBuf| path.to_string_lossy().ends_with("-tap.json");
    fs::read_dir(logs).unwrap().map(|entry| entry.unwrap().path()).find(is).unwrap()
}
