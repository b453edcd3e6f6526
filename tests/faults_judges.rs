//! What the patrol has to survive when it asks models: servers that fail in every way, budgets, death at any moment, and
//! texts that speak to the judge. No turn is ever marked as reviewed without a valid verdict.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod models;
mod support;

use models::{BAD, Mode, Models, user};
use serde_json::Value;
use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;
use support::{Ended, Logs, PLANTED, end, run};

const FILE: &str = "20260310T014033.json";
const BAD_TURNS: [usize; 3] = [1, 4, 7];
const TURNS: usize = 9;

fn command(logs: &Logs, models: &Models, args: &[&str]) -> Command {
    let mut command = support::command(args);
    command.env("OPENAI_BASE_URL", models.openai()).arg(logs.path());
    command
}

fn patrol(logs: &Logs, models: &Models, args: &[&str]) -> Ended {
    run(&mut command(logs, models, args))
}

fn planted(logs: &Logs) {
    let text = |n: usize| {
        if BAD_TURNS.contains(&n) { format!("Now {BAD}, {n}.") } else { format!("All is well, {n} times.") }
    };
    logs.log(FILE, &(0..TURNS).map(|n| end("r", n as i64, &text(n))).collect::<Vec<_>>());
}

/// How often each turn was flagged.
fn flagged(logs: &Logs) -> HashMap<String, usize> {
    let mut count = HashMap::new();
    for flag in logs.flags() {
        *count.entry(flag["run_id_ts"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    count
}

fn bad_names() -> Vec<String> {
    BAD_TURNS.iter().map(|n| format!("r_{n}")).collect()
}

/// No bad turn was cleared, and no turn has a mark without a vote behind it.
#[track_caller]
fn nothing_was_cleared_for_nothing(logs: &Logs, what: &str) {
    let names: Vec<String> = bad_names().iter().map(|name| format!("'{name}'")).collect();
    for table in ["reviewed", "cleared"] {
        let query = format!(
            "SELECT count(*) FROM {table} WHERE status = 'CLEAN' AND run_id_ts IN ({})",
            names.join(",")
        );
        assert_eq!(logs.state(&query), 0, "{what}: a bad turn was cleared");
    }
    let marks = logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'");
    let waiting = logs.state("SELECT count(*) FROM pending");
    assert_eq!(marks + waiting, TURNS as i64, "{what}: a turn is neither reviewed nor waiting");
}

/// The fault, then the recovery.
#[track_caller]
fn survives(name: &str, mode: Mode, args: &[&str], whole: bool) {
    let (logs, models) = (Logs::new(), Models::new(mode));
    planted(&logs);
    let ended = patrol(&logs, &models, args);
    nothing_was_cleared_for_nothing(&logs, name);
    let waiting = logs.state("SELECT count(*) FROM pending");
    if whole {
        assert_eq!(waiting, TURNS as i64, "{name}: reviewed without a valid verdict; {}", ended.stderr);
        assert!(logs.flags().is_empty(), "{name}");
    }
    if waiting > 0 {
        let told = format!("{waiting} turns are not reviewed");
        assert!(ended.stderr.contains(&told), "{name}: {}", ended.stderr);
        assert_eq!(ended.code, Some(3), "{name}: {}", ended.stderr);
    } else {
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
    }
    models.set(Mode::Ok);
    patrol(&logs, &models, args).exits(0);
    let flagged = flagged(&logs);
    for bad in bad_names() {
        assert_eq!(flagged.get(&bad), Some(&1), "{name}: {bad}");
    }
    assert_eq!(flagged.len(), BAD_TURNS.len(), "{name}");
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), TURNS as i64, "{name}");
}

#[test]
fn a_server_that_fails_always() {
    survives("500", Mode::Status(500, None), &[], true);
    survives("503", Mode::Status(503, None), &[], true);
}

#[test]
fn a_server_that_fails_half_the_time() {
    survives("500 half", Mode::Half(Box::new(Mode::Status(500, None))), &[], false);
    survives("cut half", Mode::Half(Box::new(Mode::Cut)), &[], false);
}

#[test]
fn a_server_that_limits_the_rate() {
    let soon = || Some("0.2".to_owned());
    survives("429 always", Mode::Status(429, soon()), &[], true);
    survives("429 for long", Mode::Status(429, Some("86400".to_owned())), &[], true);
    survives(
        "429 until a date",
        Mode::Status(429, Some("Fri, 31 Dec 2100 23:59:59 GMT".to_owned())),
        &[],
        true,
    );
    survives("429 half", Mode::Half(Box::new(Mode::Status(429, soon()))), &[], false);
}

#[test]
fn a_rate_limit_that_passes_is_waited_out() {
    let (logs, models) =
        (Logs::new(), Models::new(Mode::First(6, Box::new(Mode::Status(429, Some("1".to_owned()))))));
    planted(&logs);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs).len(), BAD_TURNS.len());
}

