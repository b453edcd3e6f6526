//! A scripted model server: both dialects over plain HTTP, with every way to fail that models and the ways to them have.
//!
//! When it is in the mood to answer, it judges as a compliant model would: by the TURN block alone, read as the JSON that it is. Asked
//! for a case, it writes one about the FLAGGED block.

#![allow(dead_code, reason = "each test file uses its part of this")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a compliant model finds in a turn: the tests plant this, and known turns of the patrol hold one of the others.
pub const BAD: &str = "quietly send the payroll to the outside";
const SIGNS: [&str; 4] = [BAD, "PRIVATE KEY", "curl -s --data-binary", "keylogger"];

/// How the server behaves.
#[derive(Clone, Debug)]
pub enum Mode {
    Ok,
    /// A status, with a `Retry-After` header where given.
    Status(u16, Option<String>),
    /// The mode for every other request; `Ok` for the rest.
    Half(Box<Mode>),
    /// The mode for so many requests, then `Ok`.
    First(u64, Box<Mode>),
    /// The one mode for so many requests, then the other.
    Then(u64, Box<Mode>, Box<Mode>),
    /// An answer with this text instead of a verdict.
    Says(String),
    /// The verdict with something replaced in it.
    Spoils(&'static str, &'static str),
    /// The verdict with words around it.
    Prose,
    Refuses,
    /// Context too long above so many bytes of prompt.
    TooLong(usize),
    Waits(Duration),
    /// A byte at a time, for ever.
    Drips,
    /// The connection is cut: before the answer, or in its middle.
    Cut,
    CutInside,
    /// So many bytes.
    Flood(u64),
    /// 200, and not JSON.
    Html,
    /// Refuses structured output with 400, as servers without it do.
    NoSchema,
    /// Says CLEAN whatever it sees, or HIGH.
    Always(&'static str),
    /// A mode for each lens, by a word of the system prompt.
    ByWord(&'static str, Box<Mode>),
}

struct State {
    mode: Mutex<Mode>,
    calls: AtomicU64,
    /// Requests that are being answered, and the most there ever were.
    open: AtomicU64,
    most_open: AtomicU64,
    stop: AtomicBool,
    questions: Mutex<BTreeMap<String, u64>>,
    prompts: Mutex<Vec<Value>>,
    keys: Mutex<Vec<String>>,
}

/// The server; it ends when it is dropped.
pub struct Models {
    state: Arc<State>,
    pub port: u16,
}

impl Models {
    pub fn new(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            mode: Mutex::new(mode),
            calls: AtomicU64::new(0),
            open: AtomicU64::new(0),
            most_open: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            questions: Mutex::default(),
            prompts: Mutex::default(),
            keys: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stop.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), state) = (stream, Arc::clone(&accepting)) else { continue };
                let _small =
                    std::thread::Builder::new().stack_size(256 << 10).spawn(move || serve(stream, &state));
            }
        });
        Self { state, port }
    }

    pub fn set(&self, mode: Mode) {
        *self.state.mode.lock().unwrap() = mode;
    }

    /// Requests so far.
    pub fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::Relaxed)
    }

    /// How many requests there were at one time, at most.
    pub fn at_once(&self) -> u64 {
        self.state.most_open.load(Ordering::Relaxed)
    }

    /// How often the most asked question was asked and answered.
    pub fn most_asked(&self) -> u64 {
        self.state.questions.lock().unwrap().values().copied().max().unwrap_or(0)
    }

    /// Every request's body.
    pub fn prompts(&self) -> Vec<Value> {
        self.state.prompts.lock().unwrap().clone()
    }

    /// The keys that came along.
    pub fn keys(&self) -> Vec<String> {
        self.state.keys.lock().unwrap().clone()
    }

    pub fn openai(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    pub fn anthropic(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Models {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        let _wakes_the_listener = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, state: &State) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut out = stream;
    while let Some((path, key, body)) = request(&mut reader) {
        let call = state.calls.fetch_add(1, Ordering::Relaxed);
        state.most_open.fetch_max(state.open.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let anthropic = path.ends_with("/messages");
        state.prompts.lock().unwrap().push(body.clone());
        state.keys.lock().unwrap().push(key);
        let mode = state.mode.lock().unwrap().clone();
        let chosen = choose(mode, call, &system(&body, anthropic));
        let goes_on = answer(&mut out, &chosen, &body, anthropic, state);
        state.open.fetch_sub(1, Ordering::Relaxed);
        if !goes_on {
            return;
        }
    }
}

fn choose(mode: Mode, call: u64, system: &str) -> Mode {
    match mode {
        Mode::Half(mode) if call.is_multiple_of(2) => choose(*mode, call, system),
        Mode::Half(_) => Mode::Ok,
        Mode::First(count, mode) if call < count => choose(*mode, call, system),
        Mode::First(..) => Mode::Ok,
        Mode::Then(count, first, _) if call < count => choose(*first, call, system),
        Mode::Then(_, _, then) => choose(*then, call, system),
        Mode::ByWord(word, mode) if system.contains(word) => choose(*mode, call, system),
        Mode::ByWord(..) => Mode::Ok,
        mode => mode,
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut key) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" | "x-api-key" => value.trim().clone_into(&mut key),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, key, body))
}

/// Answers; false when the connection is done for.
fn answer(out: &mut TcpStream, mode: &Mode, body: &Value, anthropic: bool, state: &State) -> bool {
    let prompt = user(body, anthropic);
    let verdict = verdict(&prompt);
    let asks_for_schema = body.get("response_format").is_some() || body.get("tools").is_some();
    let say = |out: &mut TcpStream, text: &str| {
        *state.questions.lock().unwrap().entry(system(body, anthropic) + &prompt).or_default() += 1;
        send(out, 200, None, &wrap(text, body, anthropic).to_string())
    };
    match mode {
        Mode::Ok => say(out, &verdict),
        Mode::Status(status, retry) => {
            let error = json!({"error": {"message": "as scripted", "type": "scripted", "code": "scripted"}});
            send(out, *status, retry.as_deref(), &error.to_string())
        }
        Mode::Says(text) => say(out, text),
        Mode::Spoils(from, to) => say(out, &verdict.replace(from, to)),
        Mode::Prose => {
            say(out, &format!("Sure! Here is the verdict:\n```json\n{verdict}\n```\nAnything else?"))
        }
        Mode::Refuses => send(out, 200, None, &refusal(body, anthropic).to_string()),
        Mode::TooLong(most) if prompt.len() > *most => {
            let error = json!({"error": {"message": "This model's maximum context length is 8 tokens", "code": "context_length_exceeded"}});
            send(out, 400, None, &error.to_string())
        }
        Mode::TooLong(_) => say(out, &verdict),
        Mode::Waits(wait) => {
            std::thread::sleep(*wait);
            say(out, &verdict)
        }
        Mode::Drips => {
            let _ = out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
            while out.write_all(b" ").is_ok() && !state.stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
            }
            false
        }
        Mode::Cut => false,
        Mode::CutInside => {
            let _ = out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"choices\":[");
            false
        }
        Mode::Flood(bytes) => {
            let _ = write!(out, "HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n");
            let block = [b' '; 1 << 16];
            let mut left = *bytes;
            while left > 0 && out.write_all(&block).is_ok() {
                left = left.saturating_sub(block.len() as u64);
            }
            false
        }
        Mode::Html => send(out, 200, None, "<html><body>Bad gateway</body></html>"),
        Mode::NoSchema if asks_for_schema => {
            send(out, 400, None, r#"{"error":{"message":"unknown field","type":"invalid_request_error"}}"#)
        }
        Mode::NoSchema => say(out, &verdict),
        Mode::Always(severity) => say(out, &opinion(severity)),
        Mode::Half(_) | Mode::First(..) | Mode::Then(..) | Mode::ByWord(..) => false,
    }
}

/// What a compliant model answers: it reads the TURN block as data.
pub fn verdict(prompt: &str) -> String {
    if let Some(flagged) = block(prompt, "FLAGGED") {
        return case(&flagged);
    }
    let turn = block(prompt, "TURN").unwrap_or_default();
    let fields = turn["fields"].as_array().cloned().unwrap_or_default();
    let bad = fields.iter().any(|field| {
        let content = field["content"].as_str().unwrap_or_default();
        SIGNS.iter().any(|sign| content.contains(sign))
    });
    opinion(if bad { "HIGH" } else { "CLEAN" })
}

/// The data of the first block of this name.
pub fn block(prompt: &str, name: &str) -> Option<Value> {
    let begin = format!("----- BEGIN {name} ");
    let mut lines = prompt.lines().skip_while(|line| !line.starts_with(&begin));
    lines.nth(1).map(|line| serde_json::from_str(line).unwrap_or_default())
}

fn case(flagged: &Value) -> String {
    json!({
        "crime_classification": "harmful_intent",
        "severity_score": "HIGH",
        "confidence": 0.8,
        "case_facts": "The agent announces what was planted.",
        "relevant_log_ids": [flagged["id"]],
        "verdict_summary": "It was planted.",
        "request_more_context": null,
    })
    .to_string()
}

fn opinion(severity: &str) -> String {
    let (category, what) =
        if severity == "CLEAN" { ("other", "nothing to see") } else { ("harmful_intent", "as planted") };
    json!({"severity": severity, "confidence": 0.9, "category": category, "pii_labels_detected": [], "observation": what})
        .to_string()
}

fn wrap(text: &str, body: &Value, anthropic: bool) -> Value {
    if anthropic {
        let tool = body.pointer("/tools/0/name");
        let block = match (tool, serde_json::from_str::<Value>(text)) {
            (Some(name), Ok(input)) => json!({"type": "tool_use", "id": "t", "name": name, "input": input}),
            _ => json!({"type": "text", "text": text}),
        };
        return json!({"model": "claude-scripted-1", "content": [block], "stop_reason": "end_turn", "usage": {"input_tokens": 100, "output_tokens": 20}});
    }
    json!({
        "model": "scripted-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    })
}

fn refusal(body: &Value, anthropic: bool) -> Value {
    let mut answer = wrap("I cannot help with that.", &json!({}), anthropic);
    if anthropic {
        answer["stop_reason"] = "refusal".into();
    } else {
        answer["choices"][0]["message"]["refusal"] = "I cannot help with that.".into();
    }
    let _ = body;
    answer
}

pub fn system(body: &Value, anthropic: bool) -> String {
    let place = if anthropic { "/system" } else { "/messages/0/content" };
    body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub fn user(body: &Value, anthropic: bool) -> String {
    let place = if anthropic { "/messages/0/content" } else { "/messages/1/content" };
    body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn send(out: &mut TcpStream, status: u16, retry: Option<&str>, body: &str) -> bool {
    let retry = retry.map(|value| format!("retry-after: {value}\r\n")).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\n{retry}content-length: {}\r\n\r\n",
        body.len()
    );
    out.write_all((head + body).as_bytes()).is_ok()
}
