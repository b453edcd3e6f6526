//! `sentrix-patrol`: sweeps, state, delivery, and what must never happen: a turn called reviewed that was not, a flag
//! lost, a flag doubled.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;
use support::{Logs, PLANTED, archive, array, command, delta, end, run};

const FILE: &str = "20260310T014033.json";

fn ids(flags: &[Value]) -> HashSet<String> {
    flags.iter().map(|flag| flag["flag_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_flag_has_the_fields_of_the_contract_and_leaks_nothing() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, "fine"), end("r", 2, PLANTED)]);
    logs.patrol(&[]).exits(0);
    let flags = logs.flags();
    assert_eq!(flags.len(), 1);
    let flag = &flags[0];
    for field in [
        "flag_id",
        "source_file",
        "run_id_ts",
        "consensus_severity",
        "consensus_confidence",
        "votes",
        "pii_labels_union",
    ] {
        assert!(!flag[field].is_null(), "{field} is missing");
    }
    assert_eq!(flag["run_id_ts"], "r_2");
    assert_eq!(flag["consensus_severity"], "HIGH");
    assert_eq!(flag["categories"], serde_json::json!(["pii_leak"]));
    assert_eq!(flag["votes"][0]["source_agent"], "rules");
    let evidence = &flag["evidence"][0];
    let file = fs::read(logs.file(FILE)).unwrap();
    let range = evidence["start"].as_u64().unwrap() as usize..evidence["end"].as_u64().unwrap() as usize;
    assert_eq!(blake3::hash(&file[range]).to_hex().as_str(), evidence["blake3"].as_str().unwrap());
    let line = fs::read_to_string(logs.file("patrol_flags.jsonl")).unwrap();
    assert!(!line.contains("MIIEowIBAAKCAQEAx7Vd0y8m"), "the flag holds the key:\n{line}");
    let mode = fs::metadata(logs.file("patrol_flags.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_sweep_finds_nothing_new_and_a_third_only_what_was_added() {
    let logs = Logs::new();
    let planted = archive(&logs, FILE, "r", 50);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.flags().len(), planted);
    let again = logs.patrol(&[]).exits(0);
    assert!(again.stderr.contains("nothing new"), "{}", again.stderr);
    // The collector's append: the closing bracket is overwritten.
    let mut text = fs::read_to_string(logs.file(FILE)).unwrap();
    text.truncate(text.len() - 2);
    text.push_str(&format!(",\n  {}\n]\n", end("r", 99, PLANTED)));
    logs.write(FILE, text);
    let third = logs.patrol(&[]).exits(0);
    assert!(third.stderr.contains("1 turns reviewed"), "{}", third.stderr);
    assert_eq!(logs.flags().len(), planted + 1);
    assert_eq!(ids(&logs.flags()).len(), planted + 1);
}

#[test]
fn another_ruleset_reviews_everything_again_under_the_same_ids() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 20);
    logs.patrol(&[]).exits(0);
    let before = ids(&logs.flags());
    let again = logs.patrol(&["--ruleset-version", "v2"]).exits(0);
    assert!(again.stderr.contains("20 turns reviewed"), "{}", again.stderr);
    assert_eq!(ids(&logs.flags()), before);
    assert_eq!(logs.flags().len(), before.len(), "a known flag was delivered again");
}

#[test]
fn the_same_record_has_the_same_ids_on_another_machine() {
    let (here, there) = (Logs::new(), Logs::new());
    for logs in [&here, &there] {
        archive(logs, FILE, "r", 30);
        logs.patrol(&[]).exits(0);
    }
    assert_eq!(ids(&here.flags()), ids(&there.flags()));
}

#[test]
fn one_name_for_two_turns_hides_neither() {
    let logs = Logs::new();
    let events = [end("r", 1, "fine"), end("r", 1, PLANTED), end("r", 1, &format!("again {PLANTED}"))];
    logs.log(FILE, &events);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.flags().len(), 2);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), 3);
}

