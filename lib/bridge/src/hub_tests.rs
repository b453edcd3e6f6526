use super::*;
use crate::session_keys::new_key;
use sentrix_gateway::{Credentials, Limits};

/// A hub, the session that it drives, and what a gateway would see and say.
struct Play {
    hub: Hub,
    session: Session,
    now: Instant,
}

impl Play {
    fn new() -> Self {
        let now = Instant::now();
        let mut play = Self { hub: Hub::default(), session: connected(now), now };
        play.hub.connected(&mut play.session, now);
        play
    }

    /// Lets a browser in; its session's key.
    fn join(&mut self, id: BrowserId, page: bool) -> String {
        let key = new_key().unwrap();
        self.hub.join(id, Browser::new(key.clone(), false, page), self.now);
        key
    }

    fn chat(&mut self, id: BrowserId, frame: &str) {
        let ask = Ask::Chat { id: Some(frame.to_owned()), text: format!("text of {frame}") };
        self.hub.ask(id, ask, self.now);
    }

    /// What the gateway is asked, as method and parameters.
    fn asked(&mut self) -> Vec<(String, Value)> {
        self.hub.drive(&mut self.session, self.now).unwrap();
        let frames = std::iter::from_fn(|| self.session.outgoing());
        let frames = frames.map(|text| serde_json::from_str::<Value>(&text).unwrap());
        frames.map(|frame| (frame["method"].as_str().unwrap().to_owned(), frame.clone())).collect()
    }

    /// The gateway says something.
    fn hear(&mut self, frame: &Value) {
        self.session.receive(&frame.to_string(), self.now).unwrap();
        while let Some(event) = self.session.next_event() {
            self.hub.event(event, self.now);
        }
    }

    fn hear_chat(&mut self, run: &str, key: &str, state: &str, text: &str) {
        let message = json!({"content": [{"type": "text", "text": text}]});
        let payload = json!({"runId": run, "sessionKey": format!("agent:main:{key}"), "state": state, "message": message, "errorMessage": text});
        self.hear(&json!({"type": "event", "event": "chat", "payload": payload}));
    }

    /// What a browser was told since, as frames.
    fn told(&mut self, id: BrowserId) -> Vec<Value> {
        let told = self.hub.told().into_iter().filter(|(browser, _)| *browser == id);
        told.map(|(_, say)| serde_json::from_str(&say.text()).unwrap()).collect()
    }

    /// The connection is lost, and another made.
    fn reconnect(&mut self) {
        self.hub.disconnected("it went", self.now);
        self.session = connected(self.now);
        self.hub.connected(&mut self.session, self.now);
    }
}

/// A session that was let in.
fn connected(now: Instant) -> Session {
    let credentials =
        Credentials { display_name: "test".to_owned(), version: "1".to_owned(), token: "t".to_owned() };
    let mut session = Session::new(credentials, Limits::default(), now);
    let challenge = json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}});
    session.receive(&challenge.to_string(), now).unwrap();
    let connect: Value = serde_json::from_str(&session.outgoing().unwrap()).unwrap();
    let hello = json!({"type": "res", "id": connect["id"], "ok": true, "payload": {"type": "hello-ok", "protocol": 4}});
    session.receive(&hello.to_string(), now).unwrap();
    session
}

fn run_of(asked: &(String, Value)) -> String {
    asked.1["params"]["idempotencyKey"].as_str().unwrap().to_owned()
}

fn started(asked: &(String, Value)) -> Value {
    json!({"type": "res", "id": asked.1["id"], "ok": true, "payload": {"runId": run_of(asked), "status": "started"}})
}

#[test]
fn an_answer_goes_to_whoever_asked_and_to_nobody_else() {
    let mut play = Play::new();
    let (one, two) = (play.join(1, false), play.join(2, false));
    play.told(1);
    play.chat(1, "a");
    play.chat(2, "b");
    let asked = play.asked();
    assert_eq!(
        asked.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>(),
        ["chat.send", "chat.send"]
    );
    assert_eq!(
        (&asked[0].1["params"]["sessionKey"], &asked[1].1["params"]["sessionKey"]),
        (&json!(one), &json!(two))
    );
    let run = run_of(&asked[0]);
    play.hear_chat(&run, &one, "delta", "Hel");
    play.hear_chat(&run, &one, "delta", "Hello");
    play.hear_chat(&run, &one, "final", "Hello.");
    let all = play.hub.told();
    assert!(all.iter().all(|(browser, _)| *browser == 1), "{all:?}");
    let frames: Vec<Value> =
        all.into_iter().map(|(_, say)| serde_json::from_str(&say.text()).unwrap()).collect();
    assert_eq!(
        frames[1],
        json!({"type": "response.delta", "id": "a", "payload": {"text": "lo", "accumulated": "Hello"}})
    );
    assert_eq!(frames[2], json!({"type": "response", "id": "a", "payload": {"text": "Hello."}}));
    assert_eq!(frames.len(), 3);
}

