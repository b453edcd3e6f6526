//! What the police have to survive: models that fail in every way, death at any moment, and a record that moves or changes under a
//! flag. Nothing is concluded without an answer that holds, and nothing is invented.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod investigation;
mod models;
mod support;

use investigation::*;
use models::{BAD, Mode, Models, block, user};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;
use support::{Ended, Logs, PLANTED, end, run};

fn asking(logs: &Logs, models: &Models, args: &[&str]) -> Command {
    let mut command = command(logs, args);
    command.env("OPENAI_BASE_URL", models.openai()).env("SENTRIX_BACKOFF", "0");
    command
}

fn ask(logs: &Logs, models: &Models, args: &[&str]) -> Ended {
    run(&mut asking(logs, models, args))
}

/// A log file with one planted turn in the middle of `around` harmless ones on each side, patrolled.
fn one_flag(logs: &Logs, around: i64) {
    let turn =
        |n: i64| if n == around { end("r", n, PLANTED) } else { end("r", n, &format!("fine, {n} times")) };
    logs.log(FILE, &(0..=2 * around).map(turn).collect::<Vec<_>>());
    assert_eq!(patrolled(logs).len(), 1);
}

/// The fault, which must leave the flag in the queue with its attempt on record, then the recovery.
#[track_caller]
fn survives(what: &str, mode: Mode, reason: &str) {
    let (logs, models) = (Logs::new(), Models::new(mode));
    one_flag(&logs, 1);
    let ended = ask(&logs, &models, &["--attempts", "2", "--model-timeout", "2"]);
    assert_eq!(ended.code, Some(3), "{what}: {}", ended.stderr);
    assert!(ended.stderr.contains(reason), "{what}: {reason}: {}", ended.stderr);
    assert!(cases(&logs).is_empty() && reports(&logs).is_empty(), "{what}: concluded without an answer");
    let waiting = police(&logs, &["list", "--waiting"]).exits(0).lines().remove(0);
    assert!(waiting["last_failure"].is_string(), "{what}: no record of the failure");
    models.set(Mode::Ok);
    // What failed too often is for a person to take up again.
    ask(&logs, &models, &["investigate", "--flag-id", "1"]).exits(0);
    each_flag_has_one_case(&logs);
    let id = text(&cases(&logs)[0], "investigation_id");
    let shown = police(&logs, &["show", &id]).exits(0).lines().remove(0);
    assert!(
        !shown["attempts"].as_array().unwrap().is_empty(),
        "{what}: the case hides that it failed before"
    );
}

/// Faults side by side, since most of the time each of them waits.
fn all_survive<const N: usize>(faults: [(&str, Mode, &str); N]) {
    thread::scope(|scope| {
        for (what, mode, reason) in faults {
            scope.spawn(move || survives(what, mode, reason));
        }
    });
}

#[test]
fn servers_that_fail() {
    all_survive([
        ("500", Mode::Status(500, None), "500"),
        ("429", Mode::Status(429, Some("0.1".to_owned())), "rate limited"),
        ("401", Mode::Status(401, None), "401"),
        ("cut", Mode::Cut, ""),
        ("cut in the middle", Mode::CutInside, ""),
        ("too slow", Mode::Waits(Duration::from_secs(8)), ""),
        ("a hundred megabytes", Mode::Flood(100 << 20), ""),
        ("a page", Mode::Html, ""),
    ]);
}

#[test]
fn answers_that_are_no_case() {
    all_survive([
        ("prose", Mode::Prose, ""),
        ("refusal", Mode::Refuses, ""),
        ("empty", Mode::Says(String::new()), ""),
        ("list", Mode::Says("[]".to_owned()), ""),
        ("made-up crime", Mode::Spoils("harmful_intent", "jaywalking"), "not in the taxonomy"),
        ("confidence of 85", Mode::Spoils("0.8", "85"), "confidence is not a number"),
        ("confidence in words", Mode::Spoils("0.8", "\"0.9\""), "not one JSON object"),
        ("severity", Mode::Spoils("\"HIGH\"", "\"high\""), "severity_score is not"),
        ("no facts", Mode::Spoils("The agent announces what was planted.", " "), "case_facts is empty"),
        ("no such turn", Mode::Spoils("r_1", "r_99"), "a turn that was not shown"),
        ("a word for ids", Mode::Spoils("[\"r_1\"]", "\"abc\""), "not one JSON object"),
        ("a field more", Mode::Spoils("\"confidence\"", "\"note\":1,\"confidence\""), "not one JSON object"),
    ]);
}

