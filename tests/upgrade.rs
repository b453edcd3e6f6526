//! A state directory of the Python version: our programs work on it, and afterwards that version still reads all of it, in its own words.
//!
//! The statements and fields below are those of openclaw-sentrix 0.1.11 (`patrol/state.py`, `patrol/models.py`, `patrol/log_reader.py`, `police/db.py`).

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::Logs;

const TABLES: [(&str, &str); 3] =
    [("patrol_state.db", "cleared"), ("police.db", "case_files"), ("police.db", "investigated_flags")];

/// What it sends when it opens its databases; an older table than it expects would stay as it is.
const OPENS: [(&str, &str); 2] = [
    (
        "patrol_state.db",
        "CREATE TABLE IF NOT EXISTS cleared (run_id_ts TEXT PRIMARY KEY, status TEXT NOT NULL, reviewed_at TEXT NOT NULL, \
         ruleset_version TEXT NOT NULL, model_version TEXT NOT NULL)",
    ),
    (
        "police.db",
        "CREATE TABLE IF NOT EXISTS case_files (investigation_id TEXT PRIMARY KEY, flag_id TEXT NOT NULL, source_file TEXT NOT NULL, \
         concluded_at TEXT NOT NULL, case_file_json TEXT NOT NULL); \
         CREATE TABLE IF NOT EXISTS investigated_flags (flag_id TEXT PRIMARY KEY, investigated_at TEXT NOT NULL, investigation_id TEXT NOT NULL);",
    ),
];

fn open(logs: &Logs, name: &str) -> Connection {
    let db = Connection::open(logs.file(name)).unwrap();
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    for (_, sql) in OPENS.iter().filter(|(of, _)| *of == name) {
        db.execute_batch(sql).unwrap();
    }
    db
}

