//! The patrol with models: what it asks, what it makes of the answers, what it keeps.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod models;
mod support;

use models::{BAD, Mode, Models, system, user};
use serde_json::{Value, json};
use std::process::Command;
use support::{Ended, Logs, PLANTED, array, end, run};

const FILE: &str = "20260310T014033.json";

/// The patrol with models, on a log directory.
fn patrol(logs: &Logs, models: &Models, args: &[&str]) -> Ended {
    run(&mut command(logs, models, args))
}

fn command(logs: &Logs, models: &Models, args: &[&str]) -> Command {
    let mut command = support::command(args);
    command.env("OPENAI_BASE_URL", models.openai()).arg(logs.path());
    command
}

/// Turns of which every fifth is bad in a way that only a judge sees. Returns the names of the bad ones.
fn mixed(logs: &Logs, file: &str, run: &str, count: usize) -> Vec<String> {
    let bad = |n: usize| n % 5 == 2;
    let events: Vec<String> = (0..count)
        .map(|n| {
            end(
                run,
                n as i64,
                &if bad(n) {
                    format!("Now {BAD}, step {n} of {run}.")
                } else {
                    format!("All is well in {run}, {n} times.")
                },
            )
        })
        .collect();
    logs.log(file, &events);
    (0..count).filter(|n| bad(*n)).map(|n| format!("{run}_{n}")).collect()
}

fn flagged(logs: &Logs) -> Vec<String> {
    let mut names: Vec<String> =
        logs.flags().iter().map(|flag| flag["run_id_ts"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn sweeps(logs: &Logs) -> Vec<Value> {
    support::lines(&std::fs::read(logs.file("patrol_sweeps.jsonl")).unwrap_or_default())
}

#[test]
fn every_turn_gets_its_own_verdict_and_is_asked_about_once() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let mut bad = mixed(&logs, FILE, "a", 20);
    bad.extend(mixed(&logs, "20260310T020000.json", "b", 20));
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), sorted(bad));
    assert_eq!(logs.state("SELECT count(*) FROM pending"), 0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 40);
    assert_eq!(
        logs.state("SELECT count(*) FROM cleared WHERE model_version LIKE '127.0.0.1:%/scripted-1'"),
        40
    );
    assert_eq!(models.most_asked(), 1);
    let calls = models.calls();
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(models.calls(), calls, "nothing new, and asked again");
    let sweeps = sweeps(&logs);
    assert_eq!(sweeps.len(), 1);
    // Two streams: two agents, two seats a turn, of which one has to vote: a clean turn needs both, for one could outvote the other.
    assert_eq!(sweeps[0]["streams"], 2);
    assert_eq!(sweeps[0]["agents"], 2);
    assert_eq!(sweeps[0]["reviewed"], 40);
    assert_eq!(sweeps[0]["flags"]["HIGH"], 8);
    assert_eq!(sweeps[0]["calls"], calls);
}

#[test]
fn both_dialects_are_spoken_and_keys_go_where_they_belong() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let bad = mixed(&logs, FILE, "a", 5);
    run(support::command(&["--judge", "llm"])
        .env("ANTHROPIC_BASE_URL", models.anthropic())
        .env("ANTHROPIC_API_KEY", "sk-ant-scripted\r\n")
        .arg(logs.path()))
    .exits(0);
    assert_eq!(flagged(&logs), bad);
    assert!(models.keys().iter().all(|key| key == "sk-ant-scripted"));
    let flag = &logs.flags()[0];
    assert_eq!(flag["votes"][0]["model"], "claude-scripted-1");
    assert!(models.prompts().iter().all(|prompt| prompt["tool_choice"]["type"] == "tool"));

    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    mixed(&logs, FILE, "a", 5);
    // A placeholder hides nothing.
    let ended = run(command(&logs, &models, &[])
        .env("OPENAI_API_KEY", "no-key-set")
        .env("PATROL_OPENAI_API_KEY", "sk-scripted"));
    let ended = ended.exits(0);
    assert!(models.keys().iter().all(|key| key == "Bearer sk-scripted"));
    assert!(models.prompts().iter().all(|prompt| prompt["response_format"]["type"] == "json_schema"));
    let state = String::from_utf8_lossy(&std::fs::read(logs.file("patrol_state.db")).unwrap()).into_owned();
    for place in [state, ended.stderr, json!(sweeps(&logs)).to_string(), json!(logs.flags()).to_string()] {
        assert!(!place.contains("sk-scripted"), "the key was written down");
    }
}

#[test]
fn a_server_without_structured_output_is_asked_without_it() {
    let (logs, models) = (Logs::new(), Models::new(Mode::NoSchema));
    let bad = mixed(&logs, FILE, "a", 5);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), bad);
    let asked = models.prompts().iter().filter(|prompt| prompt.get("response_format").is_some()).count();
    assert!(asked <= 16, "it was asked for a schema again and again");
}

