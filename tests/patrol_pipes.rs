//! `sentrix-patrol`: its ways in and out. Pipes, flags, formats, verdicts, rules.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use support::{Logs, PLANTED, archive, command, delta, end, feed, run};

const FILE: &str = "20260310T014033.json";

/// A patrol of a pipe that is still written to: the program, the pipe, and its flags, a line each.
fn live(args: &[&str]) -> (Child, ChildStdin, Lines<BufReader<ChildStdout>>) {
    let mut command = command(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let flags = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, stdin, flags)
}

#[test]
fn a_live_pipe_is_answered_before_it_ends() {
    let (mut child, mut stdin, mut flags) = live(&["-"]);
    writeln!(stdin, "{}", end("r", 1, PLANTED)).unwrap();
    let flag: Value = serde_json::from_str(&flags.next().unwrap().unwrap()).unwrap();
    assert_eq!(flag["run_id_ts"], "r_1");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_run_that_falls_silent_in_a_live_pipe_is_reviewed_before_the_pipe_ends() {
    let (mut child, mut stdin, mut flags) = live(&["-", "--run-timeout", "60"]);
    writeln!(stdin, "{}", delta("cut", 1_000, PLANTED)).unwrap();
    writeln!(stdin, "{}", delta("live", 90_000, "still talking")).unwrap();
    let flag: Value = serde_json::from_str(&flags.next().unwrap().unwrap()).unwrap();
    assert_eq!(flag["run_id_ts"], "cut_1000");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_time_that_has_not_come_yet_does_not_keep_a_run_of_a_live_pipe_open() {
    let (mut child, mut stdin, flags) = live(&["-", "--run-timeout", "60"]);
    writeln!(stdin, "{}", delta("live", 1_000, "talking")).unwrap();
    writeln!(stdin, "{}", delta("forged", 4_102_444_800_000, PLANTED)).unwrap();
    // It counts as said when it came, which is before what comes later.
    std::thread::sleep(Duration::from_millis(500));
    writeln!(stdin, "{}", delta("live", 90_000, "still talking")).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || flags.map_while(Result::ok).for_each(|flag| tell.send(flag).unwrap()));
    let flag = told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&flag).unwrap()["run_id_ts"], "forged_4102444800000");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// How a program ends within ten seconds; it is killed when it does not.
fn ending(child: &mut Child) -> Option<i32> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it is still running after ten seconds");
}

#[test]
fn a_signal_ends_a_live_pipe_and_what_came_until_then_is_judged() {
    let logs = Logs::new();
    let out = logs.file("out.jsonl");
    let mut child = command(&["-", "--state", "none", "--flags"])
        .arg(&out)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", end("r", 1, PLANTED)).unwrap();
    writeln!(stdin, "{}", delta("open", 2, PLANTED)).unwrap();
    // The message is flagged when the pipe has been silent for a moment: it is read then, and so is what came with it.
    let until = Instant::now() + Duration::from_secs(10);
    while !out.exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(ending(&mut child), Some(143));
    let named: Vec<Value> =
        support::lines(&fs::read(out).unwrap()).iter().map(|flag| flag["run_id_ts"].clone()).collect();
    assert_eq!(named, ["r_1", "open_2"]);
    drop(stdin);
}

#[test]
fn a_reader_that_leaves_early_ends_it_quietly_and_gets_the_rest_next_time() {
    let logs = Logs::new();
    let planted = archive(&logs, FILE, "r", 20_000);
    let mut child = command(&["--flags", "-"])
        .arg(logs.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    // The reader is dropped here: the pipe is closed.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let waiting = logs.state("SELECT count(*) FROM flags WHERE delivered = 0");
    assert!(waiting > 0, "flags that nobody read count as delivered");
    let rest = logs.patrol(&["--flags", "-"]).exits(0);
    assert_eq!(rest.lines().len() as i64, waiting);
    assert_eq!(logs.state("SELECT count(*) FROM flags") as usize, planted);
}

#[test]
fn what_the_collector_prints_can_be_patrolled_without_a_trace() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 30);
    let cat = std::process::Command::new(env!("CARGO_BIN_EXE_sentrix-collect"))
        .env_clear()
        .arg("cat")
        .arg(logs.path())
        .output()
        .unwrap();
    assert!(cat.status.success());
    let ended = feed(&["-", "--flags", "-", "--state", "none"], &cat.stdout).exits(0);
    assert_eq!(ended.lines().len(), 3);
    assert_eq!(fs::read_dir(logs.path()).unwrap().count(), 1, "something was written");
}