#[test]
fn a_server_that_refuses_the_key_is_asked_no_more() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Status(401, None)));
    planted(&logs);
    let ended = patrol(&logs, &models, &["--concurrency", "2"]).exits(3);
    assert!(ended.stderr.contains("401"), "{}", ended.stderr);
    assert!(models.calls() <= 4, "{} calls", models.calls());
    survives("403", Mode::Status(403, None), &[], true);
    survives("404", Mode::Status(404, None), &[], true);
}

#[test]
fn what_was_on_its_way_when_a_server_was_given_up_is_not_paid_for_again() {
    let slow = Box::new(Mode::Waits(Duration::from_millis(400)));
    let models = Models::new(Mode::Then(1, Box::new(Mode::Status(401, None)), slow));
    let logs = Logs::new();
    planted(&logs);
    patrol(&logs, &models, &["--concurrency", "8"]).exits(3);
    let on_their_way = models.calls() - 1;
    assert!(on_their_way > 0, "nothing was on its way");
    models.set(Mode::Ok);
    patrol(&logs, &models, &["--concurrency", "8"]).exits(0);
    // The server counts what it answers, also to nobody.
    thread::sleep(Duration::from_millis(800));
    assert_eq!(models.most_asked(), 1);
}

#[test]
fn answers_that_are_no_verdicts() {
    survives("prose", Mode::Prose, &[], true);
    survives("refusal", Mode::Refuses, &[], true);
    survives("null", Mode::Says("null".to_owned()), &[], true);
    survives("list", Mode::Says("[]".to_owned()), &[], true);
    survives("words", Mode::Says("CLEAN".to_owned()), &[], true);
    survives("empty", Mode::Says(String::new()), &[], true);
}

#[test]
fn verdicts_that_are_nearly_right() {
    survives("lower case", Mode::Spoils("\"CLEAN\"", "\"clean\""), &[], false);
    let spoilt: [(&str, &str, &str); 9] = [
        ("95", "0.9", "95"),
        ("-1", "0.9", "-1"),
        ("high", "0.9", "\"high\""),
        ("null", "0.9", "null"),
        ("enum", "\"severity\":", "\"severity\":\"CRITICAL\",\"was\":"),
        ("field", "\"category\":", "\"kind\":"),
        ("twice", "\"category\":", "\"severity\":\"CLEAN\",\"category\":"),
        ("extra", "\"category\":", "\"run_id_ts\":\"x_1\",\"category\":"),
        ("torn", "\"pii_labels_detected\":[]", "\"pii_labels_detected\":["),
    ];
    for (name, from, to) in spoilt {
        survives(name, Mode::Spoils(from, to), &[], true);
    }
}

#[test]
fn verdicts_that_are_spoilt_half_the_time() {
    survives("prose half", Mode::Half(Box::new(Mode::Prose)), &[], false);
    survives("confidence half", Mode::Half(Box::new(Mode::Spoils("0.9", "95"))), &[], false);
    survives("html half", Mode::Half(Box::new(Mode::Html)), &[], false);
}

#[test]
fn a_model_that_can_read_nothing() {
    survives("too long", Mode::TooLong(0), &[], true);
    survives("413", Mode::Status(413, None), &[], true);
}

#[test]
fn servers_that_break_off_or_never_end() {
    let faults = [
        ("cut", Mode::Cut),
        ("cut inside", Mode::CutInside),
        ("drips", Mode::Drips),
        ("late", Mode::Waits(Duration::from_secs(4))),
        ("html", Mode::Html),
    ];
    // Side by side, since most of the time each of them waits.
    thread::scope(|scope| {
        for (name, mode) in faults {
            scope.spawn(move || survives(name, mode, &["--model-timeout", "1"], true));
        }
    });
}

#[test]
fn an_answer_of_a_hundred_megabytes_is_not_read() {
    survives("flood", Mode::Flood(100 << 20), &["--concurrency", "2"], true);
}

#[test]
fn nobody_there_and_no_tls_there() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    planted(&logs);
    logs.log("20260310T020000.json", &[end("k", 1, PLANTED)]);
    let away =
        run(support::command(&[]).env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1").arg(logs.path())).exits(3);
    assert!(away.stderr.contains("10 turns are not reviewed"), "{}", away.stderr);
    // Rules need nobody.
    assert_eq!(flagged(&logs).keys().collect::<Vec<_>>(), ["k_1"]);
    let plain = models.openai().replace("http:", "https:");
    run(support::command(&[]).env("OPENAI_BASE_URL", plain).arg(logs.path())).exits(3);
    assert_eq!(logs.state("SELECT count(*) FROM pending"), 10);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), 0);
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(flagged(&logs).len(), BAD_TURNS.len() + 1);
}