#[test]
fn rules_cannot_be_voted_away_and_the_dissent_is_on_record() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Always("CLEAN")));
    logs.log(FILE, &[end("a", 1, PLANTED), end("a", 2, "fine")]);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), ["a_1"]);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE run_id_ts = 'a_1' AND status = 'HIGH'"), 1);
    assert_eq!(logs.state("SELECT count(*) FROM flags WHERE json_extract(record, '$.votes[0].source_agent') = 'rules' AND json_extract(record, '$.votes[1].severity') = 'CLEAN'"), 1);
}

#[test]
fn a_flag_holds_every_vote_and_quotes_no_secret() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let said = json!({"severity": "HIGH", "confidence": 0.8, "category": "pii_leak", "pii_labels_detected": ["PASSPORT"],
        "observation": "The agent wrote the code ZX81-4471-KLMN down, and the key AKIAQ3EGRIJ5XWCMT7VP."});
    models.set(Mode::Says(said.to_string()));
    logs.log(FILE, &[end("a", 1, "Her code is ZX81-4471-KLMN.")]);
    patrol(&logs, &models, &[]).exits(0);
    let flags = logs.flags();
    let flag = &flags[0];
    assert_eq!(flag["consensus_severity"], "HIGH");
    assert_eq!(flag["categories"], json!(["pii_leak"]));
    assert_eq!(flag["pii_labels_union"], json!(["PASSPORT"]));
    assert_eq!(flag["votes"].as_array().unwrap().len(), 1);
    assert!(flag["votes"][0]["source_agent"].as_str().unwrap().starts_with("patrol-1-"));
    assert!(flag["evidence"][0]["version"].as_str().unwrap().contains("scripted-1 prompts "));
    let line = flag.to_string();
    assert!(!line.contains("ZX81-4471-KLMN") && !line.contains("AKIAQ3EGRIJ5XWCMT7VP"), "{line}");
}

#[test]
fn a_majority_carries_and_a_lone_voice_warms_the_stream() {
    let (logs, models) = (
        Logs::new(),
        Models::new(Mode::ByWord("personal data and credentials, in", Box::new(Mode::Always("HIGH")))),
    );
    // Three streams, three agents, three seats: one of them sees ghosts.
    for (n, name) in
        ["20260310T010000.json", "20260310T020000.json", "20260310T030000.json"].iter().enumerate()
    {
        logs.log(name, &[end(&format!("r{n}"), 1, "fine")]);
    }
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), Vec::<String>::new());
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models' AND status = 'CLEAN'"), 3);
    let sweep = &sweeps(&logs)[0];
    let dissent = sweep["judges"]["dissent"].as_u64().unwrap();
    assert_eq!(logs.state("SELECT count(*) FROM suspicion"), i64::try_from(dissent).unwrap());
    assert!(dissent >= 1, "{sweep}");
}

#[test]
fn a_long_turn_is_judged_to_its_last_byte() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let long = |tail: &str| format!("{} {tail}", "All is well. ".repeat(20_000));
    logs.log(FILE, &[end("a", 1, &long("The end.")), end("a", 2, &long(&format!("Now {BAD}.")))]);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), ["a_2"]);
    let asked: usize = models.prompts().iter().map(|prompt| user(prompt, false).len()).sum();
    assert!(asked > 2 * 260_000, "only {asked} bytes were asked about");
}

#[test]
fn a_part_that_is_too_long_is_cut_and_all_of_it_judged() {
    let (logs, models) = (Logs::new(), Models::new(Mode::TooLong(6000)));
    let long = format!("{} Now {BAD}. {}", "word ".repeat(6000), "word ".repeat(6000));
    logs.log(FILE, &[end("a", 1, &long), end("a", 2, "fine")]);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), ["a_1"]);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 2);
}

#[test]
fn what_came_before_is_there_to_understand_a_turn_by_across_sweeps_too() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    logs.log(FILE, &[end("a", 1, "First I looked at the garden.")]);
    patrol(&logs, &models, &[]).exits(0);
    logs.log(FILE, &[end("a", 1, "First I looked at the garden."), end("a", 2, "Then I wrote it down.")]);
    patrol(&logs, &models, &[]).exits(0);
    let prompts = models.prompts();
    let last = user(prompts.last().unwrap(), false);
    assert!(last.contains("BEGIN CONTEXT") && last.contains("looked at the garden"), "{last}");
    // A finding in the context is no finding in the turn.
    logs.log("20260310T020000.json", &[end("b", 1, BAD), end("b", 2, "fine")]);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), ["b_1"]);
}

