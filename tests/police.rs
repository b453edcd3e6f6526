//! The police without a model: the queue's order, cases that rest on the record, and what people are shown of them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod investigation;
mod support;

use investigation::*;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use support::{Logs, PLANTED, end, lines, run};

/// As many planted turns as there are severities, flagged by the patrol, then given these severities: the later the older.
fn flagged(logs: &Logs, severities: &[&str]) {
    logs.log(FILE, &(0..severities.len()).map(|n| end("r", n as i64, PLANTED)).collect::<Vec<_>>());
    let mut flags = patrolled(logs);
    assert_eq!(flags.len(), severities.len());
    flags.sort_by_key(|flag| text(flag, "run_id_ts"));
    for (n, (flag, severity)) in flags.iter_mut().zip(severities).enumerate() {
        flag["consensus_severity"] = (*severity).into();
        flag["timestamp"] = format!("2026-03-10T01:{:02}:00.000Z", 50 - n).into();
    }
    write_flags(logs, &flags);
}

fn turns(cases: &[Value]) -> Vec<String> {
    cases.iter().map(|case| text(case, "run_id_ts")).collect()
}

#[test]
fn the_most_severe_come_first_then_the_oldest() {
    let logs = Logs::new();
    flagged(&logs, &["LOW", "HIGH", "MEDIUM", "HIGH", "LOW"]);
    let waiting = police(&logs, &["list", "--waiting"]).exits(0).lines();
    assert_eq!(turns(&waiting), ["r_3", "r_1", "r_2", "r_4", "r_0"]);
    let ended = police(&logs, &["--escalation", "low_above"]).exits(0);
    assert_eq!(turns(&ended.lines()), ["r_3", "r_1", "r_2", "r_4", "r_0"]);
    each_flag_has_one_case(&logs);
}

#[test]
fn the_escalation_says_what_is_investigated_and_the_rest_waits() {
    let logs = Logs::new();
    flagged(&logs, &["LOW", "HIGH", "MEDIUM"]);
    assert_eq!(turns(&police(&logs, &["--escalation", "high_only"]).exits(0).lines()), ["r_1"]);
    assert_eq!(turns(&police(&logs, &[]).exits(0).lines()), ["r_2"], "MEDIUM and above is the default");
    assert_eq!(turns(&police(&logs, &["list", "--waiting"]).exits(0).lines()), ["r_0"]);
    assert_eq!(turns(&police(&logs, &["--escalation", "low_above"]).exits(0).lines()), ["r_0"]);
    each_flag_has_one_case(&logs);
}

#[test]
fn without_a_key_a_case_is_complete_and_says_that_no_model_was_asked() {
    let logs = Logs::new();
    let events = [end("q", 1, "hello"), end("r", 2, PLANTED), end("s", 3, "goodbye")];
    logs.log(FILE, &events);
    let flag = patrolled(&logs).remove(0);
    let ended = police(&logs, &[]).exits(0);
    let case = ended.lines().remove(0);
    assert_eq!(case["flag_id"], flag["flag_id"]);
    assert_eq!(case["crime_classification"], "pii_leak");
    assert_eq!((&case["severity_score"], &case["relevant_log_ids"]), (&json!("HIGH"), &json!(["r_2"])));
    assert_eq!((&case["investigator"], &case["model_asked"]), (&json!("offline"), &json!(false)));
    assert_eq!(case["evidence_standing"], "verified");
    let facts = text(&case, "case_facts");
    for told in ["r_2 stands in 20260310T014033.json", "q_1", "s_3", "PRIVATE_KEY", "No model was asked"] {
        assert!(facts.contains(told), "{told}: {facts}");
    }
    assert!(text(&case, "verdict_summary").contains("No model was asked"), "{case}");
    each_flag_has_one_case(&logs);
    let kept = std::fs::read(logs.file("police.db")).unwrap();
    let kept = String::from_utf8_lossy(&kept).into_owned() + &said(&ended) + &case.to_string();
    assert!(!kept.contains(SECRET), "a case holds the secret that it is about");
}