#[test]
fn a_replaced_file_is_reviewed_from_its_beginning() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 5);
    logs.patrol(&[]).exits(0);
    logs.log(FILE, &[end("other", 1, &format!("{PLANTED} {}", "padding ".repeat(500)))]);
    let again = logs.patrol(&[]).exits(0);
    assert!(again.stderr.contains("not what was reviewed before"), "{}", again.stderr);
    assert!(logs.flags().iter().any(|flag| flag["run_id_ts"] == "other_1"));
}

#[test]
fn a_silent_run_is_reviewed_and_a_live_one_waits() {
    let logs = Logs::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    logs.log(FILE, &[delta("old", 1000, PLANTED), delta("live", now, PLANTED)]);
    logs.patrol(&[]).exits(0);
    let flagged: Vec<Value> = logs.flags().iter().map(|flag| flag["run_id_ts"].clone()).collect();
    assert_eq!(flagged, ["old_1000"]);
    // Without a new byte in the record: time alone makes a live run a silent one.
    logs.patrol(&["--run-timeout", "0"]).exits(0);
    assert_eq!(logs.flags().len(), 2);
    logs.patrol(&["--run-timeout", "0"]).exits(0);
    assert_eq!(logs.flags().len(), 2);
}

#[test]
fn a_time_that_has_not_come_yet_keeps_nothing_from_being_reviewed() {
    let logs = Logs::new();
    let never = 4_102_444_800_000;
    logs.log(FILE, &[delta("cut", never, PLANTED), end("whole", never, PLANTED)]);
    // With a log file of the tap a whole message waits for its exchange, too.
    logs.log("20260310T014033-tap.json", &[]);
    let patrol = || logs.patrol(&["--run-timeout", "1"]);
    patrol().exits(0);
    assert_eq!(logs.flags().len(), 0, "neither run can be known to be silent yet");
    std::thread::sleep(Duration::from_millis(1500));
    patrol().exits(0);
    // What was cut off waits as a message from now on.
    std::thread::sleep(Duration::from_millis(1500));
    patrol().exits(0);
    let named: HashSet<Value> = logs.flags().iter().map(|flag| flag["run_id_ts"].clone()).collect();
    assert_eq!(named, ["cut", "whole"].map(|run| Value::from(format!("{run}_{never}"))).into());
    assert_eq!(logs.state("SELECT count(*) FROM open_runs WHERE spans <> '[]'"), 0);
}

#[test]
fn a_state_that_believes_a_time_to_come_is_put_right() {
    let logs = Logs::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    logs.log(FILE, &[delta("r", now, PLANTED)]);
    logs.patrol(&[]).exits(0);
    let db = rusqlite::Connection::open(logs.file("patrol_state.db")).unwrap();
    assert_eq!(db.execute("UPDATE open_runs SET last_ts = 4102444800000", []).unwrap(), 1);
    drop(db);
    logs.patrol(&["--run-timeout", "1"]).exits(0);
    std::thread::sleep(Duration::from_millis(1500));
    logs.patrol(&["--run-timeout", "1"]).exits(0);
    assert_eq!(logs.flags().len(), 1);
}

#[test]
fn a_delta_of_the_message_that_the_last_sweep_ended_with_is_no_message() {
    let logs = Logs::new();
    let mut events = vec![delta("a", 1, "hel"), end("a", 5, "hello")];
    logs.log(FILE, &events);
    logs.patrol(&[]).exits(0);
    events.push(delta("a", 4, "lo"));
    logs.log(FILE, &events);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), 1);
    // One of the next message is, and it has no end.
    events.push(delta("a", 9, "and"));
    logs.log(FILE, &events);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), 2);
}

#[test]
fn an_end_in_the_next_sweep_covers_the_deltas_of_this_one() {
    let logs = Logs::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    logs.log(FILE, &[delta("r", now, "all is ")]);
    logs.patrol(&[]).exits(0);
    logs.log("20260310T020000.json", &[delta("r", now, "well"), end("r", now + 1, "")]);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.state("SELECT count(*) FROM open_runs"), 0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), 1);
}