fn rows(db: &Connection, sql: &str) -> Vec<Vec<Cell>> {
    let mut query = db.prepare(sql).unwrap();
    let columns = query.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    query.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// A table as it stands in a file of the directory: how it was made, and its rows.
fn table(logs: &Logs, file: &str, table: &str) -> (Vec<Vec<Cell>>, Vec<Vec<Cell>>) {
    let db = open(logs, file);
    let made = rows(&db, &format!("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'"));
    (made, rows(&db, &format!("SELECT * FROM {table}")))
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|end| end == "json") {
            found.insert(entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn run(program: &str, logs: &Logs, args: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_sentrix-patrol")).parent().unwrap();
    let mut command = Command::new(folder.join(program));
    let output = command.args(args).env_clear().env("SENTRIX_LOG_DIR", logs.path()).output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Patrols and investigates what is there.
fn work(logs: &Logs) -> usize {
    run("sentrix-patrol", logs, &["--once", "--quiet", "--judge", "rules", "--run-timeout", "0"]);
    run("sentrix-police", logs, &["--quiet", "--judge", "offline"]).lines().count()
}

/// Records more, as a new session does: turns under names of their own, one of them with a token in it.
fn record(logs: &Logs) {
    let stream =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo/raw-stream.jsonl"));
    let stream = stream.unwrap().replace("\"runId\":\"", "\"runId\":\"new-");
    logs.write("raw.jsonl", stream);
    let input = logs.file("raw.jsonl");
    run("sentrix-collect", logs, &["--once", "--input", input.to_str().unwrap()]);
}

/// The turns that its reader finds: file by file, with what it does about an end that is missing.
fn turns(logs: &Logs) -> Vec<(String, String)> {
    let mut turns = Vec::new();
    for (name, bytes) in files(logs.path()) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let mut text = text.trim_end().to_owned();
        if !text.ends_with(']') {
            text = format!("{}\n]", text.trim_end_matches(','));
        }
        let Ok(Value::Array(events)) = serde_json::from_str(&text) else { continue };
        for event in events.iter().filter(|event| event["event"] == "assistant_message_end") {
            turns.push((name.clone(), format!("{}_{}", event["runId"].as_str().unwrap(), event["ts"])));
        }
    }
    turns
}

/// Whether a line of flags is what its class takes: names, types, bounds.
#[track_caller]
fn is_its_flag(flag: &Value) {
    let text = |of: &Value, name: &str| assert!(of[name].is_string(), "{name}: {of}");
    let texts = |of: &Value, name: &str| {
        assert!(of[name].as_array().unwrap().iter().all(Value::is_string), "{name}: {of}");
    };
    let sure =
        |of: &Value, name: &str| assert!((0.0..=1.0).contains(&of[name].as_f64().unwrap()), "{name}: {of}");
    let graded = |of: &Value, name: &str| {
        assert!(["CLEAN", "LOW", "MEDIUM", "HIGH"].contains(&of[name].as_str().unwrap()), "{name}: {of}");
    };
    ["flag_id", "source_file", "run_id_ts", "referral_summary", "timestamp"]
        .iter()
        .for_each(|name| text(flag, name));
    ["pii_labels_union", "categories"].iter().for_each(|name| texts(flag, name));
    sure(flag, "consensus_confidence");
    graded(flag, "consensus_severity");
    assert!(flag["pheromone_level"].is_number(), "{flag}");
    for vote in flag["votes"].as_array().unwrap() {
        ["vote_id", "source_agent", "source_file", "observation", "timestamp", "category", "run_id_ts"]
            .iter()
            .for_each(|name| text(vote, name));
        texts(vote, "pii_labels_detected");
        sure(vote, "confidence");
        graded(vote, "severity");
    }
}

/// Whether a case holds what its bridge and its `police` command show of one.
#[track_caller]
fn is_its_case(case: &Value) {
    for name in ["crime_classification", "severity_score", "case_facts", "verdict_summary"] {
        assert!(case[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {case}");
    }
    assert!((0.0..=1.0).contains(&case["confidence"].as_f64().unwrap()), "{case}");
    assert!(case["relevant_log_ids"].as_array().unwrap().iter().all(Value::is_string), "{case}");
}

#[test]
fn what_the_python_version_kept_stays_and_what_is_added_is_in_its_form() {
    let logs = Logs::copy_of("python-archive/agent_logs");
    let tables = TABLES.map(|(file, name)| table(&logs, file, name));
    let (old_files, old_reports) = (files(logs.path()), files(&logs.file("reports")));
    let old_flags = fs::read(logs.file("patrol_flags.jsonl")).unwrap();
    let old_turns = turns(&logs);
    assert!(tables.iter().all(|(_, rows)| !rows.is_empty()) && old_turns.len() > 10, "the fixture is empty");

    let first = work(&logs);
    record(&logs);
    assert!(first > 0 && work(&logs) > 0, "nothing was added");

    for ((file, name), (made, old)) in TABLES.into_iter().zip(&tables) {
        let (made_now, now) = table(&logs, file, name);
        assert_eq!(&made_now, made, "{name} is made as it was");
        assert!(old.iter().all(|row| now.contains(row)), "{name} has lost a row");
        assert!(now.len() > old.len(), "nothing was added to {name}");
        assert!(now.iter().flatten().all(|cell| matches!(cell, Cell::Text(_))), "{name}: all is text");
    }
    let (new_files, new_reports) = (files(logs.path()), files(&logs.file("reports")));
    assert!(old_files.iter().all(|(name, bytes)| &new_files[name] == bytes), "a log file was changed");
    assert!(old_reports.iter().all(|(name, bytes)| &new_reports[name] == bytes), "a report was changed");
    let flags = fs::read(logs.file("patrol_flags.jsonl")).unwrap();
    assert!(flags.starts_with(&old_flags) && flags.len() > old_flags.len());
    logs.flags().iter().for_each(is_its_flag);
    let found = turns(&logs);
    assert!(found.starts_with(&old_turns), "its reader finds its own turns");
    assert!(found.iter().any(|(_, turn)| turn.starts_with("new-")), "its reader finds ours");
    assert!(new_reports.len() > old_reports.len());
    for report in new_reports.values() {
        let case: Value = serde_json::from_slice(report).unwrap();
        is_its_case(&case);
        assert!(
            ["investigation_id", "flag_id", "source_file"].iter().all(|name| case[name].is_string()),
            "{case}"
        );
    }
}

#[test]
fn going_back_it_knows_what_it_reviewed_and_what_has_a_case() {
    let logs = Logs::copy_of("python-archive/agent_logs");
    let its = "SELECT run_id_ts, ruleset_version, model_version FROM cleared WHERE model_version = 'gpt-4o-mini' ORDER BY 1";
    let before = rows(&open(&logs, "patrol_state.db"), its);
    record(&logs);
    work(&logs);
    let patrol = open(&logs, "patrol_state.db");
    assert_eq!(rows(&patrol, its), before, "what it reviewed is reviewed");
    // A turn of ours is pending for it: no row says that its model has seen it.
    let ours = turns(&logs).into_iter().filter(|(_, turn)| turn.starts_with("new-"));
    for (_, turn) in ours {
        let seen = "SELECT count(*) FROM cleared WHERE run_id_ts = ?1 AND model_version = 'gpt-4o-mini'";
        assert_eq!(patrol.query_row(seen, [&turn], |row| row.get::<_, i64>(0)), Ok(0), "{turn}");
    }
    let police = open(&logs, "police.db");
    let newest = "SELECT investigation_id, flag_id, source_file, concluded_at, case_file_json FROM case_files ORDER BY concluded_at DESC LIMIT 50";
    let listed = rows(&police, newest);
    assert!(listed.len() > 3);
    for row in &listed {
        let [.., Cell::Text(json)] = &row[..] else { panic!("{row:?}") };
        is_its_case(&serde_json::from_str(json).unwrap());
    }
    for flag in logs.flags().iter().filter(|flag| flag["consensus_severity"] != "LOW") {
        let known = "SELECT count(*) FROM investigated_flags WHERE flag_id = ?1";
        let known: i64 = police.query_row(known, [flag["flag_id"].as_str()], |row| row.get(0)).unwrap();
        assert_eq!(known, 1, "{flag}");
    }
}

#[test]
fn what_it_adds_after_going_back_is_taken_up_again() {
    let logs = Logs::copy_of("python-archive/agent_logs");
    work(&logs);
    let flagged = logs.flags();
    // It goes on: an unclosed log file, a mark over one of ours, a flag, and a case for it.
    let event = r#"{"ts": 1795400000000, "event": "assistant_message_end", "runId": "back", "rawText": "Hello.", "rawThinking": ""}"#;
    logs.write("20261130T000000.json", format!("[\n  {event},\n"));
    let patrol = open(&logs, "patrol_state.db");
    let mark = "INSERT OR REPLACE INTO cleared (run_id_ts, status, reviewed_at, ruleset_version, model_version) VALUES (?1, 'HIGH', '2026-11-30T00:00:01Z', 'v1.0', 'gpt-4o-mini')";
    let over: String = patrol
        .query_row("SELECT run_id_ts FROM cleared WHERE model_version = 'rules'", [], |row| row.get(0))
        .unwrap();
    for turn in ["back_1795400000000", &over] {
        assert_eq!(patrol.execute(mark, [turn]), Ok(1));
    }
    drop(patrol);
    let flag = flagged[0].to_string().replace(flagged[0]["flag_id"].as_str().unwrap(), "flag-of-then");
    let lines = fs::read_to_string(logs.file("patrol_flags.jsonl")).unwrap();
    logs.write("patrol_flags.jsonl", format!("{lines}{flag}\n"));
    let police = open(&logs, "police.db");
    let case = "INSERT INTO case_files (investigation_id, flag_id, source_file, concluded_at, case_file_json) VALUES ('case-of-then', 'flag-of-then', '20261130T000000.json', '2026-11-30T00:00:02.5Z', '{\"crime_classification\":\"unknown\",\"severity_score\":\"LOW\",\"confidence\":0.5,\"case_facts\":\"x\",\"relevant_log_ids\":[],\"verdict_summary\":\"y\"}')";
    police.execute_batch(case).unwrap();
    police.execute_batch("INSERT OR REPLACE INTO investigated_flags (flag_id, investigated_at, investigation_id) VALUES ('flag-of-then', '2026-11-30T00:00:02.5Z', 'case-of-then')").unwrap();
    drop(police);

    assert_eq!(work(&logs), 0, "what it investigated has its case");
    let patrol = open(&logs, "patrol_state.db");
    let kept = "SELECT count(*) FROM cleared WHERE model_version = 'gpt-4o-mini' AND reviewed_at = '2026-11-30T00:00:01Z'";
    assert_eq!(patrol.query_row(kept, [], |row| row.get(0)), Ok(2), "its marks stay");
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE run_id_ts = 'back_1795400000000'"), 1);
    let shown = run("sentrix-police", &logs, &["list", "--json"]);
    assert!(shown.contains("case-of-then"), "{shown}");
    assert_eq!(logs.flags().len(), flagged.len() + 1, "nothing is flagged twice");
}
