//! The command sentrix, as a script: what it asks of the programs, what stays outside the sandbox, and how it ends. `tests/e2e` has the real ones.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "porcelain/export.rs"]
mod export;
#[path = "porcelain/install.rs"]
mod install;
#[path = "porcelain/mod.rs"]
mod script;

use script::Place;
use std::fs;

fn ready(place: &Place) -> bool {
    place.words().contains("ends     in")
}

#[test]
fn a_run_starts_everything_and_ends_everything() {
    let place = Place::new();
    let mut run = place.run(&["--provider", "demo", "--patrol"]);
    run.waits_for(ready);
    let calls = place.calls();
    for wanted in [
        "sentrix-collect tap --listen unix:",
        "--provider demo",
        "--network none --tap-dir",
        "--model demo/demo-1",
        "sentrix-box watch",
        // Into the flags file, where status, police and the page find them: no other outlet is named.
        "sentrix-patrol --follow ./agent_logs\n",
        "sentrix-police --follow --escalation medium_above",
        "sentrix-bridge --json",
    ] {
        assert!(calls.contains(wanted), "{wanted}:\n{calls}");
    }
    assert!(place.words().contains("http://127.0.0.1:8767/#once"));
    let config = fs::read_to_string(place.logs().join(".sentrix_config.json")).unwrap();
    assert!(config.contains(r#""escalation_level": "medium_above""#), "{config}");
    run.signal("INT");
    run.exits(130);
    place.is_clear();
    assert!(place.calls().contains("sentrix-box stop"));
}

#[test]
fn interrupted_at_any_moment_it_leaves_nothing() {
    for (moment, seen) in [("slow-build", "sentrix-box build"), ("slow-up", "sentrix-box up")] {
        let place = Place::new();
        place.set(moment);
        let mut run = place.run(&["--provider", "demo"]);
        run.waits_for(|place| place.calls().contains(seen));
        run.signal("INT");
        run.exits(130);
        place.is_clear();
    }
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let place = Place::new();
        let mut run = place.run(&["--provider", "demo", "--nobridge"]);
        run.waits_for(ready);
        run.signal(signal);
        // No shell hears of a signal that was ignored when it began, as `nohup` wants it.
        if signal == "HUP" && hangups_are_ignored() {
            run.signal("TERM");
            run.exits(143);
        } else {
            run.exits(code);
        }
        place.is_clear();
    }
}

/// Whether this process was started with hang-ups ignored, and so whatever it starts.
fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[test]
fn keys_stay_outside_and_settings_go_inside() {
    let place = Place::new();
    fs::write(
        place.path(".env"),
        "# mine\nexport ANTHROPIC_API_KEY='sk-test'\nOPENCLAW_THINK=high\nPATH=/evil\nLD_PRELOAD=/evil\nTELEGRAM_BOT_TOKEN=\"1:t\"\n",
    )
    .unwrap();
    let mut run = place.run(&[
        "-e",
        "TZ=UTC",
        "-e",
        "OPENAI_API_KEY=sk-other",
        "--relax",
        "exec,web",
        "--allow",
        "example.com",
    ]);
    run.waits_for(ready);
    let inside = fs::read_to_string(place.path("stub/inside")).unwrap();
    assert_eq!(inside, "OPENCLAW_THINK=high\nTELEGRAM_BOT_TOKEN=1:t\nTZ=UTC\n");
    assert!(!place.calls().contains("sk-"), "{}", place.calls());
    assert!(!place.words().contains("sk-"), "{}", place.words());
    assert!(place.environment("sentrix-collect").contains("ANTHROPIC_API_KEY=sk-test"));
    assert!(!place.environment("sentrix-collect").contains("/evil"));
    for wanted in [
        "--model anthropic/claude-sonnet-5",
        "--relax exec,web",
        "--allow example.com",
        "--channel web-fetch",
    ] {
        assert!(place.calls().contains(wanted), "{wanted}:\n{}", place.calls());
    }
    run.signal("INT");
    run.exits(130);
}

#[test]
fn what_setup_writes_reaches_the_programs_and_so_does_every_other_setting() {
    let settings = [
        "SENTRIX_PROVIDER=openai",
        "OPENAI_API_KEY=sk-test",
        "SENTRIX_MODEL=openai/gpt-x",
        "OPENCLAW_THINK=low",
        "SENTRIX_REASONING=0",
        "SENTRIX_CHANNELS=telegram,slack",
        "TELEGRAM_BOT_TOKEN=1:t",
        "SLACK_BOT_TOKEN=xoxb",
        "SLACK_APP_TOKEN=xapp",
        "SENTRIX_RELAX=web",
        "BRAVE_API_KEY=brave-secret",
        "SENTRIX_PATROL=1",
        "SENTRIX_ESCALATION=high_only",
        "SENTRIX_TIMEOUT=7",
        "SENTRIX_ROTATE_MINS=3",
        "SENTRIX_ALLOW=one.example,two.example",
        "SENTRIX_GUARD=mask",
        "SENTRIX_IMAGE=mine:1",
        "SENTRIX_VOLUME=kept",
        "SENTRIX_MEMORY=4096",
        "SENTRIX_PUBLISH=1",
        "SENTRIX_PORT=18999",
        "SENTRIX_BRIDGE=0",
    ];
    let place = Place::new();
    fs::write(place.path(".env"), settings.join("\n")).unwrap();
    let mut run = place.run(&[]);
    run.waits_for(|place| place.words().contains("ends     in 7 min"));
    let calls = place.calls();
    for wanted in [
        "--rotate-mins 3 --guard mask --allow one.example --allow two.example --channel telegram,slack --channel web-fetch",
        "--image mine:1 --model openai/gpt-x --timeout 7 --rotate-mins 3",
        "--no-reasoning --relax web --channel telegram,slack --volume kept --memory 4096",
        "sentrix-patrol --follow",
        "sentrix-police --follow --escalation high_only",
        "sentrix-box publish --listen 127.0.0.1:18999",
    ] {
        assert!(calls.contains(wanted), "{wanted}:\n{calls}");
    }
    assert!(!calls.contains("sentrix-bridge"), "{calls}");
    let inside = fs::read_to_string(place.path("stub/inside")).unwrap();
    let kept =
        settings.iter().filter(|setting| !setting.starts_with("SENTRIX_") && !setting.starts_with("OPENAI"));
    assert_eq!(inside.lines().collect::<Vec<_>>(), kept.copied().collect::<Vec<_>>());
    run.signal("INT");
    run.exits(130);
}

#[test]
fn verbose_says_what_is_in_force_and_no_secret() {
    let place = Place::new();
    let secrets = ["sk-secret-1", "tg-secret-2", "own-secret-3", "pass-secret-4", "hook-secret-5"];
    fs::write(
        place.path(".env"),
        "ANTHROPIC_API_KEY=sk-secret-1\nOPENAI_BASE_URL=https://me:pass-secret-4@models.example/v1\nSENTRIX_WEBHOOK=https://hooks.example/hook-secret-5\n",
    )
    .unwrap();
    let mut run = place.run(&[
        "--verbose",
        "--timeout",
        "9",
        "-e",
        "TELEGRAM_BOT_TOKEN=tg-secret-2",
        "-e",
        "MY_OWN=own-secret-3",
        "-e",
        "OPENCLAW_THINK=high",
    ]);
    run.waits_for(|place| place.words().contains("ends     in 9 min"));
    let words = place.words();
    for wanted in [
        "settings: log-dir=./agent_logs provider=anthropic model=anthropic/claude-sonnet-5 reasoning=1 timeout=9 rotate=10",
        "tap=1 guard=flag image=sentrix-openclaw:latest",
        "outside the sandbox: ANTHROPIC_API_KEY=(secret) OPENAI_BASE_URL=https://(secret)@models.example/v1",
        "SENTRIX_WEBHOOK=(secret)",
        "inside the sandbox: TELEGRAM_BOT_TOKEN=(secret) MY_OWN=(secret) OPENCLAW_THINK=high",
    ] {
        assert!(words.contains(wanted), "{wanted}:\n{words}");
    }
    assert!(secrets.iter().all(|secret| !words.contains(secret)), "{words}");
    assert!(place.calls().contains("sentrix-box explain"), "{}", place.calls());
    run.signal("INT");
    run.exits(130);
}

#[test]
fn without_a_key_and_a_terminal_the_tour_is_shown() {
    let place = Place::new();
    let run = place.run(&[]);
    run.exits(0);
    let words = place.words();
    for wanted in ["the demo plays one", "answer to hello", "answer to give me the tour"] {
        assert!(words.contains(wanted), "{wanted}:\n{words}");
    }
    assert!(place.calls().contains("sentrix-box explain"));
    place.is_clear();
}

#[test]
fn what_ends_by_itself_is_told() {
    for (how, code, words) in [
        ("no-docker", 4, "the Docker engine does not answer"),
        ("no-tap", 4, "cannot listen"),
        ("no-gateway", 4, "the gateway was not ready"),
        ("ended", 4, "the sandbox does not run"),
        ("expired", 0, "ends     in 60 min"),
    ] {
        let place = Place::new();
        place.set(how);
        let run = place.run(&["--provider", "demo", "--nobridge"]);
        run.exits(code);
        assert!(place.words().contains(words), "{how}:\n{}", place.words());
        place.is_clear();
    }
}

#[test]
fn a_run_that_was_killed_is_cleared_away_by_the_next() {
    let place = Place::new();
    let mut killed = place.run(&["--provider", "demo", "--nobridge"]);
    killed.waits_for(ready);
    let mut second = place.command(&["run", "--provider", "demo"]).output().unwrap();
    assert_eq!(second.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another run"));
    killed.child.kill().unwrap();
    killed.child.wait().unwrap();
    second = place.output(&["stop"]);
    assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stderr));
    assert!(String::from_utf8_lossy(&second.stderr).contains("an earlier run was killed"));
    let mut run = place.run(&["--provider", "demo", "--nobridge"]);
    run.waits_for(ready);
    assert_eq!(place.output(&["stop"]).status.code(), Some(0));
    run.exits(143);
    place.is_clear();
}

