//! sentrix-bridge from outside: the web client's protocol, against a gateway that says what the real one said.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod bridged;

use bridged::{Bridge, Gateway, Scene, command, data, until, upgrade};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

const ANSWER: &str =
    "Let me look at your list.\n\nThere are three things on it: flour, yeast and two lemons.";

#[test]
fn a_chat_is_streamed_and_answered_under_its_id() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser_at("/any/path?x=1");
    let ready = browser.hear();
    assert_eq!(
        ready,
        json!({"type": "bridge.ready", "payload": {"status": "connected", "patrol_enabled": false}})
    );
    browser.chat("msg-1", "  What is on my list?\n");
    let mut deltas = Vec::new();
    let answer = loop {
        let frame = browser.hear();
        assert_eq!(frame["id"], "msg-1");
        if frame["type"] == "response" {
            break frame;
        }
        assert_eq!(frame["type"], "response.delta");
        deltas.push(frame["payload"].clone());
    };
    assert_eq!(answer["payload"], json!({"text": ANSWER}));
    let text = |name: &str| deltas.iter().map(|delta| delta[name].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(text("text").concat(), ANSWER);
    assert_eq!(text("accumulated").last(), Some(&ANSWER));
    let sent = &gateway.asked("chat.send")[0]["params"];
    assert_eq!(sent["message"], "What is on my list?");
    assert_eq!(sent.as_object().unwrap().len(), 3);
    let connect = &gateway.asked("connect")[0]["params"];
    assert_eq!((&connect["minProtocol"], &connect["maxProtocol"]), (&json!(3), &json!(4)));
}

#[test]
fn an_answer_is_stopped_in_the_middle() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.chat("msg-1", "Tell me a long story");
    browser.wait("response.delta");
    browser.say(&json!({"type": "abort"}));
    let text = browser.wait("response")["payload"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Once there was a baker") && text.ends_with("\n\n_(aborted)_"), "{text}");
}

#[test]
fn a_failure_is_told_once() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    browser.chat("a", "please fail");
    let text = browser.wait("response")["payload"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("⚠️ ") && text.contains("401"), "{text}");
    browser.chat("b", "and now?");
    assert_eq!(browser.wait("response")["id"], "b");
}

#[test]
fn no_browser_hears_another_unless_both_share_a_session() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let (mut one, mut two) = (bridge.browser(), bridge.browser());
    let (mut left, mut right) = (bridge.browser_at("/?session=main"), bridge.browser_at("/?session=main"));
    for browser in [&mut one, &mut two, &mut left, &mut right] {
        browser.wait("bridge.ready");
    }
    one.chat("one", "What is on my list?");
    assert_eq!(one.wait("response")["id"], "one");
    left.chat("left", "What is on my list?");
    assert_eq!(left.wait("response")["id"], "left");
    // Whoever was told something that it did not ask for would hear it before its own answer.
    two.chat("two", "What is on my list?");
    while two.hear() != json!({"type": "response", "id": "two", "payload": {"text": ANSWER}}) {}
    let keys: Vec<Value> =
        gateway.asked("chat.send").iter().map(|frame| frame["params"]["sessionKey"].clone()).collect();
    assert!(keys[0] != keys[2] && keys[1] == "main", "{keys:?}");
    // A browser that comes back talks on in its own session.
    drop(one);
    until("the leaving", || bridge.audit().iter().any(|entry| entry["event"] == "went"));
    let mut again = bridge.browser();
    again.chat("again", "What is on my list?");
    again.wait("response");
    assert_eq!(gateway.asked("chat.send")[3]["params"]["sessionKey"], keys[0]);
    right.chat("right", "What is on my list?");
    assert_eq!(right.wait("response")["id"], "right");
}

