//! The tap from outside: what a provider sees, what OpenClaw gets, and what is on record.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tapped;

use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use tapped::*;

#[test]
fn every_dialect_passes_untouched_and_is_on_record() {
    for (path, dialect, stream) in STREAMS {
        // Seven bytes a piece: every letter that takes several bytes is cut somewhere.
        let provider = Provider::start(move |_, to| {
            to.write_all(STREAM).unwrap();
            for piece in stream.as_bytes().chunks(7) {
                to.write_all(&chunk(piece)).unwrap();
            }
            to.write_all(b"0\r\n\r\n").unwrap();
        });
        let logs = tempfile::tempdir().unwrap();
        let tap = tap_to(&provider, logs.path(), &[]);
        let got = tap.ask(path, &question("hello")).rest();
        assert_eq!((got.status, got.whole), (200, true), "{dialect}");
        assert_eq!(String::from_utf8(got.body).unwrap(), stream, "{dialect}");
        let asked = provider.last();
        assert!(!asked.head.contains("dummy"), "{}", asked.head);
        assert!(asked.head.contains(KEY), "{dialect}: the real key is put in");
        assert_eq!(asked.header("host"), Some(format!("127.0.0.1:{}", provider.port).as_str()));
        assert_eq!(asked.header("accept-encoding"), Some("identity"));
        assert_eq!(asked.body, question("hello").as_bytes(), "{dialect}: the request is what was sent");
        let (events, said) = tap.stop();
        assert_eq!(events[0]["event"], "llm_exchange_start", "{dialect}");
        let exchange = &events[1];
        assert_eq!(exchange["dialect"], dialect);
        assert_eq!(exchange["complete"], true, "{exchange}");
        assert_eq!(exchange["kind"], "turn");
        assert_eq!(
            exchange["request"]["messages"],
            json!([{"role": "user", "content": "hello"}]),
            "{dialect}"
        );
        let response = &exchange["response"];
        assert_eq!(response["id"], "id_1", "{dialect}");
        assert_eq!(response["text"], "Grüße 😀", "{dialect}");
        assert_eq!(response["thinking"], "Hm.", "{dialect}");
        let call = json!([{"id": "call_1", "name": "read", "arguments": {"path": "ä.md"}}]);
        assert_eq!(response["tool_calls"], call, "{dialect}");
        let usage = json!({"input_tokens": 20, "output_tokens": 30, "cache_read_tokens": 5});
        assert_eq!(response["usage"], usage, "{dialect}");
        assert!(response["cost_usd"].as_f64().unwrap() > 0.0, "{dialect}");
        assert_eq!(response["bytes"], stream.len());
        assert!(!said.contains(KEY) && !fs::read_to_string(file(logs.path())).unwrap().contains(KEY));
    }
}

#[test]
fn no_piece_waits_for_the_next() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let provider = Provider::start(move |_, to| {
        to.write_all(STREAM).unwrap();
        to.write_all(&chunk(b"data: 1\n\n")).unwrap();
        // Goes on only when the client has the first piece.
        wait.lock().unwrap().recv_timeout(LONG).unwrap();
        to.write_all(&chunk(b"data: 2\n\n")).unwrap();
        to.write_all(b"0\r\n\r\n").unwrap();
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let mut asking = tap.ask("/anthropic/v1/messages", &question("hello"));
    assert_eq!(asking.piece().unwrap().unwrap(), b"data: 1\n\n");
    go.send(()).unwrap();
    assert_eq!(asking.piece().unwrap().unwrap(), b"data: 2\n\n");
    assert_eq!(asking.piece(), Ok(None));
    tap.stop();
}

#[test]
fn two_hundred_turns_are_recorded_once() {
    let answer = "and the answer to it ".repeat(20);
    let content = json!([{"type": "text", "text": answer}]);
    let answered =
        json!({"id": "msg", "role": "assistant", "content": content, "stop_reason": "end_turn"}).to_string();
    let provider = Provider::answers("200 OK", "application/json", answered.clone());
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let (mut messages, mut new, mut sent) = (Vec::new(), 0, 0);
    let (system, schema) =
        ("You are kind. ".repeat(1000), json!([{"name": "read", "description": "x".repeat(9000)}]));
    new += system.len() + schema.to_string().len();
    for turn in 0..200 {
        let question =
            json!({"role": "user", "content": format!("Question {turn}: {}", "what about it? ".repeat(30))});
        // What this turn adds: a message, and the answer to it.
        new += question.to_string().len() + answered.len();
        messages.push(question);
        let body = json!({"model": "m", "system": system, "tools": schema, "messages": messages}).to_string();
        sent += body.len();
        assert!(tap.ask("/anthropic/v1/messages", &body).rest().whole);
        messages.push(json!({"role": "assistant", "content": [{"type": "text", "text": answer}]}));
    }
    let (events, _) = tap.stop();
    assert_eq!(exchanges(&events).len(), 200);
    let last = exchanges(&events)[199];
    assert_eq!(last["request"]["before"]["messages"], 398);
    assert_eq!(last["request"]["messages"].as_array().unwrap().len(), 1);
    let stored = fs::metadata(file(logs.path())).unwrap().len() as usize;
    assert!(stored <= 2 * new, "{stored} bytes for {new} new ones, of {sent} that were sent");
}

#[test]
fn only_hosts_on_the_list_are_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).unwrap();
            stream.write_all(&[&bytes[..], b" back"].concat()).unwrap();
        }
    });
    let logs = tempfile::tempdir().unwrap();
    let (here, bare) = (format!("localhost:{port}"), format!("127.0.0.1:{port}"));
    let args = [
        "--egress=127.0.0.1:0",
        "--channel=telegram",
        &format!("--allow={here}"),
        &format!("--allow={bare}"),
    ];
    let tap = Tap::start(logs.path(), &args);
    for (host, expected) in [
        ("evil.example:443", "refused"),
        ("api.telegram.org:80", "refused"),
        ("api.telegram.org.evil.example:443", "refused"),
        ("169.254.169.254:80", "refused"),
        (here.as_str(), "private_address"),
        (bare.as_str(), "private_address"),
    ] {
        assert_eq!(tap.connect(host).0, 403, "{host}: {expected}");
    }
    let (events, said) = tap.stop();
    let outcomes: Vec<&Value> = events.iter().map(|event| &event["outcome"]).collect();
    assert_eq!(outcomes, ["refused", "refused", "refused", "refused", "private_address", "private_address"]);
    assert!(events.iter().all(|event| event["event"] == "connect" && event["allowed"] == false));
    assert!(said.contains("no connection to evil.example:443"), "{said}");

    let tap = Tap::start(logs.path(), &[&args[..], &["--allow-private"]].concat());
    let (status, mut stream) = tap.connect(&here);
    assert_eq!(status, 200);
    stream.write_all(b"hello").unwrap();
    let mut back = [0; 10];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"hello back");
    drop(stream);
    let (events, _) = tap.stop();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["bytes_out"], &last["bytes_in"], &last["allowed"]),
        (&json!(5), &json!(10), &json!(true)),
        "{last}"
    );
}

