//! FAULTS of the bridge: who must not come in, what must not hurt, and a gateway that goes away.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod bridged;

use bridged::{Bridge, Browser, Gateway, LONG, Namespace, ORIGIN, Scene, command, skipped, until, upgrade};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::Message;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};

#[test]
fn b1_who_is_not_allowed_is_refused_before_the_upgrade() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let port = bridge.wss;
    let local = format!("Host: localhost:{port}\r\n");
    let mut tried = 0;
    let mut refused = |headers: String| {
        let answer = bridge.ask_tls(port, &upgrade("/", &headers));
        assert!(answer.starts_with("HTTP/1.1 403"), "{headers}\n{answer}");
        tried += 1;
    };
    for origin in [
        "https://evil.example",
        "https://openclaw-sentrix.vercel.app.evil.example",
        "https://evil.openclaw-sentrix.vercel.app",
        "HTTP://LOCALHOST:3000",
        "http://localhost:3001",
        "http://localhost:3000/",
        "http://127.0.0.1:3000",
        "null",
        "",
    ] {
        refused(format!("{local}Origin: {origin}\r\n"));
    }
    refused(local.clone());
    refused(format!("{local}Origin: {ORIGIN}\r\nOrigin: {ORIGIN}\r\n"));
    for host in ["rebinding.example", "rebinding.example:8766", "localhost.evil.example", "127.0.0.1.nip.io"]
    {
        refused(format!("Host: {host}\r\nOrigin: {ORIGIN}\r\n"));
    }
    refused(format!("Origin: {ORIGIN}\r\n"));
    refused(format!("{local}Host: rebinding.example\r\nOrigin: {ORIGIN}\r\n"));
    assert_eq!(gateway.connections.load(Ordering::SeqCst), 0);
    let audit = bridge.audit();
    assert_eq!(
        audit.iter().filter(|entry| entry["event"] == "refused" && entry["peer"].is_string()).count(),
        tried
    );
    assert_eq!(bridge.browser().hear()["type"], "bridge.ready");
}

#[test]
fn b1_the_list_can_be_replaced() {
    let gateway = Gateway::start();
    let bridge = Bridge::with(&["--gateway-url", &gateway.url(), "--origins", "https://mine.example"]);
    let ask = |origin: &str| {
        let headers = format!("Host: localhost:{}\r\nOrigin: {origin}\r\n", bridge.wss);
        bridge.ask_tls(bridge.wss, &upgrade("/", &headers))
    };
    assert!(ask("https://mine.example").starts_with("HTTP/1.1 101"));
    assert!(ask(ORIGIN).starts_with("HTTP/1.1 403"));
}

#[test]
fn b2_who_comes_from_elsewhere_needs_the_token() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let origin = format!("Origin: {ORIGIN}\r\n");
    // A tunnel on this machine; the port of the other end, or what a proxy adds, gives it away.
    for headers in [
        format!("Host: localhost:9999\r\n{origin}"),
        format!("Host: localhost:{}\r\nX-Forwarded-For: 192.0.2.1\r\n{origin}", bridge.wss),
    ] {
        let come = |path: &str, more: &str| {
            let mut stream = bridge.tls("localhost", bridge.wss);
            stream.write_all(upgrade(path, &format!("{headers}{more}")).as_bytes()).unwrap();
            Browser::new(stream).unwrap()
        };
        for path in ["/", "/?token=", "/?token=wrong"] {
            assert_eq!(come(path, "").closed(), 1008, "{path}");
        }
        assert_eq!(gateway.connections.load(Ordering::SeqCst), 0);
    }
    let token = bridge.token();
    let mut stream = bridge.tls("localhost", bridge.wss);
    let headers = format!("Host: localhost:9999\r\n{origin}");
    stream.write_all(upgrade(&format!("/?token={token}"), &headers).as_bytes()).unwrap();
    assert_eq!(Browser::new(stream).unwrap().hear()["type"], "bridge.ready");
    // Whoever goes on guessing is not listened to any more, with the right token neither; a browser beside us is.
    until("the end of patience", || {
        bridge.ask_tls(bridge.wss, &upgrade("/?token=wrong", &headers)).starts_with("HTTP/1.1 429")
    });
    assert!(
        bridge
            .ask_tls(bridge.wss, &upgrade(&format!("/?token={token}"), &headers))
            .starts_with("HTTP/1.1 429")
    );
    assert_eq!(bridge.browser().hear()["type"], "bridge.ready");
    let audit = fs::read_to_string(bridge.logs.path().join("bridge_audit.jsonl")).unwrap();
    assert!(audit.contains("token missing or wrong") && !audit.contains(&token));
}

