//! What the police's tests share: flags that the real patrol raised, the real program, and its cases.

#![allow(dead_code, reason = "each test file uses its part of this")]

use crate::support::{Ended, Logs, run};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub const FILE: &str = "20260310T014033.json";
/// What every planted turn holds, in no test's output may it be.
pub const SECRET: &str = "MIIEowIBAAKCAQEAx7Vd0y8mQ2kqP1ZtY3uWb9cR5sLfH6jNaEoXgT4vKpDiUwBz";

/// The program on a log directory, with nothing of the caller's surroundings.
pub fn command(logs: &Logs, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-police"));
    command.env_clear().env("SENTRIX_LOG_DIR", logs.path()).stdin(Stdio::null()).args(args);
    command
}

pub fn police(logs: &Logs, args: &[&str]) -> Ended {
    run(&mut command(logs, args))
}

/// Lets the rules patrol the directory. Returns the flags.
pub fn patrolled(logs: &Logs) -> Vec<Value> {
    logs.patrol(&["--judge", "rules", "--quiet"]).exits(0);
    logs.flags()
}

/// Writes the flags file anew.
pub fn write_flags(logs: &Logs, flags: &[Value]) {
    let text: String = flags.iter().map(|flag| format!("{flag}\n")).collect();
    logs.write("patrol_flags.jsonl", text);
}

/// The cases of the database, as the program lists them.
pub fn cases(logs: &Logs) -> Vec<Value> {
    police(logs, &["list"]).exits(0).lines()
}

/// The reports, by name.
pub fn reports(logs: &Logs) -> Vec<(PathBuf, Value)> {
    let Ok(entries) = fs::read_dir(logs.file("reports")) else { return Vec::new() };
    let mut reports: Vec<(PathBuf, Value)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let report = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path, report)
        })
        .collect();
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    reports
}

/// One number from the police's database.
pub fn count(logs: &Logs, query: &str) -> i64 {
    logs.number("police.db", query)
}

/// Every flag has one case, one mark and one report, they say the same, and nothing else is there.
#[track_caller]
pub fn each_flag_has_one_case(logs: &Logs) {
    let mut flags: Vec<String> = logs.flags().iter().map(|flag| text(flag, "flag_id")).collect();
    flags.sort();
    flags.dedup();
    let cases = cases(logs);
    let of = |values: &[Value]| {
        let mut ids: Vec<String> = values.iter().map(|value| text(value, "flag_id")).collect();
        ids.sort();
        ids
    };
    assert_eq!(of(&cases), flags, "cases");
    let reports = reports(logs);
    let values: Vec<Value> = reports.iter().map(|(_, report)| report.clone()).collect();
    assert_eq!(of(&values), flags, "reports");
    for report in &values {
        assert!(cases.contains(report), "a report says other than its case: {report}");
    }
    assert_eq!(count(logs, "SELECT count(*) FROM investigated_flags"), flags.len() as i64);
    for table in ["queue", "drafts"] {
        assert_eq!(count(logs, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

/// What the program printed, whichever way.
pub fn said(ended: &Ended) -> String {
    format!("{}{}", String::from_utf8_lossy(&ended.stdout), ended.stderr)
}
