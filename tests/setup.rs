//! The wizard on a real terminal: every provider and channel, back and cancel, wrong keys, pastes, narrow and wide.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod screen;

use screen::{Screen, there_is_tmux};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

const SIZE: (u16, u16) = (100, 40);
const BOX: &str = env!("CARGO_BIN_EXE_sentrix-box");
const PROVIDERS: [(&str, &str); 9] = [
    ("ANTHROPIC", "anthropic/claude-sonnet-5"),
    ("OPENAI", "openai/gpt-6-astra"),
    ("GOOGLE", "google/gemini-3.1-pro-preview"),
    ("OPENROUTER", "openrouter/anthropic/claude-sonnet-5"),
    ("XAI", "xai/grok-4.7"),
    ("MISTRAL", "mistral/mistral-large-latest"),
    ("GROQ", "groq/openai/gpt-oss-120b"),
    ("TOGETHER", "together/moonshotai/Kimi-K2.6"),
    ("CUSTOM", "custom/qwen3"),
];

/// A folder of its own, and a provider that takes every key but those that say that they are wrong.
struct Desk {
    dir: tempfile::TempDir,
    environment: Vec<(String, String)>,
    provider: String,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut asked, mut byte) = (stream.unwrap(), Vec::new(), [0]);
                while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                    asked.push(byte[0]);
                }
                let wrong = String::from_utf8_lossy(&asked).contains("wrong");
                let status = if wrong { "401 Unauthorized" } else { "200 OK" };
                let _gone = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            }
        });
        let mut environment = vec![("HOME".to_owned(), dir.path().to_str().unwrap().to_owned())];
        environment.extend(PROVIDERS.map(|(name, _)| (format!("{name}_BASE_URL"), provider.clone())));
        Self { dir, environment, provider }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn answers(&self) -> PathBuf {
        self.path(".config/sentrix/setup.json")
    }

    fn start(&self, size: (u16, u16)) -> Screen {
        let line = format!("exec '{BOX}' setup --env-file variables > record");
        Screen::run(size, self.dir.path(), &self.environment, &line)
    }

    fn variables(&self) -> Vec<String> {
        fs::read_to_string(self.path("variables")).unwrap().lines().map(str::to_owned).collect()
    }

    fn record(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("record")).unwrap()).unwrap()
    }
}

/// From the thinking on: what is offered.
fn to_review(screen: &Screen) {
    screen.question("How long may it think?").keys(&["Enter"]);
    screen.question("Record the thinking?").keys(&["Enter"]);
    screen.question("Which chat services").keys(&["Enter"]);
    screen.question("May the agent search").keys(&["Enter"]);
    screen.question("Patrol the record").keys(&["Enter"]);
    screen.question("Which flags become cases?").keys(&["Enter"]);
    screen.question("What protects you").keys(&["Enter"]);
    screen.question("Is this right?");
}

/// Anthropic, with a key that is taken, up to the choice of a model.
fn to_model(screen: &Screen) {
    screen.question("Who answers").keys(&["Enter"]);
    screen.question("Which Anthropic key?").keys(&["Enter"]);
    screen.question("Anthropic key").typed("sk-ant-0123456789abcdef").keys(&["Enter"]);
    screen.question("Which model?");
}