/// A peer with an address of its own: in a network namespace, or, where none can be made, by this machine's own address.
#[test]
fn b2_a_peer_on_another_machine_needs_the_token() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let Some(namespace) = Namespace::new() else {
        skipped("b2_a_peer_on_another_machine_needs_the_token", "no network namespace can be made here");
        return;
    };
    let host = format!("{}:{}", namespace.host, bridge.wss);
    let token = bridge.token();
    let ask = |query: &str| {
        let request = upgrade(query, &format!("Host: {host}\r\nOrigin: {ORIGIN}\r\n"));
        namespace.ask(&host, request.as_bytes())
    };
    // The first byte after the head is the frame: 0x88 is a close, 0x81 a text.
    let first = |answer: &[u8]| {
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        head.and_then(|at| answer.get(at).copied())
    };
    for query in ["/", "/?token=wrong"] {
        let answer = ask(query);
        assert_eq!(first(&answer), Some(0x88), "{}", String::from_utf8_lossy(&answer));
        assert!(answer.windows(2).any(|code| code == 1008_u16.to_be_bytes()));
    }
    assert_eq!(gateway.connections.load(Ordering::SeqCst), 0);
    let answer = ask(&format!("/?token={token}"));
    assert_eq!(first(&answer), Some(0x81), "{}", String::from_utf8_lossy(&answer));
    assert!(
        bridge
            .audit()
            .iter()
            .any(|entry| entry["peer"] == namespace.guest.as_str() && entry["event"] == "came")
    );
    // The page is for this machine alone.
    let get = format!("GET / HTTP/1.1\r\nHost: {}:{}\r\n\r\n", namespace.host, bridge.page);
    assert!(namespace.try_plain(&format!("{}:{}", namespace.host, bridge.page), get.as_bytes()).is_empty());
}

#[test]
fn b3_what_breaks_the_protocol_ends_with_its_code_and_what_is_odd_does_not() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut other = bridge.browser();
    other.wait("bridge.ready");
    // What ended the Python version's sessions.
    let mut browser = bridge.browser();
    for text in [
        "[1,2]",
        "5",
        "null",
        "no JSON",
        r#"{"type":"chat","payload":null}"#,
        r#"{"type":"chat","payload":{"text":5}}"#,
        r#"{"type":"what"}"#,
    ] {
        browser.socket.send(Message::text(text)).unwrap();
    }
    browser.socket.send(Message::text("[".repeat(100_000))).unwrap();
    browser.socket.send(Message::binary(vec![0, 255])).unwrap();
    browser.chat("a", "What is on my list?");
    assert_eq!(browser.wait("response")["id"], "a");
    // One byte after the other.
    let raw = |bytes: &[u8]| {
        let mut browser = bridge.browser();
        // The bridge may have ended it before all is written.
        let _gone = browser.socket.get_mut().write_all(bytes);
        browser.closed()
    };
    assert_eq!(raw(&[0x81, 0x01, b'x']), 1002, "unmasked");
    assert_eq!(raw(&[0xF1, 0x80, 0, 0, 0, 0]), 1002, "reserved bits");
    assert_eq!(raw(&[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28]), 1007, "bad UTF-8");
    assert_eq!(raw(&[0x81, 0xFF, 0, 0, 0, 0, 6, 0x40, 0, 0, 0, 0, 0, 0]), 1009, "100 MB announced");
    other.chat("b", "What is on my list?");
    assert_eq!(other.wait("response")["id"], "b");
}