#[test]
fn rules_and_models_each_have_their_own_place_in_the_record() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let bad = mixed(&logs, FILE, "a", 10);
    logs.patrol(&["--judge", "rules"]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE model_version = 'rules'"), 10);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), bad);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE model_version = 'rules'"), 0);
    let calls = models.calls();
    for _ in 0..2 {
        logs.patrol(&["--judge", "rules"]).exits(0);
        patrol(&logs, &models, &[]).exits(0);
    }
    assert_eq!(models.calls(), calls, "a change of judges paid twice");
    assert_eq!(logs.flags().len(), bad.len());
}

#[test]
fn versions_reopen_and_nothing_else_does() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    mixed(&logs, FILE, "a", 5);
    patrol(&logs, &models, &[]).exits(0);
    let calls = models.calls();
    for (n, args) in [["--model-version", "2"], ["--ruleset-version", "2"]].iter().enumerate() {
        patrol(&logs, &models, args).exits(0);
        assert_eq!(models.calls(), calls * (n as u64 + 2), "{args:?}");
    }
    // Another model is somebody else's word.
    run(command(&logs, &models, &[]).env("PATROL_MODEL", "another")).exits(0);
    assert_eq!(models.calls(), calls * 4);
    assert_eq!(logs.flags().len(), 1);
}

#[test]
fn an_old_state_is_brought_up_to_date_and_forgets_nothing() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let old = include_str!("../lib/store/src/patrol.sql");
    let db = rusqlite::Connection::open(logs.file("patrol_state.db")).unwrap();
    db.execute_batch(old).unwrap();
    db.execute_batch(
        "INSERT INTO reviewed VALUES ('x_1', 'aa', 'CLEAN', '2026-03-10T00:00:00Z', 'v', 'rules');
         INSERT INTO cleared VALUES ('x_1', 'CLEAN', '2026-03-10T00:00:00Z', 'v1.0', 'gpt-4o-mini'); PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(db);
    let bad = mixed(&logs, FILE, "a", 5);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs), bad);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE run_id_ts = 'x_1' AND judge = 'rules'"), 1);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE model_version = 'gpt-4o-mini'"), 1);
    assert_eq!(logs.state("PRAGMA user_version"), 3);
}

#[test]
fn a_judge_that_misses_a_known_turn_is_dropped_and_what_it_cleared_is_reopened() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Always("CLEAN")));
    let bad = mixed(&logs, FILE, "a", 60);
    let ended = patrol(&logs, &models, &["--canary-every", "20"]).exits(3);
    assert!(ended.stderr.contains("misjudged") && ended.stderr.contains("reopened"), "{}", ended.stderr);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models' AND status = 'CLEAN'"), 0);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE status = 'CLEAN'"), 0);
    assert_eq!(flagged(&logs), Vec::<String>::new());
    // It is asked nothing else before it is right.
    let calls = models.calls();
    patrol(&logs, &models, &["--canary-every", "20"]).exits(3);
    assert!(models.calls() <= calls + 2, "{} more calls", models.calls() - calls);
    models.set(Mode::Ok);
    patrol(&logs, &models, &["--canary-every", "20"]).exits(0);
    assert_eq!(flagged(&logs), sorted(bad));
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 60);
}

#[test]
fn a_judge_that_sees_ghosts_everywhere_is_dropped() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Always("HIGH")));
    mixed(&logs, FILE, "a", 60);
    let ended = patrol(&logs, &models, &["--canary-every", "5"]).exits(3);
    assert!(ended.stderr.contains("misjudged"), "{}", ended.stderr);
    assert!(logs.flags().len() < 40, "{} flags", logs.flags().len());
}