#[test]
fn a_secret_on_its_way_out_is_flagged_masked_or_stopped() {
    let card = "my card is 4539 5787 6362 1486";
    for (mode, status, leaves) in
        [("flag", 200, true), ("mask", 200, false), ("block", 403, false), ("off", 200, true)]
    {
        let provider = Provider::answers("200 OK", "application/json", "{\"id\":\"x\",\"content\":[]}");
        let logs = tempfile::tempdir().unwrap();
        let tap = tap_to(&provider, logs.path(), &["--guard", mode]);
        let got = tap.ask("/anthropic/v1/messages", &question(&format!("{card}, and {KEY}"))).rest();
        assert_eq!(got.status, status, "{mode}");
        let sent: Vec<String> = provider
            .asked
            .lock()
            .unwrap()
            .iter()
            .map(|asked| String::from_utf8(asked.body.clone()).unwrap())
            .collect();
        assert_eq!(sent.len(), usize::from(status == 200), "{mode}");
        assert_eq!(
            sent.iter().any(|body| body.contains("4539") || body.contains(KEY)),
            leaves,
            "{mode}: {sent:?}"
        );
        let (events, said) = tap.stop();
        let guard = exchanges(&events)[0]["guard"].clone();
        if mode == "off" {
            assert!(guard.is_null());
        } else {
            assert_eq!(guard.as_array().unwrap().len(), 2, "{guard}");
            assert!(guard.as_array().unwrap().iter().all(|one| one["action"] == mode));
            assert!(
                !guard.to_string().contains("4539 5787 6362") && !guard.to_string().contains(KEY),
                "{guard}"
            );
            assert!(said.contains("OPERATOR_KEY") && !said.contains(KEY), "{said}");
        }
    }
}

#[test]
fn the_demo_plays_a_model_and_nothing_leaves() {
    let provider = Provider::answers("500 No", "text/plain", "no");
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &["--provider=demo"]);
    let got = tap.ask("/demo/v1/messages", &question("hello")).rest();
    assert!(got.whole && String::from_utf8_lossy(&got.body).contains("message_stop"));
    assert!(tap.ask("/openai/v1/responses", &question("tour")).rest().whole);
    assert_eq!(tap.ask("/openai/v1/embeddings", "{}").rest().status, 404);
    let (events, _) = tap.stop();
    let exchanges = exchanges(&events);
    assert!(exchanges.iter().all(|exchange| exchange["provider"] == "demo"));
    assert!(exchanges[0]["response"]["text"].as_str().unwrap().contains("not a language model"));
    assert_eq!(exchanges[1]["response"]["tool_calls"][0]["name"], "write");
    assert!(provider.asked.lock().unwrap().is_empty());
}

#[test]
fn keys_come_from_a_file_that_nobody_else_reads() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    fs::write(&keys, format!("# mine\nexport ANTHROPIC_API_KEY='{KEY}'\n")).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let flag = format!("--key-file={}", keys.display());
    let refused = program()
        .args(["tap", "--listen=127.0.0.1:0", "--log-dir"])
        .arg(dir.path())
        .arg(&flag)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("chmod 600") && !said.contains(KEY), "{said}");

    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    let provider = Provider::answers("200 OK", "application/json", "{}");
    let upstream = format!("--upstream=anthropic={}", provider.url());
    let tap = Tap::with(
        &dir.path().join("logs"),
        &[&flag, &upstream],
        &[("ANTHROPIC_API_KEY", "of the environment")],
    );
    tap.ask("/anthropic/v1/messages", &question("hello")).rest();
    assert_eq!(provider.last().header("x-api-key"), Some(KEY));
    assert_eq!(provider.last().header("authorization"), None);
    tap.stop();
}