#[test]
fn b3_floods_end_and_hurt_nobody_else() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut other = bridge.browser();
    other.wait("bridge.ready");
    let flood = |frame: Frame, count: usize| {
        let mut browser = bridge.browser();
        let mut bytes = Vec::new();
        frame.format(&mut bytes).unwrap();
        let chunk = bytes.repeat(1000);
        for _ in 0..count / 1000 {
            if browser.socket.get_mut().write_all(&chunk).is_err() {
                break;
            }
        }
        browser.closed()
    };
    let masked = |mut frame: Frame| {
        frame.header_mut().mask = Some([1, 2, 3, 4]);
        frame
    };
    let data = |data, last| Frame::message(Vec::new(), OpCode::Data(data), last);
    thread::scope(|scope| {
        let floods = [
            (masked(data(Data::Text, true)), 100_000, "empty messages"),
            (masked(Frame::ping(Vec::new())), 100_000, "pings"),
            (masked(data(Data::Continue, false)), 10_000, "fragments of nothing"),
        ];
        for (frame, count, what) in floods {
            scope.spawn(move || {
                let code = flood(frame, count);
                // It may be cut off before the code is read.
                assert!([1002, 1006, 1008].contains(&code), "{what}: {code}");
            });
        }
        scope.spawn(|| {
            let mut browser = bridge.browser();
            let mut first = Vec::new();
            masked(data(Data::Text, false)).format(&mut first).unwrap();
            let mut more = Vec::new();
            masked(data(Data::Continue, false)).format(&mut more).unwrap();
            browser.socket.get_mut().write_all(&first).unwrap();
            let more = more.repeat(1000);
            while browser.socket.get_mut().write_all(&more).is_ok() {}
        });
        for number in 0..20 {
            let id = format!("m{number}");
            other.chat(&id, "What is on my list?");
            assert_eq!(other.wait("response")["id"], id.as_str());
        }
    });
    assert!(bridge.memory() < 64 << 20, "{} bytes", bridge.memory());
}

#[test]
fn b3_a_slow_reader_waits_alone_and_whoever_says_nothing_keeps_nobody_out() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let text = "x".repeat(200_000);
    let flags: Vec<String> = (0..20)
        .map(|n| {
            json!({"flag_id": n.to_string(), "consensus_severity": "LOW", "referral_summary": text})
                .to_string()
        })
        .collect();
    fs::write(bridge.logs.path().join("patrol_flags.jsonl"), flags.join("\n") + "\n").unwrap();
    let mut slow = bridge.browser();
    slow.wait("bridge.ready");
    for _ in 0..30 {
        slow.say(&json!({"type": "get_state"}));
    }
    // Half-open, and silent.
    let silent: Vec<TcpStream> =
        (0..150).map(|_| TcpStream::connect(("127.0.0.1", bridge.wss)).unwrap()).collect();
    let mut other = bridge.browser();
    other.chat("b", "What is on my list?");
    assert_eq!(other.wait("response")["id"], "b");
    until("the end of the slow reader", || {
        bridge.audit().iter().any(|entry| entry["event"] == "went" && entry["why"] == "it reads too slowly")
    });
    assert!(bridge.memory() < 64 << 20, "{} bytes", bridge.memory());
    drop(silent);
}

#[test]
fn b4_the_gateway_goes_and_comes_back_and_no_message_is_lost_or_doubled() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.wait("bridge.ready");
    browser.chat("a", "What is on my list?");
    browser.wait("response");
    let mut page = bridge.page();
    page.wait("bridge.ready");
    let port = gateway.port;
    drop(gateway);
    while page.wait("gateway")["payload"]["up"] != false {}
    // It waits until the gateway is there again.
    browser.chat("b", "What is on my list?");
    browser.chat("c", "What is on my list?");
    let gateway = Gateway::on(port);
    let mut answered = Vec::new();
    while answered.len() < 2 {
        let frame = browser.hear();
        if frame["type"] == "response" {
            assert!(!frame["payload"]["text"].as_str().unwrap().starts_with('⚠'), "{frame}");
            answered.push(frame["id"].clone());
        }
    }
    assert_eq!(answered, ["b", "c"]);
    let sent = gateway.asked("chat.send");
    let keys: Vec<&Value> = sent.iter().map(|frame| &frame["params"]["idempotencyKey"]).collect();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[test]
fn b4_an_answer_that_was_cut_off_is_not_asked_for_twice() {
    let gateway = Gateway::start();
    gateway.scene(Scene { die_at: Some("cut"), ..Scene::default() });
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.chat("a", "cut this off");
    browser.wait("response.delta");
    until("the connection after it", || gateway.asked("connect").len() >= 2);
    browser.chat("b", "What is on my list?");
    assert_eq!(browser.wait("response")["id"], "b");
    assert_eq!(gateway.asked("chat.send").len(), 2);
}