#[test]
fn a_run_that_nobody_asked_for_is_told_to_its_session_alone() {
    let mut play = Play::new();
    let (one, _two) = (play.join(1, false), play.join(2, false));
    play.join(3, true);
    assert_eq!(play.hub.share(3, true), Some(SHARED));
    play.hub.told();
    play.hear_chat("elsewhere", &one, "final", "for one");
    play.hear_chat("channel", "main", "final", "for the shared session");
    play.hear_chat("sub", "subagent:x", "final", "for nobody");
    let told: Vec<(BrowserId, String)> =
        play.hub.told().into_iter().map(|(id, say)| (id, say.text())).collect();
    assert_eq!(told.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 3]);
    assert!(told[0].1.contains("\"elsewhere\"") && told[1].1.contains("for the shared session"));
}

#[test]
fn an_error_that_comes_twice_is_told_once() {
    let mut play = Play::new();
    let key = play.join(1, false);
    play.chat(1, "a");
    let asked = play.asked();
    play.told(1);
    for text in ["401", "Agent failed before reply: 401"] {
        play.hear_chat(&run_of(&asked[0]), &key, "error", text);
    }
    assert_eq!(play.told(1), [json!({"type": "response", "id": "a", "payload": {"text": "⚠️ 401"}})]);
    assert!(!play.hub.is_busy());
}

#[test]
fn what_the_gateway_has_is_not_sent_again_and_what_it_has_not_is_sent_in_order() {
    let mut play = Play::new();
    let key = play.join(1, false);
    play.chat(1, "a");
    let first = play.asked();
    play.hear(&started(&first[0]));
    play.chat(1, "b");
    play.chat(1, "c");
    // Sent, but nobody said to have them.
    let unanswered = play.asked();
    play.reconnect();
    let again = play.asked();
    assert_eq!(
        again.iter().map(run_of).collect::<Vec<_>>(),
        unanswered.iter().map(run_of).collect::<Vec<_>>()
    );
    // The one that the gateway had goes on over the new connection.
    play.told(1);
    play.hear_chat(&run_of(&first[0]), &key, "final", "late");
    assert_eq!(play.told(1)[0]["id"], "a");
}

#[test]
fn what_waits_too_long_is_answered_with_the_reason() {
    let mut play = Play::new();
    play.join(1, true);
    play.chat(1, "had");
    let asked = play.asked();
    play.hear(&started(&asked[0]));
    play.hub.disconnected("it went", play.now);
    play.chat(1, "waits");
    play.hub.history(1, json!("h"), 5);
    play.told(1);
    play.hub.tick(play.now + Duration::from_secs(1));
    // History is not worth waiting for.
    assert_eq!(play.told(1), [json!({"type": "error", "id": "h", "payload": {"message": "it went"}})]);
    play.hub.tick(play.now + WAIT);
    let told = play.told(1);
    assert_eq!((told.len(), &told[0]["id"]), (1, &json!("waits")));
    assert!(told[0]["payload"]["text"].as_str().unwrap().contains("it went"));
    play.hub.tick(play.now + LOST);
    assert_eq!(play.told(1)[0]["id"], "had");
    assert!(!play.hub.is_busy());
}

#[test]
fn a_stop_ends_what_was_sent_and_what_was_not() {
    let mut play = Play::new();
    let key = play.join(1, false);
    play.chat(1, "sent");
    let asked = play.asked();
    play.chat(1, "unsent");
    play.told(1);
    play.hub.ask(1, Ask::Abort, play.now);
    assert_eq!(
        play.told(1),
        [json!({"type": "response", "id": "unsent", "payload": {"text": "_(aborted)_"}})]
    );
    let abort = play.asked();
    assert_eq!(
        (abort.len(), abort[0].0.as_str(), &abort[0].1["params"]["sessionKey"]),
        (1, "chat.abort", &json!(key))
    );
    play.hear_chat(&run_of(&asked[0]), &key, "aborted", "so far");
    assert_eq!(play.told(1)[0]["payload"]["text"], "so far\n\n_(aborted)_");
}