#[test]
fn a_report_is_named_after_its_case_and_its_moment() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH"]);
    let case = police(&logs, &[]).exits(0).lines().remove(0);
    let (path, report) = reports(&logs).remove(0);
    let stamp: String = text(&case, "concluded_at").chars().take(19).filter(|c| !"-:".contains(*c)).collect();
    let name = format!("case_{}_{stamp}Z.json", text(&case, "investigation_id"));
    assert_eq!(path.file_name().unwrap().to_str(), Some(name.as_str()));
    assert_eq!(report, case);
}

#[test]
fn a_flag_is_investigated_once_however_often_one_asks() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH", "LOW"]);
    police(&logs, &[]).exits(0);
    assert!(police(&logs, &[]).exits(0).stdout.is_empty());
    let first = police(&logs, &["investigate", "--flag-id", "2"]).exits(0).lines();
    let again = police(&logs, &["investigate", "--flag-id", "2"]).exits(0);
    assert_eq!((&again.lines(), again.stderr.contains("has its case already")), (&first, true));
    police(&logs, &["investigate"]).exits(0);
    police(&logs, &["investigate"]).exits(0);
    each_flag_has_one_case(&logs);
}

#[test]
fn one_flag_is_named_by_id_prefix_or_number() {
    let logs = Logs::new();
    flagged(&logs, &["LOW", "LOW"]);
    let id = text(&logs.flags()[0], "flag_id");
    let case = police(&logs, &["investigate", "--flag-id", &id[..9]]).exits(0).lines().remove(0);
    assert_eq!(text(&case, "flag_id"), id);
    let case = police(&logs, &["investigate", "--flag-id", "1"]).exits(0).lines().remove(0);
    assert_eq!(case["flag_id"], logs.flags()[1]["flag_id"], "1 is the latest");
    for unknown in ["9", "0", "nothing-of-that-name"] {
        let ended = police(&logs, &["investigate", "--flag-id", unknown]).exits(2);
        assert!(ended.stderr.contains(&format!("no flag {unknown}")), "{}", ended.stderr);
    }
}

#[test]
fn evidence_is_read_again_and_checked() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH"]);
    police(&logs, &[]).exits(0);
    let id = text(&cases(&logs)[0], "investigation_id");
    let now = |code: i32| {
        let shown = police(&logs, &["show", &id[..8], "--evidence"]).exits(code);
        text(&shown.lines()[0]["evidence_now"][0], "standing")
    };
    assert_eq!(now(0), "verified");
    let raw = police(&logs, &["show", &id, "--evidence", "--raw"]).exits(0);
    assert!(text(&raw.lines()[0]["evidence_now"][0], "bytes").contains(SECRET), "the bytes themselves");
    let before = std::fs::read_to_string(logs.file(FILE)).unwrap();
    logs.write(FILE, before.replace("MIIE", "MIIF"));
    assert_eq!(now(5), "changed");
    std::fs::remove_file(logs.file(FILE)).unwrap();
    assert_eq!(now(3), "missing");
    logs.write(FILE, before);
    assert_eq!(now(0), "verified");
}

#[test]
fn reports_for_people_stand_alone_and_let_nothing_in() {
    let logs = Logs::new();
    let hostile = "<script>alert(1)</script>[x](javascript:alert(2))";
    logs.log(FILE, &[end(&hostile.replace('"', "\\\""), 1, PLANTED)]);
    patrolled(&logs);
    let case = police(&logs, &[]).exits(0).lines().remove(0);
    let id = text(&case, "investigation_id");
    let report = |format| {
        let ended = police(&logs, &["report", &id, "--format", format]).exits(0);
        String::from_utf8(ended.stdout).unwrap()
    };
    assert_eq!(serde_json::from_str::<Value>(&report("json")).unwrap(), case);
    let html = report("html");
    assert!(html.starts_with("<!doctype html>") && html.contains("&lt;script&gt;"), "{html}");
    for outside in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside} in a page that has to stand alone");
    }
    let markdown = report("md");
    assert!(
        markdown.replace('\\', "").contains(&id)
            && !markdown.contains("<script>")
            && !markdown.contains("](java"),
        "{markdown}"
    );
    police(&logs, &["report", "none"]).exits(2);
}

