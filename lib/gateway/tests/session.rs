//! The protocol without a connection: what the recordings do not show, and garbage.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use sentrix_gateway::{Cause, Credentials, Event, GatewayError, Limits, Session};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const HELLO: &str =
    r#"{"type":"hello-ok","protocol":3,"server":{"version":"2026.3.8"},"features":{"methods":[]}}"#;

fn new(limits: Limits, now: Instant) -> Session {
    let credentials =
        Credentials { display_name: "t".to_owned(), version: "1".to_owned(), token: "secret".to_owned() };
    assert!(!format!("{credentials:?}").contains("secret"));
    Session::new(credentials, limits, now)
}

fn challenge(session: &mut Session, now: Instant) -> String {
    session.receive(r#"{"type":"event","event":"connect.challenge","payload":{"nonce":"n"}}"#, now).unwrap();
    let connect: Value = serde_json::from_str(&session.outgoing().unwrap()).unwrap();
    assert_eq!(connect["params"]["auth"]["token"], "secret");
    connect["id"].as_str().unwrap().to_owned()
}

fn open(limits: Limits, now: Instant) -> Session {
    let mut session = new(limits, now);
    let id = challenge(&mut session, now);
    session.receive(&format!(r#"{{"type":"res","id":"{id}","ok":true,"payload":{HELLO}}}"#), now).unwrap();
    assert_eq!(session.hello().unwrap().scopes, None);
    session
}

fn chat(session: &mut Session, payload: Value, now: Instant) {
    session.receive(&json!({"type":"event","event":"chat","payload":payload}).to_string(), now).unwrap();
}

fn events(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.next_event()).collect()
}

#[test]
fn each_refusal_has_its_cause() {
    for (error, cause) in [
        (json!({"code":"INVALID_REQUEST","details":{"code":"AUTH_TOKEN_MISMATCH"}}), Cause::WrongToken),
        (
            json!({"code":"INVALID_REQUEST","message":"protocol mismatch","details":{"code":"PROTOCOL_MISMATCH","expectedProtocol":5,"minimumProbeProtocol":4}}),
            Cause::ProtocolMismatch { expected: Some(5), minimum: Some(4) },
        ),
        (
            json!({"code":"UNAVAILABLE","message":"gateway starting; retry shortly","retryable":true,"retryAfterMs":500}),
            Cause::Starting { retry_after: Duration::from_millis(500) },
        ),
        (
            json!({"code":"NOT_PAIRED","details":{"code":"PAIRING_REQUIRED","requestId":"r"}}),
            Cause::NotPaired { request_id: Some("r".to_owned()) },
        ),
        (
            json!({"code":"NOT_PAIRED","details":{"code":"DEVICE_IDENTITY_REQUIRED"}}),
            Cause::NotPaired { request_id: None },
        ),
        (json!("nonsense"), Cause::Other { retryable: false }),
        (
            json!({"code":"UNAVAILABLE","retryable":true,"retryAfterMs":u64::MAX}),
            Cause::Starting { retry_after: Duration::from_secs(60) },
        ),
    ] {
        let now = Instant::now();
        let mut session = new(Limits::default(), now);
        let id = challenge(&mut session, now);
        let refused =
            session.receive(&json!({"type":"res","id":id,"ok":false,"error":error}).to_string(), now);
        let Err(GatewayError::Refused(refusal)) = refused else { panic!("let in: {error}") };
        assert_eq!(refusal.cause, cause);
    }
}

#[test]
fn an_older_or_newer_hello_is_none() {
    for payload in
        [json!({}), json!({"type":"hello-ok"}), json!({"type":"hello-ok","protocol":5}), json!(null)]
    {
        let now = Instant::now();
        let mut session = new(Limits::default(), now);
        let id = challenge(&mut session, now);
        let ended =
            session.receive(&json!({"type":"res","id":id,"ok":true,"payload":payload}).to_string(), now);
        assert!(matches!(ended, Err(GatewayError::Protocol(_))));
        assert!(session.send("main", "x", now).is_err());
    }
}

/// A run that called a tool, up to its end as the gateway tells it; gives the run, and the request for the whole of the answer.
fn ends_with_a_tool(session: &mut Session, told: &str, now: Instant) -> (String, Value) {
    let run = session.send("main", "go on", now).unwrap();
    session.outgoing().unwrap();
    let tool = json!({"runId":run,"sessionKey":"agent:main:main","stream":"tool","data":{"phase":"start","toolCallId":"t","name":"write","args":{}}});
    session.receive(&json!({"type":"event","event":"agent","payload":tool}).to_string(), now).unwrap();
    chat(
        session,
        json!({"runId":run,"sessionKey":"agent:main:main","state":"final","message":{"content":told}}),
        now,
    );
    assert!(
        matches!(events(session)[..], [Event::ToolStart { .. }]),
        "the end came before the whole of the answer"
    );
    let asked: Value = serde_json::from_str(&session.outgoing().unwrap()).unwrap();
    assert_eq!((&asked["method"], &asked["params"]["sessionKey"]), (&json!("chat.history"), &json!("main")));
    (run, asked["id"].clone())
}

fn ended_with(session: &mut Session) -> String {
    match &events(session)[..] {
        [Event::Final { text, .. }] => text.clone(),
        other => panic!("not one end: {other:?}"),
    }
}

#[test]
fn an_answer_with_tools_ends_with_all_that_was_said() {
    let now = Instant::now();
    let mut session = open(Limits::default(), now);
    let (_, id) = ends_with_a_tool(&mut session, "I write a note int\n\nDone.", now);
    let messages = json!([{"role":"user","content":"go on"}, {"role":"assistant","content":"I write a note into it."}, {"role":"assistant","content":"Done."}]);
    session
        .receive(&json!({"type":"res","id":id,"ok":true,"payload":{"messages":messages}}).to_string(), now)
        .unwrap();
    assert_eq!(ended_with(&mut session), "I write a note into it.\n\nDone.");
    // What cannot be had is not waited for.
    let (_, id) = ends_with_a_tool(&mut session, "Done.", now);
    session
        .receive(&json!({"type":"res","id":id,"ok":false,"error":{"code":"FORBIDDEN"}}).to_string(), now)
        .unwrap();
    assert_eq!(ended_with(&mut session), "Done.");
    ends_with_a_tool(&mut session, "Done.", now);
    session.tick(now + Duration::from_secs(2)).unwrap();
    assert!(events(&mut session).is_empty());
    session.tick(now + Duration::from_secs(4)).unwrap();
    assert_eq!(ended_with(&mut session), "Done.");
}

#[test]
fn a_final_without_a_message_keeps_the_deltas() {
    let now = Instant::now();
    let mut session = open(Limits::default(), now);
    let run = session.send("main", "hello", now).unwrap();
    // Protocol 3 has no deltaText.
    chat(
        &mut session,
        json!({"runId":run,"sessionKey":"agent:main:main","state":"delta","message":{"content":[{"type":"text","text":"One"}]}}),
        now,
    );
    chat(&mut session, json!({"runId":run,"state":"delta","deltaText":" two"}), now);
    chat(&mut session, json!({"runId":run,"state":"a state of next year"}), now);
    chat(&mut session, json!({"runId":run,"state":"final"}), now);
    chat(&mut session, json!({"runId":run,"state":"final","message":{"content":"again"}}), now);
    let texts: Vec<String> = events(&mut session)
        .into_iter()
        .map(|event| match event {
            Event::Delta { text, added, run } => {
                assert!(run.ours && run.session.as_deref() == Some("agent:main:main"));
                format!("{text}+{}", added.unwrap())
            }
            Event::Final { text, .. } => format!("final {text}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["One+One", "One two+ two", "final One two"]);
}

#[test]
fn runs_of_others_are_told_as_such_and_bounded() {
    let now = Instant::now();
    let mut session = open(Limits { runs: 8, text: 100, ..Limits::default() }, now);
    let run = session.send("main", "hello", now).unwrap();
    for number in 0..1000 {
        chat(&mut session, json!({"runId":format!("other-{number}"),"state":"delta","deltaText":"x"}), now);
    }
    chat(&mut session, json!({"runId":run,"state":"final","message":{"content":"mine"}}), now);
    let events = events(&mut session);
    let ours =
        |event: &Event| matches!(event, Event::Delta { run, .. } | Event::Final { run, .. } if run.ours);
    assert_eq!((events.len(), events.iter().filter(|event| ours(event)).count()), (1001, 1));
}

#[test]
fn a_silent_run_and_a_silent_gateway_end() {
    let now = Instant::now();
    let limits = Limits {
        silent_run: Duration::from_secs(20),
        response: Duration::from_secs(600),
        ..Limits::default()
    };
    let mut session = open(limits, now);
    let run = session.send("main", "hello", now).unwrap();
    let later = now + Duration::from_secs(15);
    chat(&mut session, json!({"runId":run,"state":"status","phase":"starting_model"}), later);
    session.tick(later + Duration::from_secs(19)).unwrap();
    assert_eq!(events(&mut session), []);
    session.tick(later + Duration::from_secs(20)).unwrap();
    assert!(matches!(&events(&mut session)[..], [Event::TimedOut { run: ended, .. }] if ended.id == run));
    let silent = session.tick(later + Duration::from_secs(3600));
    assert!(matches!(silent, Err(GatewayError::Timeout("sign of life"))));
}

#[test]
fn a_refused_message_fails_its_run_and_a_late_response_is_noticed() {
    let now = Instant::now();
    let mut session = open(Limits::default(), now);
    let run = session.send("main", "hello", now).unwrap();
    let request: Value = serde_json::from_str(&session.outgoing().unwrap()).unwrap();
    assert_eq!(request["params"]["idempotencyKey"], run.as_str());
    let refusal = json!({"type":"res","id":request["id"],"ok":false,"error":{"code":"X","message":"no"}});
    session.receive(&refusal.to_string(), now).unwrap();
    assert!(matches!(
        &events(&mut session)[..],
        [Event::Failed { .. }, Event::Response { result: Err(_), .. }]
    ));
    session.abort("main", now).unwrap();
    session
        .receive(r#"{"type":"event","event":"tick","payload":{}}"#, now + Duration::from_secs(29))
        .unwrap();
    assert!(matches!(session.tick(now + Duration::from_secs(30)), Err(GatewayError::Timeout("response"))));
}

#[test]
fn too_much_is_refused() {
    let now = Instant::now();
    let mut session = open(Limits { events: 10, runs: 4, message: 1000, ..Limits::default() }, now);
    assert!(matches!(session.send("main", &"x".repeat(2000), now), Err(GatewayError::TooLarge(1000))));
    for _ in 0..4 {
        session.send("main", "x", now).unwrap();
    }
    assert!(matches!(session.send("main", "x", now), Err(GatewayError::Backlog)));
    let mut ended = Ok(());
    for number in 0..20 {
        let payload = json!({"runId":"r","state":"delta","deltaText":number.to_string()});
        ended = session.receive(&json!({"type":"event","event":"chat","payload":payload}).to_string(), now);
        if ended.is_err() {
            break;
        }
    }
    assert!(matches!(ended, Err(GatewayError::Backlog)));
}

#[test]
fn no_garbage_makes_it_fall() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/gateway/chat-tool.jsonl");
    let text = fs::read_to_string(path).unwrap();
    let frames: Vec<String> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["frame"].to_string()).collect();
    let mut seed = 7_u64;
    let mut roll = |sides: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % sides
    };
    const PIECES: [&str; 12] = [
        "null",
        "[]",
        "{}",
        "-1",
        "1e999",
        "\"\\ud83d\"",
        "true",
        "\u{0}",
        "\"",
        "}",
        "99999999999999999999",
        "",
    ];
    let now = Instant::now();
    let mut session = open(Limits { events: 100_000, ..Limits::default() }, now);
    session.send("main", "hello", now).unwrap();
    for _ in 0..3000 {
        let frame = &frames[roll(frames.len())];
        // The long hello is cut, or the test would do little else.
        let mut at: Vec<usize> = (0..3).map(|_| roll(frame.len().min(600))).collect();
        at.sort_unstable();
        let cut = |at: usize| frame.get(..at).unwrap_or("");
        let rest = frame.get(at[1]..).unwrap_or("");
        let changed = match roll(4) {
            0 => cut(at[0]).to_owned(),
            1 => format!("{}{}{rest}", cut(at[0]), PIECES[roll(PIECES.len())]),
            2 => frame.replacen(
                ["\"chat\"", "\"agent\"", "\"delta\"", "\"text\""][roll(4)],
                PIECES[roll(PIECES.len())],
                1,
            ),
            _ => frame.replacen(':', &format!(":{},\"x\":", PIECES[roll(PIECES.len())]), 1 + roll(3)),
        };
        let _refused_or_not = session.receive(&changed, now);
        let _none_or_some = session.next_event();
    }
    assert!(session.garbage() > 0);
    chat(&mut session, json!({"runId":"last","state":"final","message":{"content":"still here"}}), now);
    assert!(matches!(events(&mut session).last(), Some(Event::Final { text, .. }) if text == "still here"));
}
