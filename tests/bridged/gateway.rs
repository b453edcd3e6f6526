//! A gateway that says what the real one said.

use super::LONG;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// A gateway of OpenClaw's, as it was recorded: the same handshake and frames, with the ids of this conversation.
pub struct Gateway {
    pub port: u16,
    /// What it was asked, whole frames.
    pub asked: Arc<Mutex<Vec<Value>>>,
    /// How many connections it was offered.
    pub connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    scene: Arc<Mutex<Scene>>,
    said: Said,
}

/// What was said in each session.
type Said = Arc<Mutex<BTreeMap<String, Vec<Value>>>>;

/// How it behaves.
#[derive(Clone, Default)]
pub struct Scene {
    /// Refuse whoever connects, with this error.
    pub refuse: Option<Value>,
    /// Say this right after the handshake.
    pub garbage: Vec<Vec<u8>>,
    /// Go away in the middle of the answer to a message with this word.
    pub die_at: Option<&'static str>,
}

impl Gateway {
    pub fn start() -> Self {
        Self::on(0)
    }

    /// On a port of one that has gone.
    pub fn on(port: u16) -> Self {
        let deadline = Instant::now() + LONG;
        let listener = loop {
            match TcpListener::bind(("127.0.0.1", port)) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            thread::sleep(Duration::from_millis(20));
        };
        listener.set_nonblocking(true).unwrap();
        let gateway = Self {
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            connections: Arc::default(),
            stop: Arc::default(),
            scene: Arc::default(),
            said: Said::default(),
        };
        let (stop, asked, connections, scene) =
            (gateway.stop.clone(), gateway.asked.clone(), gateway.connections.clone(), gateway.scene.clone());
        let said = gateway.said.clone();
        thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                let Ok((stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(5));
                    continue;
                };
                connections.fetch_add(1, Ordering::SeqCst);
                let (stop, asked, scene) = (stop.clone(), asked.clone(), scene.lock().unwrap().clone());
                let said = said.clone();
                thread::spawn(move || serve(stream, &scene, &stop, &asked, &said));
            }
        });
        gateway
    }

    pub fn scene(&self, scene: Scene) {
        *self.scene.lock().unwrap() = scene;
    }

    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Ends it and all of its connections.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// What it was asked by this method.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        self.asked.lock().unwrap().iter().filter(|frame| frame["method"] == method).cloned().collect()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop();
    }
}

fn recording(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gateway").join(name);
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the gateway says after a message that has one of these words in it.
fn script(message: &str) -> &'static str {
    match message {
        text if text.contains("fail") => "chat-error.jsonl",
        text if text.contains("story") => "chat-abort.jsonl",
        _ => "chat-tool.jsonl",
    }
}