#[test]
fn channels_and_pairing_are_asked_of_the_sandbox_that_is_meant() {
    let place = Place::new();
    for args in [
        &["channels", "--json", "--dir", "the other"][..],
        &["channels", "--dir=the other", "--probe"],
        &["pair", "--log-dir", "the other"],
        &["pair", "telegram", "ABCD1234", "--dir", "the other"],
    ] {
        assert!(place.output(args).status.success(), "{args:?}");
        assert!(place.environment("sentrix-box").contains("SENTRIX_LOG_DIR=the other\n"), "{args:?}");
    }
    let asked = [
        "sentrix-box channels --json",
        "sentrix-box channels --probe",
        "sentrix-box pair",
        "sentrix-box pair telegram ABCD1234",
    ];
    assert_eq!(place.calls().lines().collect::<Vec<_>>(), asked);
    let help = String::from_utf8(place.output(&["help"]).stdout).unwrap();
    assert!(["\n  channels ", "\n  pair "].iter().all(|command| help.contains(command)), "{help}");
}

#[test]
fn bad_input_gets_one_line_that_quotes_no_secret() {
    let place = Place::new();
    let cases: [(&[&str], &str); 10] = [
        (&["run", "--nonsense"], "unknown option --nonsense"),
        (&["run", "--timeout"], "needs a value"),
        (&["run", "--escalation", "all"], "low_above, medium_above or high_only"),
        (&["run", "-e", "1bad=sk-secret"], "KEY=VALUE"),
        (&["run", "-e", "NOT_SET_ANYWHERE"], "no such variable"),
        (&["nonsense"], "there is no command nonsense"),
        (&["police", "--limit", "x"], "not a whole number"),
        (&["doctor", "--all"], "unknown option --all"),
        (&["export", "--format", "xml"], "not ocsf or sarif"),
        (&["export", "--flags", "--cases"], "leave out both"),
    ];
    for (args, words) in cases {
        let output = place.output(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(
            said.contains(words) && said.lines().count() == 1 && !said.contains("sk-secret"),
            "{args:?}: {said}"
        );
    }
    for text in ["no equals sign sk-secret\n", "\u{1}\u{2}=sk-secret\n", "A=\u{1b}[2Jsk-secret\n"] {
        fs::write(place.path(".env"), text).unwrap();
        let output = place.output(&["status"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(".env") && !said.contains("sk-secret"), "{said}");
    }
}