#[test]
fn the_state_keeps_its_shape_however_broken_the_data() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let mut browser = bridge.browser();
    let empty = browser.state();
    assert_eq!(
        (&empty["flags"], &empty["case_files"], &empty["escalation_level"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    assert_eq!(empty["agents"][0]["role"], "primary");
    let write = |name: &str, text: &str| fs::write(bridge.logs.path().join(name), text).unwrap();
    write(".sentrix_config.json", r#"{"patrol_enabled":true,"escalation_level":"high_only"}"#);
    write(
        "20260310T014033.json",
        "[\n  {\"ts\":1,\"event\":\"assistant_text_stream\",\"runId\":\"r\"},\n  {torn",
    );
    write(
        "patrol_flags.jsonl",
        "{\"flag_id\":\"a\",\"source_file\":\"20260310T014033.json\",\"consensus_severity\":\"HIGH\",\"timestamp\":\"2026-03-10T01:00:00\"}\n{torn\nnull\n{\"flag_id\":\"b\",\"consensus_severity\":null}\n{\"flag_id\":\"half",
    );
    fs::create_dir(bridge.logs.path().join("reports")).unwrap();
    write(
        "reports/case_x_20260310T202215Z.json",
        r#"{"investigation_id":"x","severity_score":"high","case_facts":null}"#,
    );
    let state = browser.state();
    let flags = state["flags"].as_array().unwrap();
    assert_eq!(flags.len(), 2);
    assert_eq!(
        (&flags[0]["severity"], &flags[0]["target_agent_id"], &flags[0]["timestamp"]),
        (&json!("high"), &json!("main"), &json!("2026-03-10T01:00:00Z"))
    );
    assert_eq!(
        (&state["escalation_level"], &state["agents"][0]["riskScore"]),
        (&json!("high_only"), &json!("high"))
    );
    assert_eq!(state["case_files"][0]["case_file"]["severity_score"], "HIGH");
    // The rest of the torn line comes: one more, and none twice.
    let mut flags =
        fs::OpenOptions::new().append(true).open(bridge.logs.path().join("patrol_flags.jsonl")).unwrap();
    flags.write_all(b"\"}\n{\"flag_id\":\"a\",\"consensus_severity\":\"LOW\"}\n").unwrap();
    let ids: Vec<Value> =
        browser.state()["flags"].as_array().unwrap().iter().map(|flag| flag["flag_id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "half"]);
}

#[test]
fn what_the_python_version_left_behind_is_shown() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let archive = data("python-archive/agent_logs");
    for name in ["patrol_flags.jsonl", "police.db"] {
        fs::copy(archive.join(name), bridge.logs.path().join(name)).unwrap();
    }
    let state = bridge.browser().state();
    let lines = fs::read_to_string(archive.join("patrol_flags.jsonl")).unwrap().lines().count();
    assert_eq!(state["flags"].as_array().unwrap().len(), lines);
    assert!(
        state["case_files"]
            .as_array()
            .unwrap()
            .iter()
            .all(|case| case["case_file"]["case_facts"].is_string())
    );
    assert!(!state["case_files"].as_array().unwrap().is_empty());
}

#[test]
fn plain_requests_are_answered_so_that_the_certificate_can_be_accepted() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let get = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let trust = bridge.ask_tls(bridge.trust, get);
    assert!(
        trust.starts_with("HTTP/1.1 200 ")
            && trust.ends_with("Sentrix Bridge is running. You can close this tab."),
        "{trust}"
    );
    let wss = bridge.ask_tls(bridge.wss, get);
    assert!(
        wss.ends_with("Certificate accepted for WSS. Close this tab and return to the app.")
            && wss.contains("Connection: close")
    );
    assert!(
        bridge.ask_tls(bridge.wss, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 405")
    );
    assert!(bridge.ask_tls(bridge.wss, "what is this\r\n\r\n").starts_with("HTTP/1.1 400"));
    // The name in the certificate is checked by the client here: both hold.
    drop(bridge.tls("127.0.0.1", bridge.wss));
    assert_eq!(gateway.connections.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[test]
fn the_page_is_for_whoever_has_the_link_and_the_link_is_good_once() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let host = format!("127.0.0.1:{}", bridge.page);
    let get = |path: &str, headers: &str| {
        bridge.ask_page(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"))
    };
    for path in ["/", "/ws", "/app.css", "/?t=1.2.3"] {
        assert!(get(path, "").starts_with("HTTP/1.1 403"), "{path}");
    }
    let cookie = bridge.cookie();
    let again = get(
        bridge
            .link
            .rsplit("127.0.0.1")
            .next()
            .unwrap()
            .split_once('/')
            .map(|(_, path)| format!("/{path}"))
            .unwrap()
            .as_str(),
        "",
    );
    assert!(again.starts_with("HTTP/1.1 403"), "{again}");
    let with = format!("Cookie: {cookie}\r\n");
    let page = get("/", &with);
    assert!(!page.starts_with("HTTP/1.1 403"), "{page}");
    assert!(get("/../bridge.token", &with).starts_with("HTTP/1.1 404"));
    // Another name that leads here, another Origin, another machine's cookie.
    assert!(
        bridge
            .ask_page(&format!("GET / HTTP/1.1\r\nHost: rebinding.example:{}\r\n{with}\r\n", bridge.page))
            .starts_with("HTTP/1.1 403")
    );
    for origin in ["http://evil.example", "null", "http://localhost:3000"] {
        let request = upgrade("/ws", &format!("Host: {host}\r\nOrigin: {origin}\r\n{with}"));
        assert!(bridge.ask_page(&request).starts_with("HTTP/1.1 403"), "{origin}");
    }
    let token = bridge.token();
    assert!(fs::read_dir(bridge.logs.path()).unwrap().flatten().all(|entry| {
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
        !text.contains(&token) && !text.contains(&cookie) && !text.contains("?t=")
    }));
}

#[test]
fn the_page_has_history_status_and_the_log_as_it_grows() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    let log = bridge.logs.path().join("20260310T014033.json");
    fs::write(&log, "[\n  {\"n\":1}\n,\n  {\"n\":2}\n]\n").unwrap();
    let mut page = bridge.page();
    page.wait("bridge.ready");
    page.say(&json!({"type": "history", "id": 7, "payload": {"limit": 5}}));
    let history = page.wait("history");
    assert_eq!((&history["id"], &history["payload"]["messages"][0]["content"]), (&json!(7), &json!("hello")));
    page.say(&json!({"type": "log.tail", "id": "t", "payload": {"limit": 1}}));
    let tail = page.wait("log.page");
    assert_eq!((&tail["payload"]["events"][0]["event"]["n"], &tail["id"]), (&json!(2), &json!("t")));
    page.say(&json!({"type": "log.before", "id": "b", "payload": tail["payload"]["before"]}));
    assert_eq!(page.wait("log.page")["payload"]["events"][0]["event"]["n"], 1);
    page.say(&json!({"type": "log.follow", "payload": {"on": true}}));
    page.say(&json!({"type": "status", "id": "s"}));
    let status = page.wait("status")["payload"].clone();
    for part in ["bridge", "sandbox", "gateway", "record", "patrol", "police"] {
        assert!(status[part]["state"].is_string() && status[part]["detail"].is_string(), "{part}");
    }
    assert_eq!(status["gateway"]["up"], true);
    fs::write(&log, "[\n  {\"n\":1}\n,\n  {\"n\":2}\n,\n  {\"n\":3,\"half\":\"\\ud83d\"}\n]\n").unwrap();
    fs::write(
        bridge.logs.path().join("patrol_flags.jsonl"),
        "{\"flag_id\":\"f\",\"consensus_severity\":\"LOW\"}\n",
    )
    .unwrap();
    let (mut events, mut flags) = (false, false);
    while !(events && flags) {
        let frame = page.hear();
        events |= frame["type"] == "log.events" && frame["payload"]["events"][0]["event"]["n"] == 3;
        flags |= frame["type"] == "flags.new" && frame["payload"]["flags"][0]["flag_id"] == "f";
    }
    page.chat("c", "What is on my list?");
    assert_eq!(page.wait("thinking")["id"], "c");
    assert_eq!(page.wait("tool.start")["payload"]["name"], "read");
    assert_eq!(page.wait("tool.result")["payload"]["error"], false);
    page.wait("response");
    page.say(&json!({"type": "nothing.known", "id": 1}));
    assert!(page.wait("error")["payload"]["message"].is_string());
    // The web client may not ask for what is the page's.
    let mut browser = bridge.browser();
    browser.say(&json!({"type": "log.tail", "id": 1}));
    assert_eq!(browser.state()["flags"][0]["flag_id"], "f");
}

#[test]
fn the_gateway_is_reached_over_a_command() {
    let gateway = Gateway::start();
    let command = format!("exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & exec cat >&3", gateway.port);
    let bridge = Bridge::with(&["--gateway-cmd", &format!("exec bash -c '{command}'")]);
    let mut browser = bridge.browser();
    browser.chat("a", "What is on my list?");
    assert_eq!(browser.wait("response")["payload"]["text"], ANSWER);
}

#[test]
fn debug_says_where_the_way_ends() {
    let run = |args: &[&str]| {
        let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ports: &[&str] = if args.contains(&"--port") { &[] } else { &["--port", "0"] };
        let debug = [&["debug", "--json"], ports, args].concat();
        let output = command(logs.path(), home.path(), &debug).output().unwrap();
        let hops: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (output.status.code(), hops)
    };
    let gateway = Gateway::start();
    let hop = |hops: &[Value], name: &str| hops.iter().find(|hop| hop["hop"] == name).cloned().unwrap();
    let (_, hops) = run(&["--gateway-url", &gateway.url()]);
    for name in ["certificate", "way", "gateway", "scopes", "health"] {
        assert_eq!(hop(&hops, name)["ok"], true, "{name}");
    }
    assert_eq!(hop(&hops, "bridge")["ok"], false);
    // A bridge that runs is known by its answers, and another program by the lack of them.
    let bridge = Bridge::start(&gateway);
    let (wss, page) = (bridge.wss.to_string(), bridge.page.to_string());
    let (code, hops) =
        run(&["--gateway-url", &gateway.url(), "--host", "127.0.0.1", "--port", &wss, "--page-port", &page]);
    assert_eq!(
        (code, &hop(&hops, "bridge")["ok"], &hop(&hops, "page")["ok"]),
        (Some(0), &json!(true), &json!(true))
    );
    let (code, hops) = run(&["--gateway-url", &gateway.url(), "--host", "127.0.0.1", "--port", &page]);
    assert_eq!((code, &hop(&hops, "bridge")["ok"]), (Some(4), &json!(false)));
    gateway.scene(Scene {
        refuse: Some(json!({"code": "INVALID_REQUEST", "details": {"code": "AUTH_TOKEN_MISMATCH"}})),
        ..Scene::default()
    });
    let (code, hops) = run(&["--gateway-url", &gateway.url()]);
    assert_eq!((code, &hop(&hops, "gateway")["ok"]), (Some(4), &json!(false)));
    assert!(
        hop(&hops, "gateway")["seen"].as_str().unwrap().contains("token")
            && hop(&hops, "gateway")["next"].is_string()
    );
    let (_, hops) = run(&["--gateway-cmd", "echo no such sandbox >&2; exit 4"]);
    assert_eq!(hop(&hops, "gateway")["seen"], "no such sandbox");
}

#[test]
fn what_is_kept_is_kept_from_others() {
    let gateway = Gateway::start();
    let bridge = Bridge::start(&gateway);
    for path in [
        bridge.home.path().join("bridge.pem"),
        bridge.home.path().join("bridge.token"),
        bridge.logs.path().join("bridge_audit.jsonl"),
    ] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    let arguments = fs::read(format!("/proc/{}/cmdline", bridge.child.id())).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains(&bridge.token()));
}