#[test]
fn a_gap_that_the_collector_marked_is_a_flag() {
    let logs = Logs::new();
    let gap = r#"{"event":"sentrix_gap","ts":5,"why":"truncated","source":{"file":"raw.jsonl","offset":10,"bytes":77}}"#;
    logs.log(FILE, &[gap.to_owned(), end("r", 6, "fine")]);
    logs.patrol(&[]).exits(0);
    let flags = logs.flags();
    assert_eq!(flags.len(), 1);
    assert_eq!(flags[0]["pii_labels_union"], serde_json::json!(["capture_gap"]));
    assert_eq!(flags[0]["categories"], serde_json::json!(["other"]));
}

#[test]
fn unreadable_bytes_are_flagged_once_and_the_rest_is_reviewed() {
    let logs = Logs::new();
    logs.write(
        FILE,
        format!("[\n  {}\n,\n  {{broken\n,\n  {}\n]\n", end("r", 1, PLANTED), end("r", 2, PLANTED)),
    );
    let first = logs.patrol(&[]).exits(3);
    assert!(first.stderr.contains(FILE), "{}", first.stderr);
    let flags = logs.flags();
    assert_eq!(flags.len(), 3);
    assert_eq!(flags.iter().filter(|flag| flag["categories"][0] == "other").count(), 1);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.flags().len(), 3);
}

#[test]
fn what_the_python_version_left_is_read_and_nothing_of_it_is_lost() {
    let logs = Logs::copy_of("python-archive/agent_logs");
    let old_flags = logs.flags();
    let old_rows = logs.state("SELECT count(*) FROM cleared");
    let old_state = logs.state("SELECT count(*) FROM cleared WHERE model_version <> 'rules'");
    assert!(!old_flags.is_empty() && old_rows > 0, "the fixture is empty");
    logs.patrol(&[]).exits(0);
    let flags = logs.flags();
    assert_eq!(&flags[..old_flags.len()], &old_flags[..], "old flags were changed");
    assert!(logs.state("SELECT count(*) FROM cleared") >= old_rows);
    assert_eq!(logs.state("SELECT count(*) FROM cleared WHERE model_version <> 'rules'"), old_state);
    let turns = run(command(&["turns"]).arg(logs.path())).exits(0).lines().len() as i64;
    assert_eq!(logs.state("SELECT count(*) FROM reviewed"), turns);
    logs.patrol(&[]).exits(0);
    assert_eq!(logs.flags(), flags);
}

#[test]
fn a_turn_that_was_flagged_before_is_not_flagged_again_unless_it_is_worse() {
    for (old, expected) in [("HIGH", 1), ("LOW", 2)] {
        let logs = Logs::new();
        logs.log(FILE, &[end("r", 1, PLANTED)]);
        logs.write(
            "patrol_flags.jsonl",
            format!("{{\"flag_id\":\"old\",\"target_agent_id\":\"{FILE}\",\"run_id_ts\":\"r_1\",\"consensus_severity\":\"{old}\"}}\n"),
        );
        logs.patrol(&[]).exits(0);
        assert_eq!(logs.flags().len(), expected, "an old {old} flag");
    }
}

#[test]
fn a_patrol_that_is_killed_loses_no_flag_and_doubles_none() {
    let logs = Logs::new();
    let mut planted = 0;
    for file in 0..4 {
        planted += archive(&logs, &format!("2026031{file}T000000.json"), &format!("run{file}"), 3000);
    }
    // From before it opens anything to after its last write; the seed is the step.
    let mut killed = 0;
    for step in 0..60 {
        let mut child = command(&[]).arg(logs.path()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(step * 4000));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if step % 20 == 19 {
            // So that later kills find work as well.
            planted += archive(&logs, &format!("20260320T0000{step}.json"), &format!("late{step}"), 3000);
        }
    }
    assert!(killed > 0, "no patrol was killed while it ran");
    logs.patrol(&[]).exits(0);
    assert_eq!(ids(&logs.flags()).len(), planted);
    assert_eq!(logs.state("SELECT count(*) FROM flags"), planted as i64);
    assert_eq!(logs.state("SELECT count(*) FROM flags WHERE delivered = 0"), 0);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE status <> 'CLEAN'"), planted as i64);
}