#[test]
fn what_was_stopped_is_not_sent_again() {
    let mut play = Play::new();
    let key = play.join(1, false);
    play.chat(1, "a");
    assert_eq!(play.asked().len(), 1);
    play.hub.ask(1, Ask::Abort, play.now);
    assert_eq!(play.asked()[0].0, "chat.abort");
    play.chat(1, "b");
    // The gateway goes before it has said to have either.
    play.reconnect();
    let told = play.told(1);
    assert!(told.iter().any(|frame| frame["id"] == "a" && frame["payload"]["text"] == "_(aborted)_"));
    let asked = play.asked();
    let methods: Vec<&str> = asked.iter().map(|(method, _)| method.as_str()).collect();
    assert_eq!(methods, ["chat.abort", "chat.send"], "it may have had the first one all the same");
    assert_eq!(asked[0].1["params"]["sessionKey"], key);
    assert_eq!(asked[1].1["params"]["message"], "text of b");
}

#[test]
fn a_stop_outlasts_a_gateway_that_is_away_for_long() {
    let mut play = Play::new();
    play.join(1, false);
    play.chat(1, "a");
    let asked = play.asked();
    play.hear(&started(&asked[0]));
    play.hub.disconnected("it went", play.now);
    play.hub.ask(1, Ask::Abort, play.now);
    for why in ["it is not there", "nor now"] {
        play.hub.disconnected(why, play.now);
        play.hub.tick(play.now);
    }
    play.reconnect();
    let methods: Vec<String> = play.asked().into_iter().map(|(method, _)| method).collect();
    assert_eq!(methods, ["chat.abort"]);
    // Told once, it is not told again.
    assert!(play.asked().is_empty());
}

#[test]
fn an_answer_in_the_shared_session_is_told_to_who_is_there() {
    let mut play = Play::new();
    let shared = || Browser::new(new_key().unwrap(), true, false);
    play.hub.join(1, shared(), play.now);
    play.hub.join(2, shared(), play.now);
    play.chat(1, "a");
    let run = run_of(&play.asked()[0]);
    play.hub.leave(1);
    play.hear_chat(&run, SHARED, "final", "the answer");
    assert_eq!(play.told(2).last().unwrap()["payload"]["text"], "the answer");
    // And to one who comes back before it is there.
    play.chat(2, "b");
    let run = run_of(&play.asked()[0]);
    play.hub.leave(2);
    play.hub.join(3, shared(), play.now);
    play.hear_chat(&run, SHARED, "final", "the next");
    assert_eq!(play.told(3).last().unwrap()["payload"]["text"], "the next");
}

#[test]
fn messages_that_are_too_long_or_too_many_are_refused_with_the_reason() {
    let mut play = Play::new();
    play.join(0, false);
    let text = |bytes: usize| Ask::Chat { id: Some("x".to_owned()), text: "x".repeat(bytes) };
    play.hub.ask(0, text(LONGEST_TEXT + 1), play.now);
    let refused = |told: Vec<Value>| {
        told.last().is_some_and(|frame| frame["payload"]["text"].as_str().unwrap().starts_with("⚠️"))
    };
    assert!(refused(play.told(0)) && play.hub.runs.is_empty());
    for id in 1..20 {
        play.join(id, false);
        (0..RUNS_EACH).for_each(|_| play.hub.ask(id, text(LONGEST_TEXT), play.now));
    }
    let waiting: usize = play.hub.runs.values().map(|run| run.message.len()).sum();
    assert_eq!(waiting, MOST_WAITING);
    assert!(refused(play.told(19)));
}

#[test]
fn a_stop_does_not_wait_for_room() {
    let mut play = Play::new();
    for id in 0..20 {
        play.join(id, false);
        (0..RUNS_EACH).for_each(|n| play.chat(id, &n.to_string()));
    }
    let limit = Limits::default().pending.min(Limits::default().runs);
    let sent = play.asked().len();
    assert!(sent <= limit && !play.hub.calls.is_empty(), "{sent}");
    play.hub.ask(0, Ask::Abort, play.now);
    let methods: Vec<String> = play.asked().into_iter().map(|(method, _)| method).collect();
    assert_eq!(methods, ["chat.abort"]);
}

#[test]
fn a_browser_may_wait_for_so_many_answers_and_no_more() {
    let mut play = Play::new();
    play.join(1, false);
    for number in 0..=RUNS_EACH {
        play.chat(1, &number.to_string());
    }
    assert_eq!(play.asked().len(), RUNS_EACH);
    let told = play.told(1);
    assert_eq!(told.last().unwrap()["id"], RUNS_EACH.to_string());
    assert!(told.last().unwrap()["payload"]["text"].as_str().unwrap().starts_with('⚠'));
}