#[test]
fn findings_are_an_exit_code_only_when_asked_for() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 1);
    logs.patrol(&["--state", "none"]).exits(0);
    logs.patrol(&["--state", "none", "--exit-code"]).exits(1);
    logs.log(FILE, &[end("r", 1, "fine")]);
    logs.patrol(&["--state", "none", "--exit-code"]).exits(0);
}

#[test]
fn flags_that_cannot_be_written_are_kept_for_the_next_sweep() {
    let logs = Logs::new();
    let planted = archive(&logs, FILE, "r", 30);
    fs::create_dir(logs.file("taken")).unwrap();
    let taken = logs.file("taken");
    let ended = logs.patrol(&["--flags", taken.to_str().unwrap()]).exits(4);
    assert!(ended.stderr.contains("taken"), "{}", ended.stderr);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.flags().len(), planted);
}

#[test]
fn a_torn_line_in_the_flags_file_swallows_nothing() {
    let logs = Logs::new();
    logs.write("patrol_flags.jsonl", "{\"flag_id\":\"torn");
    archive(&logs, FILE, "r", 10);
    logs.patrol(&[]).exits(0);
    let text = fs::read_to_string(logs.file("patrol_flags.jsonl")).unwrap();
    let good = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
    assert_eq!((text.lines().count(), good), (2, 1));
}

#[test]
fn flags_of_a_file_are_shown_to_people_and_what_is_none_is_counted() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, PLANTED)]);
    let flags = logs.patrol(&["--state", "none", "--flags", "-"]).exits(0).stdout;
    let shown = feed(&["show"], [&*flags, b"no flag\n\n{\"flag_id\":7}\n"].concat()).exits(3);
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.starts_with("HIGH ") && text.contains("json bytes") && text.contains("turn r_1"), "{text}");
    assert!(shown.stderr.contains("2 lines of - are no flags"), "{}", shown.stderr);
    let missing = run(command(&["show"]).arg(logs.file("none")));
    assert!(missing.exits(4).stderr.contains("cannot read"));
}

#[test]
fn sarif_names_rule_place_and_severity() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 10);
    let ended = logs.patrol(&["--state", "none", "--format", "sarif"]).exits(0);
    let log: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["level"], "error");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]));
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], FILE);
}

#[test]
fn a_sarif_log_that_was_not_written_is_written_next_time() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 50);
    let results = |args: &[&str]| -> usize {
        let ended = logs.patrol(args).exits(0);
        let log: Value = serde_json::from_slice(&ended.stdout).unwrap();
        log["runs"][0]["results"].as_array().unwrap().len()
    };
    let all = results(&["--state", "none", "--format", "sarif"]);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut patrol = command(&["--format", "sarif"]);
    let ended = patrol.arg(logs.path()).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(4));
    let mut patrol = command(&["--format", "sarif"]);
    let mut child = patrol.arg(logs.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(results(&["--format", "sarif"]), all);
    assert_eq!(results(&["--format", "sarif"]), 0);
}

#[test]
fn what_cannot_be_meant_is_a_wrong_command_line() {
    let logs = Logs::new();
    let dir = logs.path().to_str().unwrap();
    let most = u64::MAX.to_string();
    for (args, said) in [
        (vec!["--follow", "--format", "sarif", dir], "sentrix-patrol sarif"),
        (vec!["--follow", "--poll", &most, dir], "--poll"),
        (vec!["--jobs", "99999", dir], "--jobs"),
        (vec!["turns", "--jobs", "99999", dir], "--jobs"),
        (vec!["judge", "--jobs", "99999"], "--jobs"),
        (vec![dir, "-"], "stands alone"),
        (vec!["turns", "-", dir], "stands alone"),
        (vec!["--flags", "/dev/null", dir], "--flags -"),
    ] {
        let ended = feed(&args, end("r", 1, PLANTED));
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{args:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, b"");
    }
}