#[test]
fn a_bad_line_among_the_flags_hides_no_other() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH", "HIGH", "HIGH"]);
    let flags = logs.flags();
    let mut text = format!("{}\n{{\"flag_id\":\"torn\n\u{fffd}\nnull\n", flags[0]).into_bytes();
    text.extend_from_slice(b"{\"flag_id\":\"x\",\"consensus_severity\":null}\n\xff\xfe\n");
    text.extend_from_slice(format!("{}\n{}", flags[1], flags[2]).as_bytes());
    logs.write("patrol_flags.jsonl", &text);
    let ended = police(&logs, &[]).exits(3);
    assert_eq!(ended.lines().len(), 2, "the last line is not whole yet");
    assert_eq!(ended.stderr.matches("is no flag").count(), 5, "{}", ended.stderr);
    text.push(b'\n');
    logs.write("patrol_flags.jsonl", &text);
    assert_eq!(police(&logs, &[]).exits(0).lines().len(), 1);
}

#[test]
fn every_case_is_told_once_to_a_command_that_gets_no_key() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH", "MEDIUM"]);
    let told = logs.file("told.jsonl");
    let line =
        format!("cat >> '{}'; test -z \"$OPENAI_API_KEY\" && test -n \"$SENTRIX_CASE_ID\"", told.display());
    let path = std::env::var("PATH").unwrap();
    let failing = police(&logs, &["--exec", "exit 1"]).exits(3);
    assert!(failing.stderr.contains("2 cases were not told"), "{}", failing.stderr);
    for _ in 0..2 {
        let mut command = command(&logs, &["--judge", "offline", "--exec", &line]);
        run(command.env("PATH", &path).env("OPENAI_API_KEY", "sk-nobodys")).exits(0);
    }
    let mut told = lines(&std::fs::read(told).unwrap());
    let mut cases = cases(&logs);
    for list in [&mut told, &mut cases] {
        list.sort_by_key(|case| text(case, "flag_id"));
    }
    assert_eq!(told, cases);
}

#[test]
fn followed_flags_become_cases_as_they_come() {
    let logs = Logs::new();
    flagged(&logs, &["HIGH"]);
    let mut child = command(&logs, &["--follow", "--quiet"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut cases = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&cases.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["run_id_ts"], "r_0");
    let second = police(&logs, &[]).exits(0);
    assert!(second.stderr.contains("another sentrix-police"), "{}", second.stderr);
    let mut flag = logs.flags().remove(0);
    flag["flag_id"] = "another".into();
    let mut file = std::fs::OpenOptions::new().append(true).open(logs.file("patrol_flags.jsonl")).unwrap();
    file.write_all(format!("{flag}\n").as_bytes()).unwrap();
    assert_eq!(next()["flag_id"], "another");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    each_flag_has_one_case(&logs);
}

#[test]
fn a_database_of_the_python_version_is_read_and_worked_on() {
    let logs = Logs::copy_of("python-archive/agent_logs");
    let before = count(&logs, "SELECT count(*) FROM case_files");
    assert!(before > 0);
    let listed = cases(&logs);
    assert_eq!(listed.len() as i64, before);
    let marked = count(&logs, "SELECT count(*) FROM investigated_flags");
    let ended = police(&logs, &["--escalation", "low_above"]).exits(0);
    let flags = logs.flags().len() as i64;
    assert_eq!(count(&logs, "SELECT count(*) FROM case_files"), before + ended.lines().len() as i64);
    assert!(count(&logs, "SELECT count(*) FROM investigated_flags") >= marked);
    let without = count(&logs, "SELECT count(*) FROM queue");
    assert_eq!(without, 0);
    for flag in logs.flags() {
        let id = text(&flag, "flag_id");
        let of = format!("SELECT count(*) FROM case_files WHERE flag_id = '{id}'");
        assert!(
            count(&logs, &of) >= 1 || flag["consensus_severity"] == "CLEAN",
            "{id} of {flags} has no case"
        );
    }
    for case in &listed {
        police(&logs, &["show", &text(case, "investigation_id"), "--evidence"]);
        police(&logs, &["report", &text(case, "investigation_id")]).exits(0);
    }
}