#[test]
fn a_silent_run_ends_by_our_own_clock_and_is_stopped() {
    let mut play = Play::new();
    let key = play.join(1, false);
    play.chat(1, "a");
    let asked = play.asked();
    play.hear(&started(&asked[0]));
    play.told(1);
    play.now += Limits::default().silent_run;
    play.hear(&json!({"type": "event", "event": "tick", "payload": {}}));
    play.session.tick(play.now).unwrap();
    while let Some(event) = play.session.next_event() {
        play.hub.event(event, play.now);
    }
    assert!(play.told(1)[0]["payload"]["text"].as_str().unwrap().contains("silent for too long"));
    let stopped = play.asked();
    assert_eq!((stopped[0].0.as_str(), &stopped[0].1["params"]["sessionKey"]), ("chat.abort", &json!(key)));
}

#[test]
fn a_page_that_comes_back_is_told_what_it_waits_for() {
    let mut play = Play::new();
    let key = play.join(1, true);
    play.chat(1, "a");
    let asked = play.asked();
    assert_eq!(play.hub.leave(1), Some(key.clone()));
    play.hub.told();
    play.hub.join(2, Browser::new(key.clone(), false, true), play.now + Duration::from_secs(7));
    let told = play.told(2);
    assert!(
        told.contains(&json!({"type": "running", "payload": {"runs": [{"id": "a", "since_s": 7}]}})),
        "{told:?}"
    );
    play.hear_chat(&run_of(&asked[0]), &key, "final", "here you are");
    assert_eq!(play.told(2), [json!({"type": "response", "id": "a", "payload": {"text": "here you are"}})]);
}

#[test]
fn a_browser_is_greeted_once_and_pages_alone_hear_of_the_gateway() {
    let mut play = Play::new();
    play.join(1, false);
    play.join(2, true);
    assert_eq!(
        play.told(1),
        [json!({"type": "bridge.ready", "payload": {"status": "connected", "patrol_enabled": false}})]
    );
    play.reconnect();
    let told = play.hub.told();
    assert!(told.iter().all(|(id, _)| *id == 2), "{told:?}");
    let kinds: Vec<String> = told
        .into_iter()
        .map(|(_, say)| serde_json::from_str::<Value>(&say.text()).unwrap()["payload"]["up"].to_string())
        .collect();
    assert_eq!(kinds, ["false", "true"]);
}

#[test]
fn a_message_that_the_gateway_would_not_take_is_refused() {
    let mut play = Play::new();
    play.join(1, false);
    let limits = Limits { message: 200, ..Limits::default() };
    let credentials =
        Credentials { display_name: String::new(), version: String::new(), token: String::new() };
    // A hello that names a smaller limit than the message.
    play.session = Session::new(credentials, limits, play.now);
    let challenge = json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}});
    play.session.receive(&challenge.to_string(), play.now).unwrap();
    let connect: Value = serde_json::from_str(&play.session.outgoing().unwrap()).unwrap();
    let hello = json!({"type": "res", "id": connect["id"], "ok": true, "payload": {"type": "hello-ok", "protocol": 4, "policy": {"maxPayload": 100}}});
    play.session.receive(&hello.to_string(), play.now).unwrap();
    play.chat(1, "long");
    assert!(play.asked().is_empty());
    assert!(play.told(1).last().unwrap()["payload"]["text"].as_str().unwrap().contains("100 bytes"));
}

#[test]
fn a_first_word_is_awaited_and_the_next_ones_are_not() {
    let mut play = Play::new();
    let key = play.join(1, false);
    assert!(!play.hub.is_awaiting());
    play.chat(1, "a");
    let asked = play.asked();
    let run = run_of(&asked[0]);
    play.hear(&started(&asked[0]));
    assert!(play.hub.is_awaiting());
    play.hear_chat(&run, &key, "delta", "Hel");
    assert!(!play.hub.is_awaiting());
    // Whatever else is asked for is awaited as well, before it is sent and after.
    play.hub.ask(1, Ask::Abort, play.now);
    assert!(play.hub.is_awaiting());
    let abort = play.asked();
    assert!(play.hub.is_awaiting());
    play.hear(&json!({"type": "res", "id": abort[0].1["id"], "ok": true, "payload": {}}));
    assert!(!play.hub.is_awaiting());
}