#[test]
fn every_provider_is_set_up() {
    if !there_is_tmux("every_provider_is_set_up") {
        return;
    }
    for (number, (name, model)) in PROVIDERS.iter().enumerate() {
        let desk = Desk::new();
        let screen = desk.start(SIZE);
        screen.question("Who answers").choose(number);
        if *name == "CUSTOM" {
            screen
                .question("Address of the server")
                .keys(&["BSpace"; 40])
                .typed(&format!("{}/v1", desk.provider))
                .keys(&["Enter"]);
        }
        screen.question("Which").wait_for("key?").keys(&["Enter"]);
        screen.wait_for("it is not shown").typed("key-of-mine-0123456789").keys(&["Enter"]);
        screen.question("Which model?").keys(&["Enter"]);
        if *name == "CUSTOM" {
            screen.question("Model").typed("qwen3").keys(&["Enter"]);
        }
        to_review(&screen);
        screen.wait_for(model).keys(&["Enter"]);
        assert_eq!(screen.end(), 0);
        assert!(!screen.text().contains("key-of-mine"), "{}", screen.text());
        let (variables, record) = (desk.variables(), desk.record());
        assert!(variables.contains(&format!("SENTRIX_MODEL={model}")), "{variables:?}");
        let key = if *name == "GOOGLE" { "GEMINI" } else { name };
        assert!(variables.contains(&format!("{key}_API_KEY=key-of-mine-0123456789")), "{variables:?}");
        assert_eq!((&record["start"], &record["model"]), (&true.into(), &(*model).into()));
        assert!(!record.to_string().contains("key-of-mine"));
        for file in [desk.answers(), desk.path("variables")] {
            assert_eq!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600,
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn every_channel_is_asked_for_one_after_another() {
    if !there_is_tmux("every_channel_is_asked_for_one_after_another") {
        return;
    }
    let desk = Desk::new();
    let screen = desk.start(SIZE);
    to_model(&screen);
    screen.choose(1);
    screen.question("How long may it think?").choose(1);
    screen.question("Record the thinking?").choose(1);
    let all = ["Space", "Down", "Space", "Down", "Space", "Down", "Space", "Down", "Space", "Enter"];
    screen.question("Which chat services").keys(&all);
    screen.question("Telegram bot token").paste("123456:AA-telegram\r\n");
    screen.question("Discord bot token").paste("discord-token\n");
    screen.question("Slack bot token").paste("xapp-the-wrong-one\r");
    screen.wait_for("it begins with xoxb-").question("Slack bot token").paste("xoxb-slack\r\n");
    screen.question("Slack app token").paste("xapp-slack\r\n");
    screen.question("Signal number").typed("+1 555 123 4567").keys(&["Enter"]);
    screen.question("May the agent search").keys(&["Up", "Enter"]);
    screen.question("Brave Search key").paste("brave-key\r\n");
    screen.question("Patrol the record").keys(&["Enter"]);
    screen.question("Which flags").choose(2);
    screen
        .question("What protects you")
        .wait_for("Channels are on")
        .wait_for("Web search is on")
        .keys(&["Enter"]);
    screen.question("Is this right?").wait_for("Telegram, Discord, Slack, WhatsApp, Signal").keys(&["Enter"]);
    assert_eq!(screen.end(), 0);
    for secret in
        ["AA-telegram", "discord-token", "xoxb-slack", "xapp-slack", "brave-key", "0123456789abcdef"]
    {
        assert!(!screen.text().contains(secret), "{secret} is on the screen:\n{}", screen.text());
    }
    let want = "SENTRIX_PROVIDER=anthropic|ANTHROPIC_API_KEY=sk-ant-0123456789abcdef|SENTRIX_MODEL=anthropic/claude-opus-5-5|\
        OPENCLAW_THINK=high|SENTRIX_REASONING=0|SENTRIX_CHANNELS=telegram,discord,slack,whatsapp,signal|\
        TELEGRAM_BOT_TOKEN=123456:AA-telegram|DISCORD_BOT_TOKEN=discord-token|SLACK_BOT_TOKEN=xoxb-slack|SLACK_APP_TOKEN=xapp-slack|\
        SIGNAL_ACCOUNT=+15551234567|SENTRIX_RELAX=web|BRAVE_API_KEY=brave-key|SENTRIX_PATROL=1|SENTRIX_ESCALATION=high_only";
    assert_eq!(desk.variables().join("|"), want);
    assert!(desk.record()["afterwards"][0].as_str().unwrap().contains("QR code"));
}

#[test]
fn a_wrong_key_is_told_before_anything_starts() {
    if !there_is_tmux("a_wrong_key_is_told_before_anything_starts") {
        return;
    }
    let mut desk = Desk::new();
    desk.environment.push(("ANTHROPIC_API_KEY".to_owned(), "a-wrong-key-0123\r\n".to_owned()));
    let screen = desk.start(SIZE);
    screen.question("Who answers").wait_for("Anthropic (ANTHROPIC_API_KEY is set)").keys(&["Enter"]);
    screen
        .question("Which Anthropic key?")
        .wait_for("The one in ANTHROPIC_API_KEY (a-wr…0123)")
        .keys(&["Enter"]);
    screen.question("The key was not taken").wait_for("refuses the key (401)").keys(&["Down", "Enter"]);
    screen.question("The key was not taken").keys(&["Enter"]);
    screen.question("Anthropic key").typed("a good one").keys(&["Enter"]);
    screen.wait_for("there is a space").question("Anthropic key").typed("a-good-one").keys(&["Enter"]);
    screen.wait_for("takes the key").question("Which model?").keys(&["C-c"]);
    assert_eq!(screen.end(), 130);
}

#[test]
fn a_provider_that_cannot_be_reached_is_told() {
    if !there_is_tmux("a_provider_that_cannot_be_reached_is_told") {
        return;
    }
    let mut desk = Desk::new();
    desk.environment.retain(|(name, _)| name != "ANTHROPIC_BASE_URL");
    desk.environment.push(("ANTHROPIC_BASE_URL".to_owned(), "http://127.0.0.1:1".to_owned()));
    let screen = desk.start(SIZE);
    screen.question("Who answers").keys(&["Enter"]);
    screen.question("Which Anthropic key?").keys(&["Enter"]);
    screen.question("Anthropic key").typed("sk-ant").keys(&["Enter"]);
    screen.question("The key was not taken").wait_for("127.0.0.1:1 cannot be reached").choose(2);
    screen.question("Which model?");
}

#[test]
fn a_paste_answers_one_question_and_no_other() {
    if !there_is_tmux("a_paste_answers_one_question_and_no_other") {
        return;
    }
    let desk = Desk::new();
    let screen = desk.start(SIZE);
    screen.question("Who answers").keys(&["Enter"]);
    screen.question("Which Anthropic key?").keys(&["Enter"]);
    screen
        .question("Anthropic key")
        .paste("export ANTHROPIC_API_KEY=\"sk-ant-0123456789abcdef\"\r\n\r\n\r\n\r\n");
    screen.wait_for("takes the key").question("Which model?");
    // If the rest of the paste had answered, this would stand by now.
    thread::sleep(std::time::Duration::from_millis(300));
    assert!(screen.text().lines().any(|line| line.starts_with("? Which model?")), "{}", screen.text());
    screen.keys(&["Enter"]);
    to_review(&screen);
    screen.choose(2);
    assert_eq!(screen.end(), 0);
    assert!(desk.variables().contains(&"ANTHROPIC_API_KEY=sk-ant-0123456789abcdef".to_owned()));
    assert_eq!(desk.record()["start"], false, "kept, not started");
}

/// The questions after the first, in their order, with the keys that answer each.
const QUESTIONS: [(&str, &[&str]); 10] = [
    ("Which Anthropic key?", &["Enter"]),
    ("Anthropic key", &["sk-ant-0123456789abcdef", "Enter"]),
    ("Which model?", &["Enter"]),
    ("How long may it think?", &["Enter"]),
    ("Record the thinking?", &["Enter"]),
    ("Which chat services", &["Enter"]),
    ("May the agent search", &["Enter"]),
    ("Patrol the record", &["Enter"]),
    ("Which flags become cases?", &["Enter"]),
    ("What protects you", &["Enter"]),
];

#[test]
fn escape_goes_back_from_every_question() {
    if !there_is_tmux("escape_goes_back_from_every_question") {
        return;
    }
    let desk = Desk::new();
    let screen = desk.start((100, 60));
    let mut before = "Who answers";
    screen.question(before).keys(&["Enter"]);
    for (title, keys) in QUESTIONS {
        screen.question(title).keys(&["Escape"]);
        screen.question(before).keys(&["Enter"]);
        // A key was typed already: nothing typed means that one.
        if before == "Anthropic key" {
            screen.wait_for("takes the key");
        }
        screen.question(title).keys(keys);
        before = title;
    }
    screen.question("Is this right?").keys(&["Escape"]);
    screen.question("What protects you").keys(&["Enter"]);
    screen.question("Is this right?").choose(1);
    screen.question("What is to be changed?").keys(&["Escape"]);
    screen.question("Is this right?").choose(1);
    screen.question("What is to be changed?").choose(4);
    screen.question("Patrol the record").choose(1);
    screen.question("Is this right?").wait_for("patrol      off").keys(&["Enter"]);
    assert_eq!(screen.end(), 0);
    assert!(!desk.variables().iter().any(|line| line.contains("PATROL")), "{:?}", desk.variables());
}

#[test]
fn a_cancel_at_any_question_leaves_nothing() {
    if !there_is_tmux("a_cancel_at_any_question_leaves_nothing") {
        return;
    }
    let desk = Desk::new();
    for last in 0..=QUESTIONS.len() + 1 {
        let screen = desk.start(SIZE);
        let all =
            [&[("Who answers", &["Enter"][..])], &QUESTIONS[..], &[("Is this right?", &["Enter"])]].concat();
        for (title, keys) in &all[..last] {
            screen.question(title).keys(keys);
        }
        screen.question(all[last].0).keys(&["C-c"]);
        assert_eq!(screen.end(), 130, "{}", all[last].0);
        assert!(screen.text().contains("nothing was kept, nothing starts"));
        assert!(!desk.answers().exists() && !desk.path("variables").exists());
    }
    let screen = desk.start(SIZE);
    screen.question("Who answers").keys(&["Escape"]);
    assert_eq!(screen.end(), 130, "before the first question there is none");
}

#[test]
fn narrow_and_wide_terminals_show_every_question() {
    if !there_is_tmux("narrow_and_wide_terminals_show_every_question") {
        return;
    }
    for size in [(32, 14), (60, 20), (250, 70)] {
        let desk = Desk::new();
        let screen = desk.start(size);
        screen.question("Who answers").keys(&["Enter"]);
        for (title, keys) in QUESTIONS {
            screen.question(title).keys(keys);
        }
        screen.question("Is this right?").wait_for("Start").keys(&["Enter"]);
        assert_eq!(screen.end(), 0, "{size:?}");
        assert!(desk.variables().contains(&"SENTRIX_MODEL=anthropic/claude-sonnet-5".to_owned()));
    }
}

#[test]
fn answers_are_offered_the_next_time_and_printed_without_secrets() {
    if !there_is_tmux("answers_are_offered_the_next_time_and_printed_without_secrets") {
        return;
    }
    let desk = Desk::new();
    let screen = desk.start(SIZE);
    to_model(&screen);
    screen.choose(3);
    to_review(&screen);
    screen.keys(&["Enter"]);
    assert_eq!(screen.end(), 0);
    // Somebody copied the folder about: it is closed again.
    fs::set_permissions(desk.answers(), fs::Permissions::from_mode(0o644)).unwrap();
    let screen = desk.start(SIZE);
    screen.wait_for("could be read by others");
    screen.question("Who answers").wait_for("Anthropic (a key is kept)").keys(&["Enter"]);
    screen.question("Which Anthropic key?").wait_for("The one from last time (sk-a…cdef)").keys(&["Enter"]);
    screen.question("Which model?").keys(&["Enter"]);
    to_review(&screen);
    screen.wait_for("anthropic/claude-haiku-4-5").keys(&["C-c"]);
    assert_eq!(screen.end(), 130);
    assert_eq!(fs::metadata(desk.answers()).unwrap().permissions().mode() & 0o777, 0o600);

    let printed = run(&desk, &["--last", "--print"]);
    assert_eq!(printed.0, 0, "{}", printed.2);
    assert!(
        printed.1.contains("ANTHROPIC_API_KEY=(secret)\nSENTRIX_MODEL=anthropic/claude-haiku-4-5\n"),
        "{}",
        printed.1
    );
    assert!(printed.1.contains("sentrix run") && !printed.1.contains("0123456789"), "{}", printed.1);
}

fn run(desk: &Desk, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(BOX);
    command.arg("setup").args(args).current_dir(desk.dir.path()).env_clear().stdin(Stdio::null());
    let output = command.env("HOME", desk.dir.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn without_a_terminal_or_answers_it_says_what_to_do() {
    let desk = Desk::new();
    let (code, _, stderr) = run(&desk, &[]);
    assert!(code == 2 && stderr.contains("set a key (ANTHROPIC_API_KEY"), "{stderr}");
    let (code, _, stderr) = run(&desk, &["--last"]);
    assert!(code == 2 && stderr.contains("no answers are kept in"), "{stderr}");
    fs::create_dir_all(desk.answers().parent().unwrap()).unwrap();
    fs::write(desk.answers(), "{\"keys\":{\"anthropic\":\"sk-secret\"}").unwrap();
    let (code, _, stderr) = run(&desk, &["--last"]);
    assert!(code == 2 && stderr.contains("setup.json") && stderr.contains("line 1"), "{stderr}");
    assert!(
        !stderr.contains("sk-secret") && stderr.lines().filter(|line| line.contains("error")).count() == 1
    );
}