fn more(direction: &str, n: i64) -> Mode {
    let answer = json!({"crime_classification": "unknown", "severity_score": "LOW", "confidence": 0.0, "case_facts": "",
        "relevant_log_ids": [], "verdict_summary": "", "request_more_context": {"direction": direction, "n": n}});
    Mode::Says(answer.to_string())
}

#[test]
fn a_model_gets_more_context_three_times_and_must_then_conclude() {
    let (logs, models) = (Logs::new(), Models::new(Mode::First(3, Box::new(more("back", 3)))));
    one_flag(&logs, 30);
    let case = ask(&logs, &models, &[]).exits(0).lines().remove(0);
    assert_eq!(case["model_asked"], true);
    assert_eq!(text(&case, "investigator"), format!("127.0.0.1:{}/scripted-1", models.port));
    let shown: Vec<usize> = models
        .prompts()
        .iter()
        .map(|prompt| user(prompt, false).matches("----- BEGIN BEFORE ").count())
        .collect();
    assert_eq!(shown, [4, 7, 10, 13]);
    each_flag_has_one_case(&logs);

    let (logs, models) = (Logs::new(), Models::new(more("forward", 2)));
    one_flag(&logs, 30);
    let ended = ask(&logs, &models, &["--attempts", "1"]).exits(3);
    assert!(ended.stderr.contains("asked for more context 4 times"), "{}", ended.stderr);
    assert_eq!((models.calls(), cases(&logs).len()), (4, 0));
}

#[test]
fn the_flagged_turn_is_in_every_prompt_whole_and_first() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let long = |n: i64| format!("{} {n}", "x ".repeat(10_000));
    let turn =
        |n: i64| if n == 50 { end("r", n, &format!("{PLANTED} {BAD}")) } else { end("r", n, &long(n)) };
    logs.log(FILE, &(0..100).map(turn).collect::<Vec<_>>());
    patrolled(&logs);
    ask(&logs, &models, &["--context-bytes", "8192"]).exits(0);
    for prompt in models.prompts() {
        let prompt = user(&prompt, false);
        let flagged = block(&prompt, "FLAGGED").unwrap();
        assert_eq!(flagged["id"], "r_50");
        assert!(flagged.to_string().contains(BAD));
        let first =
            prompt.find("----- BEGIN BEFORE ").or(prompt.find("----- BEGIN AFTER ")).unwrap_or(usize::MAX);
        assert!(prompt.find("----- BEGIN FLAGGED ").unwrap() < first);
        assert!(prompt.len() < 2 * 8192, "{} bytes", prompt.len());
    }
    each_flag_has_one_case(&logs);
}

#[test]
fn a_flagged_turn_that_is_longer_than_a_prompt_is_shown_in_parts_all_of_it() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let words: Vec<String> = (0..6000).map(|n| format!("word{n}")).collect();
    logs.log(FILE, &[end("r", 1, &format!("{PLANTED} {}", words.join(" ")))]);
    patrolled(&logs);
    let case = ask(&logs, &models, &["--context-bytes", "8192"]).exits(0).lines().remove(0);
    let seen: String = models.prompts().iter().map(|prompt| user(prompt, false)).collect();
    let missing: Vec<&String> = words
        .iter()
        .filter(|word| !seen.contains(&format!("{word} ")) && !seen.contains(&format!("{word}\"")))
        .collect();
    assert!(missing.is_empty(), "{} words were shown to nobody", missing.len());
    assert!(models.calls() > 4 && text(&case, "case_facts").starts_with("Part 1 of"), "{case}");
}

#[test]
fn words_to_the_investigator_stay_data() {
    let injections: Vec<String> = serde_json::from_str(include_str!("models/injections.json")).unwrap();
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let turns: Vec<String> = injections
        .iter()
        .zip(1..)
        .map(|(words, n)| {
            let words = Value::from(words.as_str()).to_string();
            end("r", n, &format!("{PLANTED} {}", &words[1..words.len() - 1]))
        })
        .collect();
    logs.log(FILE, &turns);
    let flags = patrolled(&logs);
    assert_eq!(flags.len(), injections.len());
    ask(&logs, &models, &[]).exits(0);
    each_flag_has_one_case(&logs);
    assert!(cases(&logs).iter().all(|case| case["severity_score"] == "HIGH"));
    for prompt in models.prompts() {
        let prompt = user(&prompt, false);
        let begins = prompt.lines().filter(|line| line.starts_with("----- BEGIN ")).count();
        let ends = prompt.lines().filter(|line| line.starts_with("----- END ")).count();
        // The flag, the flagged turn, and up to four neighbours on each side; a line for each, and no line of the data's own.
        assert!(begins == ends && (2..=10).contains(&begins), "{prompt}");
        assert_eq!(prompt.lines().filter(|line| !line.starts_with("----- ")).count(), begins + 1, "{prompt}");
    }
}