#[test]
fn a_directory_without_log_files_is_no_clean_one() {
    let logs = Logs::new();
    for args in [&["--state", "none"][..], &[]] {
        let ended = logs.patrol(args).exits(0);
        assert!(ended.stderr.contains("no log file in"), "{}", ended.stderr);
    }
    // A compressed log file that was reviewed before is not missed; another is.
    logs.log(FILE, &[end("r", 1, "fine")]);
    logs.patrol(&[]).exits(0);
    let gzip = || assert!(Command::new("gzip").arg(logs.file(FILE)).status().unwrap().success());
    gzip();
    let ended = logs.patrol(&[]).exits(0);
    assert!(!ended.stderr.contains("no log file in"), "{}", ended.stderr);
    fs::rename(logs.file(&format!("{FILE}.gz")), logs.file("20260311T000000.json.gz")).unwrap();
    logs.log(FILE, &[end("r", 2, PLANTED)]);
    gzip();
    for (args, missed) in [(&["--state", "none"][..], 2), (&["--quiet"], 1)] {
        let ended = logs.patrol(args).exits(3);
        assert!(ended.stderr.contains(&format!("{missed} compressed ones")), "{}", ended.stderr);
        // What it says is what helps.
        let told = ended.stderr.split('`').nth(1).unwrap();
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_sentrix-patrol"));
        let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
        let helped = run(Command::new("sh").args(["-c", told]).env_clear().env("PATH", path)).exits(0);
        let flags = helped.lines();
        assert_eq!((flags.len(), flags[0]["run_id_ts"].as_str()), (1, Some("r_2")), "{}", helped.stderr);
    }
}