fn serve(stream: TcpStream, scene: &Scene, stop: &AtomicBool, asked: &Mutex<Vec<Value>>, said: &Said) {
    let _fails_when_gone = stream.set_nonblocking(false);
    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut upgrade = tungstenite::accept(stream);
    let mut socket = loop {
        match upgrade {
            Ok(socket) => break socket,
            Err(tungstenite::HandshakeError::Interrupted(more)) => upgrade = more.handshake(),
            Err(_) => return,
        }
        if stop.load(Ordering::SeqCst) {
            return;
        }
    };
    let hello = recording("chat-tool.jsonl");
    let say = |socket: &mut WebSocket<TcpStream>, frame: &Value| {
        socket.send(Message::text(frame.to_string())).is_ok()
    };
    say(&mut socket, &hello[0]["frame"]);
    // Sessions by the run that an abort is to end.
    let mut open: BTreeMap<String, (String, Vec<Value>)> = BTreeMap::new();
    while !stop.load(Ordering::SeqCst) {
        let text = match socket.read() {
            Ok(Message::Text(text)) => text,
            Ok(_) => continue,
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(_) => return,
        };
        let frame: Value = serde_json::from_str(&text).unwrap();
        asked.lock().unwrap().push(frame.clone());
        let (id, params) = (&frame["id"], &frame["params"]);
        let ok = |payload: Value| json!({"type": "res", "id": id, "ok": true, "payload": payload});
        match frame["method"].as_str().unwrap() {
            "connect" => match &scene.refuse {
                Some(error) => {
                    say(&mut socket, &json!({"type": "res", "id": id, "ok": false, "error": error}));
                    return;
                }
                None => {
                    say(&mut socket, &ok(hello[2]["frame"]["payload"].clone()));
                    for bytes in &scene.garbage {
                        let text = String::from_utf8_lossy(bytes).into_owned();
                        let _gone = socket.send(Message::text(text));
                    }
                }
            },
            "chat.send" => {
                let message = params["message"].as_str().unwrap();
                let run = params["idempotencyKey"].as_str().unwrap().to_owned();
                let key = params["sessionKey"].as_str().unwrap();
                say(&mut socket, &ok(json!({"runId": run, "status": "started"})));
                let frames = events(script(message), &run, key);
                let end = frames.iter().find(|frame| frame["payload"]["state"] == "final");
                let both = [
                    json!({"role": "user", "content": message}),
                    end.map_or(Value::Null, |end| end["payload"]["message"].clone()),
                ];
                said.lock().unwrap().entry(key.to_owned()).or_default().extend(both);
                let frames = if message.contains("hurry") { lossy(&frames) } else { frames };
                // The recorded abort waits for the request.
                let until = frames.iter().position(|frame| frame["payload"]["state"] == "aborted");
                let (now, later) = frames.split_at(until.unwrap_or(frames.len()));
                if message.contains("delegate") {
                    let sub = "agent:main:subagent:7f3a91c2-5d1e-4a52-9f64-2f6d0a1b8c11";
                    let payload = json!({"runId": format!("{run}-sub"), "sessionKey": sub, "stream": "assistant", "data": {"text": "Comparing the prices."}});
                    say(&mut socket, &json!({"type": "event", "event": "agent", "payload": payload}));
                }
                let dies = scene.die_at.is_some_and(|word| message.contains(word));
                for frame in if dies { &now[..now.len() * 3 / 4] } else { now } {
                    if message.contains("slowly") {
                        thread::sleep(Duration::from_millis(15));
                    }
                    if !say(&mut socket, frame) {
                        return;
                    }
                }
                if dies {
                    return;
                }
                if !later.is_empty() {
                    open.insert(key.to_owned(), (run, later.to_vec()));
                }
            }
            "chat.abort" => {
                let aborted = open.remove(params["sessionKey"].as_str().unwrap());
                let runs: Vec<String> = aborted.iter().map(|(run, _)| run.clone()).collect();
                for frame in aborted.into_iter().flat_map(|(_, frames)| frames) {
                    say(&mut socket, &frame);
                }
                say(&mut socket, &ok(json!({"ok": true, "aborted": !runs.is_empty(), "runIds": runs})));
            }
            "chat.history" => {
                let mut messages = vec![json!({"role": "user", "content": "hello"})];
                let key = params["sessionKey"].as_str().unwrap();
                messages.extend(said.lock().unwrap().get(key).into_iter().flatten().cloned());
                say(&mut socket, &ok(json!({"sessionKey": params["sessionKey"], "messages": messages})));
            }
            "health" => {
                say(&mut socket, &ok(json!({"ok": true})));
            }
            _ => {
                let error = json!({"code": "INVALID_REQUEST", "message": "unknown method"});
                say(&mut socket, &json!({"type": "res", "id": id, "ok": false, "error": error}));
            }
        }
    }
}

/// What is told of a chat when the end of its first message is left out, as the real gateway does before a tool call; its history has it.
fn lossy(frames: &[Value]) -> Vec<Value> {
    let told = |frame: &Value| frame.to_string().replace("Let me look at your list.", "Let me look at");
    frames.iter().map(|frame| serde_json::from_str(&told(frame)).unwrap()).collect()
}

/// The recorded events of a chat, under this run's id and in this session.
fn events(name: &str, run: &str, key: &str) -> Vec<Value> {
    let frames = recording(name);
    let sent = frames.iter().find(|line| line["frame"]["method"] == "chat.send").unwrap();
    let old = sent["frame"]["params"]["idempotencyKey"].as_str().unwrap().to_owned();
    let events = frames.iter().filter(|line| line["dir"] == "<" && line["frame"]["type"] == "event");
    let events = events.filter(|line| line["frame"]["event"] != "connect.challenge");
    let ours = |line: &Value| {
        let text = line["frame"]
            .to_string()
            .replace(&old, run)
            .replace("agent:main:main", &format!("agent:main:{key}"));
        serde_json::from_str(&text).unwrap()
    };
    events.map(ours).collect()
}