#[test]
fn b4_a_gateway_that_refuses_or_talks_nonsense_ends_no_browser() {
    let gateway = Gateway::start();
    let starting =
        json!({"code": "UNAVAILABLE", "retryable": true, "retryAfterMs": 500, "message": "gateway starting"});
    gateway.scene(Scene { refuse: Some(starting), ..Scene::default() });
    let bridge = Bridge::start(&gateway);
    let mut page = bridge.page();
    let told = page.wait("gateway")["payload"].clone();
    assert!(told["up"] == false && told["why"].as_str().unwrap().contains("starting"), "{told}");
    gateway.scene(Scene {
        garbage: vec![b"[]".to_vec(), b"no JSON".to_vec(), b"{\"type\":\"event\"}".to_vec(), vec![0; 5000]],
        ..Scene::default()
    });
    page.wait("bridge.ready");
    page.chat("a", "What is on my list?");
    assert_eq!(page.wait("response")["id"], "a");
}

#[test]
fn b4_browsers_that_vanish_leave_nothing_behind() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    bridge.browser().wait("bridge.ready");
    until("the first to go", || bridge.audit().iter().any(|entry| entry["event"] == "went"));
    let before = bridge.descriptors();
    for round in 0..100 {
        let mut browser = bridge.browser();
        if round % 2 == 0 {
            browser.chat("a", "What is on my list?");
        }
    }
    until("the descriptors", || bridge.descriptors() <= before);
}

#[test]
fn b5_nobody_speaks_to_the_gateway_through_the_bridge() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.wait("bridge.ready");
    for frame in [
        json!({"type": "req", "id": "1", "method": "config.set", "params": {"raw": "{}"}}),
        json!({"type": "req", "id": "2", "method": "exec.approvals.set", "params": {}}),
        json!({"type": "connect", "scopes": ["operator.admin"]}),
        json!({"type": "chat", "id": "3", "payload": {"text": "hello"}, "sessionKey": "agent:main:other", "scopes": ["operator.admin"]}),
    ] {
        browser.say(&frame);
    }
    browser.wait("response");
    let frames = gateway.asked.lock().unwrap();
    let methods: Vec<&str> = frames.iter().map(|frame| frame["method"].as_str().unwrap()).collect();
    // The bridge's own question for the whole of an answer with tools.
    assert_eq!(methods, ["connect", "chat.send", "chat.history"]);
    for frame in &frames[1..] {
        assert_ne!(frame["params"]["sessionKey"], "agent:main:other");
    }
    assert_eq!(bridge.audit().iter().filter(|entry| entry["event"] == "denied").count(), 3);
}

#[test]
fn b6_a_loose_or_halved_key_is_never_used() {
    let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let gateway = Gateway::start();
    let bridge = Bridge::in_dirs(logs, home, &["--gateway-url", &gateway.url()]);
    let pem = bridge.home.path().join("bridge.pem");
    let old = fs::read(&pem).unwrap();
    let other = tempfile::tempdir().unwrap();
    let copy = other.path().join("key.pem");
    fs::copy(&pem, &copy).unwrap();
    // Given ones are refused.
    let refused = |args: &[&str], code| {
        let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let output = command(logs.path(), home.path(), args)
            .args(["--port", "0"])
            .stderr(std::process::Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    };
    let copy = copy.to_str().unwrap();
    refused(&["--cert", copy], 2);
    refused(&["--key", copy], 2);
    fs::set_permissions(copy, fs::Permissions::from_mode(0o644)).unwrap();
    let said = refused(&["--cert", copy, "--key", copy], 4);
    assert!(said.contains("644") && said.contains("chmod 600"), "{said}");
    // Ours is made anew when others could read it, and when it is cut in half.
    for spoil in [0, 1] {
        if spoil == 0 {
            fs::set_permissions(&pem, fs::Permissions::from_mode(0o644)).unwrap();
        } else {
            fs::write(&pem, &old[..old.len() / 2]).unwrap();
        }
        let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::copy(&pem, home.path().join("bridge.pem")).unwrap();
        let again = Bridge::in_dirs(logs, home, &["--gateway-url", &gateway.url()]);
        let made = again.home.path().join("bridge.pem");
        assert_ne!(fs::read(&made).unwrap(), old);
        assert_eq!(fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o600);
        drop(again.tls("localhost", again.wss));
    }
}

#[test]
fn a_signal_ends_it_with_a_word_to_its_browsers() {
    let gateway = Gateway::start();
    let mut bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.wait("bridge.ready");
    kill_process(Pid::from_child(&bridge.child), Signal::TERM).unwrap();
    assert_eq!(browser.closed(), 1012);
    let deadline = Instant::now() + LONG;
    let code = loop {
        if let Some(status) = bridge.child.try_wait().unwrap() {
            break status.code();
        }
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(code, Some(143));
}