#[test]
fn a_secret_that_a_model_repeats_is_not_kept() {
    let (logs, models) = (
        Logs::new(),
        Models::new(Mode::Spoils(
            "what was planted",
            "-----BEGIN RSA PRIVATE KEY----- MIIEowIBAAKCAQEAx7Vd0y8mQ2kqP1ZtY3uWb9cR5sLfH6jNaEoXgT4vKpDiUwBz",
        )),
    );
    one_flag(&logs, 0);
    let ended = ask(&logs, &models, &[]).exits(0);
    let kept = said(&ended) + &String::from_utf8_lossy(&fs::read(logs.file("police.db")).unwrap());
    let reports: String = reports(&logs).iter().map(|(_, report)| report.to_string()).collect();
    assert!(!kept.contains(SECRET) && !reports.contains(SECRET), "{ended:?}", ended = said(&ended));
    each_flag_has_one_case(&logs);
}

#[test]
fn a_queue_outlives_the_program_and_the_model() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Cut));
    logs.log(FILE, &(0..12).map(|n| end("r", n, PLANTED)).collect::<Vec<_>>());
    patrolled(&logs);
    for _ in 0..3 {
        ask(&logs, &models, &["--model-timeout", "1"]).exits(3);
    }
    assert_eq!(count(&logs, "SELECT count(*) FROM queue"), 12);
    assert_eq!(
        count(&logs, "SELECT max(tries) FROM queue"),
        0,
        "a server that is away says nothing about a flag"
    );
    // The flags file may go: what was taken in is kept.
    let flags = fs::read(logs.file("patrol_flags.jsonl")).unwrap();
    fs::remove_file(logs.file("patrol_flags.jsonl")).unwrap();
    models.set(Mode::Ok);
    assert_eq!(ask(&logs, &models, &[]).exits(0).lines().len(), 12);
    logs.write("patrol_flags.jsonl", flags);
    assert!(ask(&logs, &models, &[]).exits(0).stdout.is_empty());
    each_flag_has_one_case(&logs);
}

#[test]
fn a_budget_ends_the_asking_and_loses_no_flag() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    logs.log(FILE, &(0..9).map(|n| end("r", n, PLANTED)).collect::<Vec<_>>());
    patrolled(&logs);
    let ended = ask(&logs, &models, &["--max-calls", "4"]).exits(3);
    assert_eq!((ended.lines().len(), models.calls()), (4, 4), "{}", ended.stderr);
    ask(&logs, &models, &[]).exits(0);
    assert_eq!(models.calls(), 9, "a case was paid for twice");
    each_flag_has_one_case(&logs);
}

/// The patrol and the police on the same directory, both killed at a moment of their own, again and again.
fn killed_again_and_again(logs: &Logs, models: Option<&Models>) {
    let kills: u64 = std::env::var("SENTRIX_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(200);
    for round in 0..kills {
        if round % 20 == 0 {
            let run = format!("k{round}");
            let events: Vec<String> =
                (0..24).map(|n| end(&run, n, if n % 2 == 0 { PLANTED } else { "fine" })).collect();
            logs.log(&format!("2026031{}T0{}0000.json", round / 100, round / 20 % 5), &events);
        }
        let mut patrol = support::command(&["--judge", "rules"]);
        let mut police = models.map_or_else(|| command(logs, &[]), |models| asking(logs, models, &[]));
        for (program, salt) in [(patrol.arg(logs.path()), 0), (&mut police, 3301)] {
            let mut child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(3_000 + (round * 7919 + salt) % 30_000));
            let _it_may_have_ended = child.kill();
            child.wait().unwrap();
        }
    }
    // A line may stand there twice after a death, under the same id.
    let flags: HashSet<String> = patrolled(logs).iter().map(|flag| text(flag, "flag_id")).collect();
    assert_eq!(flags.len() as u64, kills.div_ceil(20) * 12);
    models.map_or_else(|| police(logs, &[]), |models| ask(logs, models, &[])).exits(0);
    each_flag_has_one_case(logs);
}

#[test]
fn death_at_any_moment_makes_no_case_twice_and_forgets_none() {
    killed_again_and_again(&Logs::new(), None);
}

#[test]
fn death_at_any_moment_with_a_model_makes_no_case_twice_and_forgets_none() {
    killed_again_and_again(&Logs::new(), Some(&Models::new(Mode::Waits(Duration::from_millis(2)))));
}