#[test]
fn a_pipe_with_the_name_of_a_file_is_refused_and_not_waited_for() {
    let logs = Logs::new();
    let patrol = |fifo: &str, path: &str| {
        let made = Command::new("mkfifo").arg(logs.file(fifo)).status().unwrap();
        assert!(made.success());
        let program = env!("CARGO_BIN_EXE_sentrix-patrol");
        run(Command::new("timeout").args(["10", program]).arg(logs.file(path)).env_clear())
    };
    let ended = patrol("pipe", "pipe").exits(2);
    assert!(ended.stderr.contains("neither a file nor a directory"), "{}", ended.stderr);
    let ended = patrol("patrol_flags.jsonl", "").exits(2);
    assert!(ended.stderr.contains("not a regular file"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn judging_answers_every_turn_and_names_what_is_none() {
    let turns = format!(
        "{{\"run_id_ts\":\"a\",\"text\":\"fine\"}}\n\nnot json\n{{\"text\":\"no id\"}}\n{{\"run_id_ts\":\"b\",\"thinking\":\"{PLANTED}\"}}\n{{\"run_id_ts\":\"c\",\"tool_results\":[{{\"content\":\"{PLANTED}\"}}]}}"
    );
    let ended = feed(&["judge"], &turns).exits(3);
    let verdicts = ended.lines();
    let ids: Vec<_> = verdicts.iter().map(|verdict| verdict["run_id_ts"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(verdicts[0]["severity"], "CLEAN");
    assert_eq!(verdicts[1]["severity"], "HIGH");
    let finding = &verdicts[2]["findings"][0];
    assert_eq!(
        (finding["category"].as_str(), finding["field"].as_str()),
        (Some("pii_leak"), Some("tool_results[0]"))
    );
    assert!(ended.stderr.contains("line 3") && ended.stderr.contains("line 4"), "{}", ended.stderr);
}

#[test]
fn a_live_pipe_of_turns_is_judged_line_by_line() {
    let mut child = command(&["judge"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut verdicts = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["a", "b"] {
        writeln!(stdin, "{{\"run_id_ts\":\"{id}\"}}").unwrap();
        let verdict: Value = serde_json::from_str(&verdicts.next().unwrap().unwrap()).unwrap();
        assert_eq!(verdict["run_id_ts"], id);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_rules_hold_what_their_examples_say() {
    run(&mut command(&["rules", "check"])).exits(0);
    let list = run(&mut command(&["rules", "list"])).exits(0).lines();
    assert!(list.len() > 100, "{} rules", list.len());
    let id = list[0]["id"].as_str().unwrap().to_owned();
    let explained = run(&mut command(&["rules", "explain", &id])).exits(0).lines();
    assert_eq!(explained[0]["id"], id.as_str());
    let missing = run(&mut command(&["rules", "explain", "no.such.rule"])).exits(2);
    assert!(missing.stderr.contains("rules list"), "{}", missing.stderr);
}

#[test]
fn the_rule_files_that_the_documentation_shows_are_taken() {
    let logs = Logs::new();
    let shown = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).unwrap();
    for example in shown.split("```toml\n").skip(1) {
        logs.write("shown.toml", example.split("```").next().unwrap());
        let ended = run(command(&["rules", "check", "--rules"]).arg(logs.file("shown.toml")));
        // An entry whose day has passed is named and is no fault of the file.
        assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
    }
}

#[test]
fn rules_of_ones_own_are_added_and_false_alarms_silenced() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, "the falcon flies at midnight"), end("r", 2, PLANTED)]);
    let own = r#"
        [[rule]]
        id = "own.falcon"
        version = 1
        category = "other"
        severity = "LOW"
        confidence = 0.9
        label = "FALCON"
        description = "The project's code name."
        keywords = ["falcon"]
        pattern = 'falcon flies'
        examples = ["the falcon flies"]
        counter_examples = ["a falcon"]

        [[allow]]
        rule = "secret.*"
        reason = "planted by the test"
        until = "2099-12-31"
    "#;
    logs.write("own.toml", own);
    let rules = logs.file("own.toml");
    let ended = logs.patrol(&["--state", "none", "--rules", rules.to_str().unwrap()]).exits(0);
    let flags = ended.lines();
    assert_eq!(flags.len(), 1, "{flags:?}");
    assert_eq!(flags[0]["pii_labels_union"], serde_json::json!(["FALCON"]));
    // A list whose day has passed silences nothing, and says so.
    logs.write("own.toml", own.replace("2099", "2020"));
    let ended = logs.patrol(&["--state", "none", "--rules", rules.to_str().unwrap()]).exits(0);
    assert_eq!(ended.lines().len(), 2);
    assert!(ended.stderr.contains("2020-12-31"), "{}", ended.stderr);
    // A rule file with a fault is refused whole, with its place.
    logs.write("own.toml", "[[rule]]\nid = \"x\"\nserverity = \"LOW\"\n");
    let ended = logs.patrol(&["--state", "none", "--rules", rules.to_str().unwrap()]).exits(2);
    assert!(ended.stderr.contains("own.toml:"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
}

#[test]
fn odd_surroundings_change_nothing() {
    let logs = Logs::new();
    let odd = logs.file("a dir\nwith ünïcode");
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join(FILE), support::array(&[end("r", 1, PLANTED)])).unwrap();
    let ended = run(command(&["--flags", "-"]).env("LANG", "C").arg(&odd)).exits(0);
    assert_eq!(ended.lines().len(), 1);
    let shell = "ulimit -n 16; exec \"$0\" --state none \"$1\" 2>&-";
    let output = std::process::Command::new("sh")
        .env_clear()
        .args(["-c", shell, env!("CARGO_BIN_EXE_sentrix-patrol")])
        .arg(&odd)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(support::lines(&output.stdout).len(), 1);
}

#[test]
fn what_openclaw_asks_on_its_own_is_no_attack() {
    // Its request for a title, as it really goes out.
    let asked = r#"{"previousRecap":"","messages":["user: What does the note say?"],"omittedContent":false}"#;
    let turn = json!({"v": 1, "type": "turn", "run_id_ts": "r_1", "user_messages": [{"role": "user", "content": asked}], "complete": true});
    let verdicts = feed(&["judge", "--judge", "rules"], format!("{turn}\n")).exits(0).lines();
    assert_eq!(verdicts[0]["severity"], "CLEAN", "{}", verdicts[0]);
}