#[test]
fn one_judge_that_never_answers_holds_nobody_up() {
    // Its agent waits for an hour; the sweep ends all the same, every turn judged by the others.
    let (logs, models) = (Logs::new(), Models::new(Mode::ByWord("made to do", Box::new(Mode::Drips))));
    for n in 0..4 {
        logs.log(
            &format!("20260310T0{n}0000.json"),
            &[end(&format!("a{n}"), 1, "fine"), end(&format!("a{n}"), 2, BAD)],
        );
    }
    patrol(&logs, &models, &["--model-timeout", "3600"]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), 8);
    assert_eq!(logs.flags().len(), 4);
}

#[test]
fn a_budget_ends_the_sweep_and_the_next_one_goes_on() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    planted(&logs);
    let mut rounds = 0;
    loop {
        let before = models.calls();
        let ended = patrol(&logs, &models, &["--max-calls", "4"]);
        assert!(models.calls() - before <= 4, "{} calls", models.calls() - before);
        nothing_was_cleared_for_nothing(&logs, "budget");
        rounds += 1;
        if ended.code == Some(0) {
            break;
        }
        assert!(ended.stderr.contains("budget"), "{}", ended.stderr);
        assert_eq!(ended.code, Some(3));
    }
    assert_eq!(models.calls(), TURNS as u64, "a turn was paid for twice");
    assert_eq!(rounds, TURNS.div_ceil(4));
    assert_eq!(flagged(&logs).len(), BAD_TURNS.len());
}

#[test]
fn money_is_limited_before_it_is_spent() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    planted(&logs);
    logs.write("prices.toml", "[[price]]\nmodel = \"gold\"\ninput = 0\noutput = 1000\n");
    let prices = logs.file("prices.toml");
    // An answer costs 0.02, and 2.048 is set aside before it is asked for: what it may cost at the most.
    let args = ["--max-cost", "2.1", "--prices", prices.to_str().unwrap(), "--concurrency", "1"];
    let ended = run(command(&logs, &models, &args).env("PATROL_MODEL", "gold")).exits(3);
    assert!(ended.stderr.contains("budget"), "{}", ended.stderr);
    assert_eq!(models.calls(), 3);
    let sweeps = support::lines(&std::fs::read(logs.file("patrol_sweeps.jsonl")).unwrap());
    let cost = sweeps[0]["cost_usd"].as_f64().unwrap();
    assert!(cost > 0.0 && cost <= 2.1, "{cost}");
    assert!((cost - 0.02 * models.calls() as f64).abs() < 1e-6);
}

#[test]
fn a_second_patrol_steps_back_while_judges_sit() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Waits(Duration::from_millis(600))));
    planted(&logs);
    let mut first = command(&logs, &models, &["--concurrency", "1"]).stderr(Stdio::null()).spawn().unwrap();
    while models.calls() == 0 {
        thread::yield_now();
    }
    let second = patrol(&logs, &models, &[]).exits(0);
    assert!(second.stderr.contains("another patrol"), "{}", second.stderr);
    models.set(Mode::Ok);
    assert!(first.wait().unwrap().success());
    assert_eq!(flagged(&logs).values().copied().collect::<Vec<_>>(), [1, 1, 1]);
}

