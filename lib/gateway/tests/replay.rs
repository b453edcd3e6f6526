//! The client against recordings of the real gateway, replayed over a socket pair.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use sentrix_gateway::{Cause, Client, Credentials, Event, GatewayError, Limits};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

type Socket = WebSocket<UnixStream>;

fn credentials() -> Credentials {
    let text = |text: &str| text.to_owned();
    Credentials { display_name: text("Sentrix test"), version: text("1.0.0"), token: text("TOKEN") }
}

fn recording(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/gateway").join(name);
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A gateway that does what `serve` says, and a stream to it that never blocks for long.
fn gateway(serve: impl FnOnce(Socket) + Send + 'static) -> (UnixStream, JoinHandle<()>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    ours.set_write_timeout(Some(Duration::from_millis(5))).unwrap();
    let server = thread::spawn(move || serve(tungstenite::accept(theirs).unwrap()));
    (ours, server)
}

fn connect(stream: UnixStream) -> Result<Client<UnixStream>, GatewayError> {
    Client::connect(stream, credentials(), Limits::default())
}

/// Replays a recording: says what the gateway said, and waits for what the client said then.
fn replay(frames: Vec<Value>) -> impl FnOnce(Socket) + Send {
    move |mut socket| {
        // The ids of this run stand where the recorded ones were.
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for line in frames {
            let frame = &line["frame"];
            match line["dir"].as_str().unwrap() {
                "<" => {
                    let mut text = frame.to_string();
                    for (old, new) in &names {
                        text = text.replace(old, new);
                    }
                    socket.send(Message::text(text)).unwrap();
                }
                ">" => {
                    let Ok(Message::Text(text)) = socket.read() else { panic!("the client said nothing") };
                    let said: Value = serde_json::from_str(&text).unwrap();
                    assert_eq!(said["method"], frame["method"]);
                    let (ours, theirs) = (&said["params"], &frame["params"]);
                    for (key, value) in theirs.as_object().unwrap() {
                        match key.as_str() {
                            "idempotencyKey" => {
                                names.insert(
                                    value.as_str().unwrap().to_owned(),
                                    ours[key].as_str().unwrap().to_owned(),
                                );
                            }
                            "client" => {
                                for field in ["id", "mode", "platform"] {
                                    assert_eq!(ours[key][field], value[field]);
                                }
                            }
                            _ => assert_eq!(ours[key], *value, "{key}"),
                        }
                    }
                    let id = |frame: &Value| frame["id"].as_str().unwrap().to_owned();
                    names.insert(id(frame), id(&said));
                }
                _ => {
                    let code =
                        frame["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(1000);
                    let reason = frame["reason"].as_str().unwrap_or("").to_owned().into();
                    let _gone = socket.close(Some(CloseFrame { code: code.into(), reason }));
                    let _gone = socket.flush();
                }
            }
        }
        // Until the client goes.
        while socket.read().is_ok() {}
    }
}

/// Everything up to the end of the connection; `each` may answer.
fn drain(
    client: &mut Client<UnixStream>,
    mut each: impl FnMut(&Event, &mut Client<UnixStream>),
) -> (Vec<Event>, GatewayError) {
    let mut events = Vec::new();
    loop {
        match client.poll() {
            Ok(Some(event)) => {
                each(&event, client);
                events.push(event);
            }
            Ok(None) => {}
            Err(error) => return (events, error),
        }
    }
}

fn chat(name: &str, mut each: impl FnMut(&Event, &mut Client<UnixStream>)) -> (String, Vec<Event>) {
    let frames = recording(name);
    let sent = frames.iter().find(|line| line["frame"]["method"] == "chat.send").unwrap();
    let message = sent["frame"]["params"]["message"].as_str().unwrap().to_owned();
    let (stream, server) = gateway(replay(frames));
    let mut client = connect(stream).unwrap();
    let hello = client.hello().unwrap();
    assert_eq!((hello.protocol, hello.version.as_str()), (4, "2026.9.6"));
    assert_eq!(hello.scopes.as_deref(), Some(&["operator.admin".to_owned()][..]));
    assert!(hello.methods.iter().any(|method| method == "chat.send"));
    let run = client.session().send("main", &message, std::time::Instant::now()).unwrap();
    let (events, error) = drain(&mut client, &mut each);
    assert!(matches!(error, GatewayError::Closed { .. }), "{error}");
    drop(client);
    server.join().unwrap();
    (run, events)
}

fn ours(event: &Event) -> Option<&str> {
    match event {
        Event::Delta { run, .. }
        | Event::Thinking { run, .. }
        | Event::ToolStart { run, .. }
        | Event::ToolResult { run, .. }
        | Event::Final { run, .. }
        | Event::Aborted { run, .. }
        | Event::Failed { run, .. }
        | Event::TimedOut { run, .. } => {
            assert!(run.ours);
            Some(&run.id)
        }
        Event::Response { .. } | Event::Shutdown { .. } => None,
    }
}

#[test]
fn a_chat_with_thinking_and_a_tool() {
    let (id, events) = chat("chat-tool.jsonl", |_, _| {});
    assert!(events.iter().filter_map(ours).all(|run| run == id));
    let answer = "Let me look at your list.\n\nThere are three things on it: flour, yeast and two lemons.";
    let thinking: Vec<&str> = events
        .iter()
        .filter_map(|event| if let Event::Thinking { text, .. } = event { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(
        thinking,
        ["The list is in notes/shopping.md, so", "The list is in notes/shopping.md, so I read it."]
    );
    let deltas: Vec<&str> = events
        .iter()
        .filter_map(|event| {
            if let Event::Delta { added: Some(added), .. } = event { Some(added.as_str()) } else { None }
        })
        .collect();
    assert_eq!(deltas.concat(), answer);
    let call = events.iter().find_map(|event| {
        if let Event::ToolStart { name, args, .. } = event { Some((name, args)) } else { None }
    });
    let (name, args) = call.unwrap();
    assert_eq!((name.as_str(), args["path"].as_str()), ("read", Some("notes/shopping.md")));
    assert!(events.iter().any(|event| matches!(event, Event::ToolResult { is_error: false, result, .. } if result["content"][0]["text"] == "- flour\n- yeast\n- 2 lemons\n")));
    assert!(matches!(events.last(), Some(Event::Final { text, .. }) if text == answer));
}

#[test]
fn the_anthropic_dialect_gives_the_same_answer() {
    let (_, events) = chat("anthropic/chat-tool.jsonl", |_, _| {});
    assert!(events.iter().any(|event| matches!(event, Event::ToolStart { name, .. } if name == "read")));
    assert!(matches!(events.last(), Some(Event::Final { text, .. }) if text.contains("flour, yeast")));
}

#[test]
fn an_abort_in_mid_answer() {
    let mut deltas = 0;
    let (_, events) = chat("chat-abort.jsonl", |event, client| {
        deltas += u32::from(matches!(event, Event::Delta { .. }));
        if deltas == 3 && matches!(event, Event::Delta { .. }) {
            client.session().abort("main", std::time::Instant::now()).unwrap();
        }
    });
    let aborted = events.iter().position(
        |event| matches!(event, Event::Aborted { text, .. } if text.ends_with("counted the loaves")),
    );
    let answered = events.iter().position(
        |event| matches!(event, Event::Response { result: Ok(answer), .. } if answer["aborted"] == true),
    );
    assert!(aborted.unwrap() < answered.unwrap());
}

#[test]
fn an_error_that_comes_twice_is_one() {
    let (_, events) = chat("chat-error.jsonl", |_, _| {});
    let failures: Vec<&Event> = events.iter().filter(|event| matches!(event, Event::Failed { .. })).collect();
    assert!(
        matches!(failures[..], [Event::Failed { message, .. }] if message.contains("401")),
        "{failures:?}"
    );
}

#[test]
fn a_wrong_token_is_told_as_such() {
    let (stream, server) = gateway(replay(recording("wrong-token.jsonl")));
    let Err(GatewayError::Refused(refusal)) = connect(stream) else { panic!("it let us in") };
    assert_eq!(refusal.cause, Cause::WrongToken);
    server.join().unwrap();
}

#[test]
fn a_request_waits_for_its_own_response() {
    let mut frames = recording("chat-tool.jsonl");
    frames.retain(|line| line["dir"] != "closed");
    frames.truncate(3);
    let line = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    frames
        .push(line(r#"{"dir":">","frame":{"type":"req","id":"ONE","method":"sessions.list","params":{}}}"#));
    frames.push(line(
        r#"{"dir":"<","frame":{"type":"event","event":"shutdown","payload":{"reason":"gateway stopping"}}}"#,
    ));
    frames.push(line(r#"{"dir":"<","frame":{"type":"res","id":"another","ok":true,"payload":{}}}"#));
    frames.push(line(
        r#"{"dir":"<","frame":{"type":"res","id":"ONE","ok":true,"payload":{"count":0,"sessions":[]}}}"#,
    ));
    frames.push(line(r#"{"dir":">","frame":{"type":"req","id":"TWO","method":"chat.history","params":{"sessionKey":"main","limit":5}}}"#));
    frames.push(line(r#"{"dir":"<","frame":{"type":"res","id":"TWO","ok":false,"error":{"code":"FORBIDDEN","message":"missing scope: operator.read"}}}"#));
    frames.push(line(r#"{"dir":">","frame":{"type":"req","id":"THREE","method":"health","params":{}}}"#));
    frames.push(line(r#"{"dir":"<","frame":{"type":"res","id":"THREE","ok":true,"payload":{"ok":true}}}"#));
    let (stream, server) = gateway(replay(frames));
    let mut client = connect(stream).unwrap();
    assert_eq!(client.sessions().unwrap()["count"], 0);
    let refused = client.history("main", 5).unwrap_err();
    assert!(matches!(refused, GatewayError::Refused(refusal) if refusal.cause == Cause::MissingScope));
    assert_eq!(client.health().unwrap()["ok"], true);
    assert!(
        matches!(client.poll().unwrap(), Some(Event::Shutdown { reason }) if reason == "gateway stopping")
    );
    drop(client);
    server.join().unwrap();
}

#[test]
fn channels_and_who_waits_are_asked_as_the_recording_has_it() {
    let hello = recording("chat-tool.jsonl").into_iter().take(3);
    let asked: Vec<Value> =
        recording("channels.jsonl").into_iter().filter(|one| one["method"] != "config.get").collect();
    // The ids of a recording stand nowhere else in it.
    let frames = asked.iter().enumerate().flat_map(|(number, one)| {
        let id = format!("recorded-id-{number}");
        let request = json!({"id": id, "method": one["method"], "params": one["params"]});
        let response = json!({"type": "res", "id": id, "ok": true, "payload": one["payload"]});
        [json!({"dir": ">", "frame": request}), json!({"dir": "<", "frame": response})]
    });
    let (stream, server) = gateway(replay(hello.chain(frames).collect()));
    let mut client = connect(stream).unwrap();
    for one in &asked {
        let answer = if one["method"] == "channels.status" {
            client.channels(one["params"]["probe"].is_boolean().then_some(Duration::from_secs(10)))
        } else {
            client.pairing(None)
        };
        assert_eq!(answer.unwrap(), one["payload"]);
    }
    drop(client);
    server.join().unwrap();
}

#[test]
fn a_message_over_the_limit_ends_the_connection() {
    let (stream, server) = gateway(|mut socket| {
        let _refused = socket.send(Message::text(" ".repeat(3 << 20)));
        while socket.read().is_ok() {}
    });
    let limits = Limits { message: 1 << 20, frame: 1 << 20, ..Limits::default() };
    let ended = Client::connect(stream, credentials(), limits);
    assert!(matches!(ended, Err(GatewayError::TooLarge(_))));
    drop(ended);
    server.join().unwrap();
}

#[test]
fn who_is_no_gateway_is_found_out() {
    let limits = Limits { handshake: Duration::from_millis(50), ..Limits::default() };
    let (stream, server) = gateway(|mut socket| while socket.read().is_ok() {});
    let silent = Client::connect(stream, credentials(), limits);
    assert!(matches!(silent, Err(GatewayError::Timeout(_))));
    drop(silent);
    server.join().unwrap();
    for answer in
        ["HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9\r\n\r\n", ""]
    {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        theirs.write_all(answer.as_bytes()).unwrap();
        theirs.shutdown(std::net::Shutdown::Write).unwrap();
        let refused = connect(ours).map(|_| ()).unwrap_err();
        let fits = if answer.contains("503") {
            matches!(refused, GatewayError::Http(503))
        } else {
            !matches!(refused, GatewayError::Refused(_))
        };
        assert!(fits, "{refused}");
    }
}

#[test]
fn garbage_after_the_upgrade_ends_or_is_passed_over() {
    let mut seed = 20_260_310_u64;
    for _ in 0..40 {
        let mut bytes = Vec::new();
        for _ in 0..200 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.push((seed >> 40) as u8);
        }
        let (stream, server) = gateway(move |mut socket| {
            let _gone = socket.get_mut().write_all(&bytes);
            let _gone = socket.get_mut().shutdown(std::net::Shutdown::Write);
        });
        assert!(connect(stream).is_err());
        server.join().unwrap();
    }
}

/// Pings without end, until nobody listens.
fn flood(mut socket: Socket) {
    while socket.send(Message::Ping(Vec::new().into())).is_ok() {}
}

#[test]
fn one_that_says_much_and_no_hello_is_too_late() {
    let (stream, server) = gateway(flood);
    let limits = Limits { handshake: Duration::from_millis(200), ..Limits::default() };
    let error = Client::connect(stream, credentials(), limits).unwrap_err();
    assert!(matches!(error, GatewayError::Timeout("hello")), "{error}");
    server.join().unwrap();
}

#[test]
fn one_that_says_nothing_without_end_leaves_others_their_turn() {
    let (stream, server) = gateway(|mut socket| {
        let ask = json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}});
        socket.send(Message::text(ask.to_string())).unwrap();
        let Ok(Message::Text(text)) = socket.read() else { panic!("the client said nothing") };
        let connect: Value = serde_json::from_str(&text).unwrap();
        let hello = json!({"type": "hello-ok", "protocol": 3, "server": {"version": "2026.3.8"}, "features": {"methods": []}});
        let answer = json!({"type": "res", "id": connect["id"], "ok": true, "payload": hello});
        socket.send(Message::text(answer.to_string())).unwrap();
        flood(socket);
    });
    let mut client = connect(stream).unwrap();
    // Some turns may come before the flood does.
    let turns = (0..10_000).map(|_| client.poll().unwrap().is_none() && client.has_more());
    assert!(turns.into_iter().any(|more| more));
    drop(client);
    server.join().unwrap();
}