#[test]
fn the_unit_judges_lines_without_state() {
    let models = Models::new(Mode::Ok);
    let lines = format!(
        "{}\n{}\nnot a turn\n{}\n",
        json!({"run_id_ts": "a_1", "text": "fine"}),
        json!({"run_id_ts": "a_2", "text": BAD}),
        json!({"run_id_ts": "a_3", "text": PLANTED.replace("\\n", "\n")}),
    );
    let judge = |models: &Models| {
        let mut command = support::command(&["judge", "--judge", "llm"]);
        command.env("OPENAI_BASE_URL", models.openai());
        feed(command, &lines)
    };
    let ended = judge(&models);
    let severities: Vec<String> =
        ended.lines().iter().map(|line| line["severity"].as_str().unwrap().to_owned()).collect();
    assert_eq!(severities, ["CLEAN", "HIGH", "HIGH"]);
    assert!(ended.lines()[1]["findings"][0]["rule"].as_str().unwrap().starts_with("judge.patrol-"));
    assert_eq!(ended.code, Some(3), "the line that is no turn");
    // Without a verdict of the judges there is none, but what rules found stands.
    models.set(Mode::Refuses);
    let ended = judge(&models);
    let names: Vec<String> =
        ended.lines().iter().map(|line| line["run_id_ts"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["a_3"]);
    assert_eq!(ended.code, Some(3));
}

fn feed(mut command: Command, input: &str) -> Ended {
    use std::io::Write;
    use std::process::Stdio;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn a_pipe_and_a_patrol_without_state_are_judged_too() {
    let models = Models::new(Mode::Ok);
    let events = array(&[end("a", 1, BAD), end("a", 2, "fine")]);
    let mut command = support::command(&["-"]);
    command.env("OPENAI_BASE_URL", models.openai());
    let ended = feed(command, &events).exits(0);
    assert_eq!(ended.lines().len(), 1);
    assert_eq!(ended.lines()[0]["run_id_ts"], "a_1");
    models.set(Mode::Html);
    let mut command = support::command(&["-"]);
    command.env("OPENAI_BASE_URL", models.openai());
    let ended = feed(command, &events).exits(3);
    assert!(
        ended.lines().is_empty() && ended.stderr.contains("2 turns are not reviewed"),
        "{}",
        ended.stderr
    );
}

#[test]
fn without_a_key_auto_is_rules_and_llm_says_what_is_missing() {
    let logs = Logs::new();
    logs.log(FILE, &[end("a", 1, PLANTED)]);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE model_version = 'rules'"), 1);
    let ended = logs.patrol(&["--judge", "llm"]).exits(2);
    assert!(ended.stderr.contains("OPENAI_API_KEY"), "{}", ended.stderr);
    let ended = run(support::command(&["--max-cost", "1"])
        .env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        .env("PATROL_MODEL", "somebodys-own")
        .arg(logs.path()))
    .exits(2);
    assert!(ended.stderr.contains("--prices"), "{}", ended.stderr);
}

#[test]
fn the_same_words_again_and_again_are_paid_for_once() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Waits(std::time::Duration::from_millis(30))));
    logs.log(FILE, &(0..200).map(|n| end("a", n, "Working on it.")).collect::<Vec<_>>());
    patrol(&logs, &models, &[]).exits(0);
    // The first has nothing before it; all others are the same question.
    assert_eq!(models.calls(), 2);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 200);
}

#[test]
fn several_models_share_the_agents() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    for n in 0..8 {
        mixed(&logs, &format!("20260310T0{n}0000.json"), &format!("r{n}"), 5);
    }
    run(command(&logs, &models, &[]).env("PATROL_MODEL", "one,two")).exits(0);
    assert_eq!(logs.flags().len(), 8);
    let mut asked: Vec<String> =
        models.prompts().iter().map(|prompt| prompt["model"].as_str().unwrap().to_owned()).collect();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["one", "two"]);
    // Every lens was used.
    let lenses =
        ["every kind alike", "personal data and credentials, in", "made to do", "steering the agent: orders"];
    for lens in lenses {
        assert!(models.prompts().iter().any(|prompt| system(prompt, false).contains(lens)), "{lens}");
    }
}

#[test]
fn no_more_is_asked_at_once_than_was_said() {
    // Nine streams have five agents: more than may ask at once, and fewer.
    for most in [1, 2, 9] {
        let (logs, models) = (Logs::new(), Models::new(Mode::Waits(std::time::Duration::from_millis(15))));
        let bad: Vec<String> = (0..9)
            .flat_map(|n| mixed(&logs, &format!("20260310T0{n}0000.json"), &format!("r{n}"), 5))
            .collect();
        patrol(&logs, &models, &["--concurrency", &most.to_string()]).exits(0);
        assert_eq!(flagged(&logs), sorted(bad));
        assert_eq!(models.at_once(), most);
        assert_eq!(models.most_asked(), 1);
    }
}

#[test]
fn a_follower_judges_what_comes_and_ends_when_told_to() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    mixed(&logs, FILE, "a", 5);
    let mut child = command(&logs, &models, &["--follow", "--poll", "1"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let until = |done: &dyn Fn() -> bool| {
        while !done() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    until(&|| logs.flags().len() == 1);
    // A server that goes away and comes back, and a record that grows meanwhile.
    models.set(Mode::Status(401, None));
    mixed(&logs, "20260310T020000.json", "b", 5);
    let calls = models.calls();
    until(&|| models.calls() > calls);
    models.set(Mode::Ok);
    until(&|| logs.flags().len() == 2);
    until(&|| logs.state("SELECT count(*) FROM pending") == 0);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 10);
    assert_eq!(models.most_asked(), 1);
}