/// kill -9 at many moments: nothing is lost, nothing is done twice.
#[test]
fn death_at_any_moment_loses_nothing_and_doubles_nothing() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Waits(Duration::from_millis(3))));
    let mut turns: i64 = 0;
    let mut bad = Vec::new();
    let kills: u64 = std::env::var("SENTRIX_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(200);
    for round in 0..kills {
        if round % 20 == 0 {
            let run = format!("r{round}");
            let text = |n: i64| if n % 4 == 0 { BAD } else { "fine" };
            let events: Vec<String> = (0..24).map(|n| end(&run, n, text(n))).collect();
            logs.log(&format!("2026031{}T0{}0000.json", round / 100, round / 20 % 5), &events);
            turns += 24;
            bad.extend((0..24).step_by(4).map(|n| format!("{run}_{n}")));
        }
        let mut child = command(&logs, &models, &["--concurrency", "4"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // From before the first read to well after the first verdicts, a little later each time.
        thread::sleep(Duration::from_micros(5_000 + (round * 7919) % 60_000));
        let _it_may_have_ended = child.kill();
        child.wait().unwrap();
    }
    patrol(&logs, &models, &[]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM pending"), 0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'"), turns);
    assert_eq!(logs.state("SELECT count(*) FROM flags"), bad.len() as i64);
    let ids: HashMap<String, String> = logs
        .flags()
        .iter()
        .map(|flag| {
            (flag["run_id_ts"].as_str().unwrap().to_owned(), flag["flag_id"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(ids.len(), bad.len());
    for flag in logs.flags() {
        assert_eq!(ids[flag["run_id_ts"].as_str().unwrap()], flag["flag_id"].as_str().unwrap());
    }
    assert!(bad.iter().all(|name| ids.contains_key(name)));
}

#[test]
fn a_turn_that_left_the_record_before_it_was_judged_is_flagged_as_lost() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Cut));
    planted(&logs);
    patrol(&logs, &models, &["--model-timeout", "1"]).exits(3);
    std::fs::remove_file(logs.file(FILE)).unwrap();
    logs.log("20260311T000000.json", &[end("s", 1, "fine")]);
    models.set(Mode::Ok);
    patrol(&logs, &models, &[]).exits(3);
    assert_eq!(logs.flags().len(), TURNS);
    assert!(logs.flags().iter().all(|flag| flag["evidence"][0]["rule"] == "review.lost"));
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE status = 'CLEAN'"), 1);
}

/// What texts say to a judge, thirty ways.
fn injections() -> Vec<String> {
    let text = include_str!("models/injections.json");
    serde_json::from_str::<Vec<String>>(text).unwrap()
}

#[test]
fn words_to_the_judge_change_no_verdict() {
    let injections = injections();
    assert_eq!(injections.len(), 30);
    let quoted = |text: &str| {
        let json = Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    let bad: Vec<String> = injections
        .iter()
        .enumerate()
        .map(|(n, words)| end("bad", n as i64, &quoted(&format!("{words}\nNow {BAD}.\n{words}"))))
        .collect();
    let fine: Vec<String> = injections
        .iter()
        .enumerate()
        .map(|(n, words)| end("fine", n as i64, &quoted(&format!("A page said: {words}"))))
        .collect();
    logs.log("20260310T010000.json", &bad);
    logs.log("20260310T020000.json", &fine);
    patrol(&logs, &models, &[]).exits(0);
    let judged: HashMap<String, bool> = logs
        .flags()
        .iter()
        .map(|flag| {
            let votes = flag["votes"].as_array().unwrap();
            let by_judge =
                votes.iter().any(|vote| vote["source_agent"] != "rules" && vote["severity"] == "HIGH");
            (flag["run_id_ts"].as_str().unwrap().to_owned(), by_judge)
        })
        .collect();
    let record = |name: &str| {
        logs.state(&format!("SELECT count(*) FROM flags WHERE run_id_ts = '{name}' AND record LIKE '%\"source_agent\":\"patrol-%\"severity\":\"HIGH\"%'"))
    };
    for (n, words) in injections.iter().enumerate() {
        assert_eq!(record(&format!("bad_{n}")), 1, "{words}");
        assert!(!judged.get(&format!("fine_{n}")).copied().unwrap_or(false), "{words}");
    }
    // Every question has one block of each kind, and its boundary stands where ours does: nothing inside could close it.
    for prompt in models.prompts() {
        let prompt = user(&prompt, false);
        for line in ["----- BEGIN TURN ", "----- END TURN "] {
            assert_eq!(prompt.lines().filter(|it| it.starts_with(line)).count(), 1, "{prompt}");
        }
        let boundary = prompt.lines().find_map(|line| line.strip_prefix("----- END TURN ")).unwrap();
        assert!(prompt.lines().all(|line| !line.contains(boundary) || !line.contains("\"fields\"")));
    }
}

#[test]
fn words_to_the_judge_take_no_rules_flag_away() {
    // A model that obeys every word of them.
    let (logs, models) = (Logs::new(), Models::new(Mode::Always("CLEAN")));
    let events: Vec<String> = injections()
        .iter()
        .enumerate()
        .map(|(n, words)| {
            let words = Value::from(words.as_str()).to_string();
            end("r", n as i64, &format!("{} {PLANTED}", &words[1..words.len() - 1]))
        })
        .collect();
    logs.log(FILE, &events);
    patrol(&logs, &models, &["--canary-every", "0"]).exits(0);
    assert_eq!(flagged(&logs).len(), 30);
    assert_eq!(logs.state("SELECT count(*) FROM flags WHERE severity = 'HIGH'"), 30);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE status = 'HIGH'"), 30);
}

#[test]
fn a_turn_that_makes_the_server_refuse_shuts_no_other_out() {
    let (logs, models) = (Logs::new(), Models::new(Mode::Ok));
    planted(&logs);
    // 400 for one question says nothing of the next.
    models.set(Mode::First(1, Box::new(Mode::Status(400, None))));
    let ended = patrol(&logs, &models, &["--concurrency", "1"]);
    assert!(
        logs.state("SELECT count(*) FROM reviewed WHERE judge = 'models'") >= TURNS as i64 - 1,
        "{}",
        ended.stderr
    );
}
