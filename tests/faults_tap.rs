//! The tap where something goes wrong: each is one line for people, a correct error for OpenClaw, and on record.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod tapped;

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use tapped::*;

#[test]
fn who_hangs_up_hangs_up_the_provider_too() {
    let (told, hear) = channel::<bool>();
    let provider = Provider::start(move |_, to| {
        to.write_all(STREAM).unwrap();
        to.write_all(&chunk(b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Half\"}}\n\n")).unwrap();
        // The end of the tap's side: it has given the request up.
        told.send(matches!(to.read(&mut [0]), Ok(0) | Err(_))).unwrap();
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let mut asking = tap.ask("/anthropic/v1/messages", &question("hello"));
    asking.piece().unwrap();
    asking.hang_up();
    assert!(hear.recv_timeout(LONG).unwrap());
    let (events, _) = tap.stop();
    let exchange = exchanges(&events)[0];
    assert_eq!(exchange["error"]["kind"], "aborted");
    assert_eq!((&exchange["complete"], &exchange["response"]["text"]), (&json!(false), &json!("Half")));
}

#[test]
fn an_answer_that_breaks_off_is_broken_for_everyone() {
    let provider = Provider::start(move |_, to| {
        to.write_all(STREAM).unwrap();
        to.write_all(&chunk(b"data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"Half\"}}]}\n\n"))
            .unwrap();
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let got = tap.ask("/openai/v1/chat/completions", &question("hello")).rest();
    assert!(!got.whole, "OpenClaw must not take it for whole");
    let (events, said) = tap.stop();
    assert_eq!(exchanges(&events)[0]["error"]["kind"], "broken");
    assert_eq!(exchanges(&events)[0]["response"]["text"], "Half");
    assert!(said.contains("openai: the answer broke off"), "{said}");
}

#[test]
fn a_tap_that_is_killed_leaves_what_had_passed() {
    let (told, hear) = channel::<()>();
    let told = Mutex::new(told);
    let provider = Provider::start(move |_, to| {
        to.write_all(STREAM).unwrap();
        to.write_all(&chunk("data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"Ha".as_bytes()))
            .unwrap();
        to.write_all(&chunk("lf\"}}]}\n\ndata: {\"cho".as_bytes())).unwrap();
        told.lock().unwrap().send(()).unwrap();
        let _until_the_tap_is_gone = to.read(&mut [0]);
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let mut asking = tap.ask("/openai/v1/chat/completions", &question("a question"));
    hear.recv_timeout(LONG).unwrap();
    let mut got = Vec::new();
    while !String::from_utf8_lossy(&got).contains("{\"cho") {
        got.extend(asking.piece().unwrap().unwrap());
    }
    tap.kill();
    assert!(!asking.rest().whole, "OpenClaw sees a broken connection");
    let again = tap_to(&provider, logs.path(), &[]);
    let (events, _) = again.stop();
    assert_eq!(events[0]["event"], "llm_exchange_start");
    let broken = exchanges(&events);
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0]["id"], events[0]["id"]);
    assert_eq!(broken[0]["request"]["messages"][0]["content"], "a question");
    assert_eq!(broken[0]["response"]["text"], "Half");
    assert_eq!((&broken[0]["complete"], &broken[0]["error"]["kind"]), (&json!(false), &json!("broken")));
    let once_more = tap_to(&provider, logs.path(), &[]);
    assert_eq!(exchanges(&once_more.stop().0).len(), 1, "it is told once");
}

#[test]
fn a_provider_that_is_not_there_is_said_and_recorded() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let logs = tempfile::tempdir().unwrap();
    let tap = Tap::start(logs.path(), &[&format!("--upstream=anthropic=http://127.0.0.1:{closed}")]);
    let got = tap.ask("/anthropic/v1/messages", &question("hello")).rest();
    assert_eq!(got.status, 502);
    assert_eq!(got.json()["type"], "error", "in the dialect: {}", got.json());
    let (events, said) = tap.stop();
    assert_eq!(exchanges(&events)[0]["error"]["kind"], "unreachable");
    assert!(said.contains(&format!("anthropic: cannot reach 127.0.0.1:{closed}")), "{said}");
}

/// What a tap makes of a provider whose TLS does not hold.
#[track_caller]
fn refuses_tls(port: u16) {
    let logs = tempfile::tempdir().unwrap();
    let tap = Tap::start(logs.path(), &[&format!("--upstream=openai=https://127.0.0.1:{port}")]);
    let got = tap.ask("/openai/v1/responses", &question("hello")).rest();
    assert_eq!(got.status, 502);
    let (events, said) = tap.stop();
    assert_eq!(exchanges(&events)[0]["error"]["kind"], "tls", "{said}");
}

#[test]
fn a_server_that_speaks_no_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The other side may have had enough.
            let _gone = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    refuses_tls(port);
}

#[test]
fn a_certificate_that_nobody_signed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .args([key.as_path(), Path::new("-out"), &certificate])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let identity = native_tls::Identity::from_pkcs8(
        &std::fs::read(&certificate).unwrap(),
        &std::fs::read(&key).unwrap(),
    );
    let acceptor = native_tls::TlsAcceptor::new(identity.unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // It is the tap that does not go on.
            let _refused = acceptor.accept(stream.unwrap());
        }
    });
    refuses_tls(port);
}

#[test]
fn a_wrong_key_is_passed_on_and_named() {
    let body = r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;
    let provider = Provider::answers("401 Unauthorized", "application/json", body);
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let got = tap.ask("/anthropic/v1/messages", &question("hello")).rest();
    assert_eq!((got.status, got.body.as_slice()), (401, body.as_bytes()));
    let (events, said) = tap.stop();
    assert_eq!(exchanges(&events)[0]["status"], 401);
    assert_eq!(exchanges(&events)[0]["response"]["error"]["type"], "authentication_error");
    assert!(said.contains("anthropic does not accept the key") && !said.contains(KEY), "{said}");
}

#[test]
fn what_is_too_large_or_nowhere_is_refused_and_recorded() {
    let provider = Provider::answers("200 OK", "application/json", "{}");
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let large =
        tap.send("POST /openai/v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n");
    assert_eq!(large.status, 413);
    for path in ["/openai/v1/files", "/nobody/v1/messages", "/", "/openai/../etc/passwd"] {
        assert_eq!(tap.ask(path, "{}").status, 404, "{path}");
    }
    let (events, _) = tap.stop();
    let kinds: Vec<&Value> =
        exchanges(&events).into_iter().map(|exchange| &exchange["error"]["kind"]).collect();
    assert_eq!(kinds, ["too_large", "not_found", "not_found", "not_found", "not_found"]);
    assert!(provider.asked.lock().unwrap().is_empty(), "none of it left");
}

#[test]
fn a_model_that_says_nothing_is_not_waited_for_for_ever() {
    let provider = Provider::start(|_, to| {
        let _until_the_tap_has_enough = to.read(&mut [0]);
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &["--first-byte-secs=1"]);
    assert_eq!(tap.ask("/openai/v1/responses", &question("hello")).rest().status, 504);
    assert_eq!(exchanges(&tap.stop().0)[0]["error"]["kind"], "timeout");
}

#[test]
fn one_tap_writes_into_a_directory() {
    let logs = tempfile::tempdir().unwrap();
    let tap = Tap::start(logs.path(), &[]);
    let second =
        program().args(["tap", "--listen=127.0.0.1:0", "--log-dir"]).arg(logs.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&second.stderr).contains("--log-dir"));
    tap.stop();
}

#[test]
fn a_slow_reader_holds_up_its_own_answer_alone() {
    let piece = chunk(
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", "x".repeat(60_000))
            .as_bytes(),
    );
    let many = 2000;
    let sent = Arc::new(Mutex::new(0));
    let count = Arc::clone(&sent);
    let provider = Provider::start(move |asked, to| {
        to.write_all(STREAM).unwrap();
        let wanted = if asked.body.windows(4).any(|word| word == b"slow") { many } else { 1 };
        for _ in 0..wanted {
            if to.write_all(&piece).is_err() {
                return;
            }
            *count.lock().unwrap() += 1;
        }
        let _gone = to.write_all(b"0\r\n\r\n");
    });
    let logs = tempfile::tempdir().unwrap();
    let tap = tap_to(&provider, logs.path(), &[]);
    let slow = tap.ask("/openai/v1/chat/completions", &question("slow"));
    for _ in 0..20 {
        assert!(tap.ask("/openai/v1/chat/completions", &question("quick")).rest().whole);
    }
    assert!(*sent.lock().unwrap() < many, "the provider waits for the reader, and nothing is held for it");
    slow.hang_up();
    let peak = tap.peak_mib();
    assert!(peak <= 128, "{peak} MiB");
    tap.stop();
}