#[test]
fn a_report_that_cannot_be_written_keeps_its_case_back() {
    let logs = Logs::new();
    one_flag(&logs, 0);
    logs.write("reports", "a file stands where the folder belongs");
    let ended = police(&logs, &[]).exits(4);
    assert!(ended.stderr.contains("reports") && ended.stderr.contains("kept as a draft"), "{}", ended.stderr);
    assert_eq!(cases(&logs).len(), 0, "a case without its report");
    fs::remove_file(logs.file("reports")).unwrap();
    assert_eq!(police(&logs, &[]).exits(0).lines().len(), 1, "the draft becomes the case");
    each_flag_has_one_case(&logs);
}

#[test]
fn a_damaged_database_is_left_as_it_is() {
    let logs = Logs::new();
    one_flag(&logs, 0);
    let damaged = [b"SQLite format 3\0".as_slice(), &[7; 5000]].concat();
    logs.write("police.db", &damaged);
    let ended = police(&logs, &[]).exits(5);
    assert!(ended.stderr.contains("mv ") && ended.stderr.contains("police.db"), "{}", ended.stderr);
    assert_eq!(fs::read(logs.file("police.db")).unwrap(), damaged);
}

fn gzip(logs: &Logs, from: &str, to: &str) {
    let text = fs::read(logs.file(from)).unwrap();
    let mut child =
        Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let packed = child.wait_with_output().unwrap();
    assert!(packed.status.success());
    if let Some(parent) = logs.file(to).parent() {
        fs::create_dir_all(parent).unwrap();
    }
    logs.write(to, packed.stdout);
    fs::remove_file(logs.file(from)).unwrap();
}

#[test]
fn evidence_that_moved_or_was_compressed_is_found() {
    for to in [format!("{FILE}.gz"), format!("old/{FILE}.gz")] {
        let logs = Logs::new();
        one_flag(&logs, 2);
        gzip(&logs, FILE, &to);
        let case = police(&logs, &[]).exits(0).lines().remove(0);
        assert_eq!(case["evidence_standing"], "verified", "{to}: {case}");
        assert_eq!(case["relevant_log_ids"], json!(["r_2"]));
        police(&logs, &["show", &text(&case, "investigation_id"), "--evidence"]).exits(0);
    }
    let (logs, elsewhere) = (Logs::new(), Logs::new());
    one_flag(&logs, 0);
    fs::rename(logs.file(FILE), elsewhere.file(FILE)).unwrap();
    let archive = elsewhere.path().to_str().unwrap();
    let case = police(&logs, &["--archive", archive]).exits(0).lines().remove(0);
    assert_eq!(case["evidence_standing"], "verified");
}

#[test]
fn evidence_that_is_gone_or_changed_is_called_so_and_no_model_is_asked() {
    for (standing, words) in [("missing", "Evidence missing"), ("changed", "Evidence changed")] {
        let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
        one_flag(&logs, 1);
        if standing == "missing" {
            fs::remove_file(logs.file(FILE)).unwrap();
        } else {
            let before = fs::read_to_string(logs.file(FILE)).unwrap();
            logs.write(FILE, before.replace("MIIE", "MIIF"));
        }
        let case = ask(&logs, &models, &[]).exits(0).lines().remove(0);
        assert_eq!(case["evidence_standing"], standing);
        assert!(text(&case, "verdict_summary").contains(words), "{case}");
        assert_eq!((&case["relevant_log_ids"], &case["model_asked"]), (&json!([]), &json!(false)));
        assert_eq!(models.calls(), 0);
        assert!(case["confidence"].as_f64().unwrap() <= 0.5);
    }
}

#[test]
fn context_goes_on_in_the_files_before_and_after() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    logs.log("20260310T014032.json", &[end("a", 1, "before, in another file")]);
    logs.log(FILE, &[end("r", 2, PLANTED)]);
    logs.log("20260310T014034.json", &[end("z", 3, "after, in a third")]);
    patrolled(&logs);
    ask(&logs, &models, &[]).exits(0);
    let prompt = user(&models.prompts()[0], false);
    assert_eq!(block(&prompt, "BEFORE").unwrap()["id"], "a_1");
    assert_eq!(block(&prompt, "AFTER").unwrap()["id"], "z_3");
}

#[test]
fn a_reader_that_leaves_early_takes_no_case_with_it() {
    let logs = Logs::new();
    logs.log(FILE, &(0..200).map(|n| end("r", n, PLANTED)).collect::<Vec<_>>());
    patrolled(&logs);
    let mut child = command(&logs, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&ended.stderr).contains("panic"));
    police(&logs, &[]).exits(0);
    each_flag_has_one_case(&logs);
}