#[test]
fn two_patrols_do_not_sweep_at_once() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 10);
    let mut first =
        command(&["--follow"]).arg(logs.path()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut told = BufReader::new(first.stderr.take().unwrap()).lines();
    // Its first words come after it has the lock.
    told.next().unwrap().unwrap();
    let second = logs.patrol(&[]).exits(0);
    assert!(second.stderr.contains("another patrol"), "{}", second.stderr);
    assert!(second.stderr.contains(&first.id().to_string()), "{}", second.stderr);
    first.kill().unwrap();
    first.wait().unwrap();
    let third = logs.patrol(&[]).exits(0);
    assert!(!third.stderr.contains("another patrol"), "a dead owner still holds the lock: {}", third.stderr);
}

#[test]
fn following_flags_what_is_added_and_ends_by_signal() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, "fine")]);
    let mut child = command(&["--follow", "--flags", "-", "--poll", "1"])
        .arg(logs.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut flags = BufReader::new(child.stdout.take().unwrap()).lines();
    logs.log("20260310T020000.json", &[end("r", 2, PLANTED)]);
    let flag: Value = serde_json::from_str(&flags.next().unwrap().unwrap()).unwrap();
    assert_eq!(flag["run_id_ts"], "r_2");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_damaged_state_is_told_and_kept() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 1);
    logs.write("patrol_state.db", [0x55; 8192]);
    let ended = logs.patrol(&[]).exits(5);
    assert!(ended.stderr.contains("patrol_state.db"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert_eq!(fs::read(logs.file("patrol_state.db")).unwrap(), [0x55; 8192]);
    assert!(logs.flags().is_empty());
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    let logs = Logs::new();
    archive(&logs, FILE, "r", 1);
    rusqlite::Connection::open(logs.file("patrol_state.db"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let ended = logs.patrol(&[]).exits(4);
    assert!(ended.stderr.contains("newer version"), "{}", ended.stderr);
}

#[test]
fn sweeping_as_the_record_grows_reviews_what_one_sweep_would() {
    for seed in 1..=4u64 {
        let mut random = seed;
        let mut next = move |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let (growing, whole) = (Logs::new(), Logs::new());
        let mut ts = 0;
        for file in 0..4 {
            let name = format!("2026031{file}T000000.json");
            let (mut events, mut shown) = (Vec::new(), 0);
            for _ in 0..next(30) {
                let run = format!("run-{}", next(4));
                ts += 1;
                events.push(match next(5) {
                    0 => end(&run, ts, PLANTED),
                    1 => end(&run, ts, ""),
                    2 => end(&run, ts, "fine"),
                    _ => delta(&run, ts, if next(3) == 0 { PLANTED } else { "so far so good " }),
                });
                // The file on disk is whole at every look, as the collector keeps it, or torn, as a copy may be.
                if next(4) == 0 {
                    let mut text = array(&events);
                    if next(3) == 0 {
                        // Never shorter than before: that would be another file.
                        text.truncate(
                            text.len() - next(40).min(text.len().saturating_sub(shown) as u64) as usize,
                        );
                    }
                    shown = text.len();
                    growing.write(&name, text);
                    let looked = growing.patrol(&["--run-timeout", "99999999999"]);
                    assert!(matches!(looked.code, Some(0 | 3)), "{}", looked.stderr);
                }
            }
            growing.log(&name, &events);
            whole.log(&name, &events);
        }
        growing.patrol(&["--run-timeout", "99999999999"]).exits(0);
        whole.patrol(&["--run-timeout", "99999999999"]).exits(0);
        let reviewed = |logs: &Logs| -> Vec<(String, String)> {
            let db = rusqlite::Connection::open(logs.file("patrol_state.db")).unwrap();
            let mut rows = db.prepare("SELECT run_id_ts, status FROM reviewed ORDER BY 1, blake3").unwrap();
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(reviewed(&growing), reviewed(&whole), "seed {seed}");
        assert_eq!(ids(&growing.flags()), ids(&whole.flags()), "seed {seed}");
        let open = "SELECT count(*) FROM open_runs";
        assert_eq!(growing.state(open), whole.state(open), "seed {seed}");
    }
}
