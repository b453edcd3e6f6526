//! `sentrix export`: what other tools read. OCSF: the attributes that version 1.5.0 requires of class 2004. SARIF: those that 2.1.0 requires.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const PROGRAMS: &str = env!("CARGO_BIN_EXE_sentrix-collect");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(dir: &Path, name: &str, args: &[&str]) -> Output {
    let programs = Path::new(PROGRAMS).parent().unwrap();
    let path = if name == "sentrix" { root().join("scripts/sentrix") } else { programs.join(name) };
    let mut command = Command::new(path);
    command.args(args).current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("SENTRIX_BIN", programs).env("SENTRIX_LOG_DIR", "./logs").output().unwrap()
}

/// The recorded session, with its flags and cases.
fn recorded() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let stream = root().join("tests/data/demo/raw-stream.jsonl");
    for (name, args) in [
        ("sentrix-collect", &["--once", "--input", stream.to_str().unwrap()][..]),
        ("sentrix-patrol", &["--once", "--judge", "rules", "--run-timeout", "0"]),
        ("sentrix-police", &["--judge", "offline"]),
    ] {
        assert!(run(dir.path(), name, args).status.success(), "{name}");
    }
    dir
}

/// The log directory of the Python version.
fn of_python() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("logs")).unwrap();
    for name in ["patrol_flags.jsonl", "police.db"] {
        let from = root().join("tests/data/python-archive/agent_logs").join(name);
        fs::copy(from, dir.path().join("logs").join(name)).unwrap();
    }
    dir
}

fn lines(text: &[u8]) -> Vec<Value> {
    let rows = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    rows.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn exported(dir: &TempDir, args: &[&str]) -> Vec<Value> {
    let output = run(dir.path(), "sentrix", &[&["export"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&output.stdout)
}

fn flags(dir: &TempDir) -> Vec<Value> {
    lines(&fs::read(dir.path().join("logs/patrol_flags.jsonl")).unwrap())
}

/// What the schema requires of a Detection Finding, and that what says the same twice says the same.
#[track_caller]
fn is_a_detection_finding(finding: &Value) {
    let activity = finding["activity_id"].as_u64().unwrap();
    assert!((1..=3).contains(&activity), "{finding}");
    assert_eq!(finding["category_uid"], 2);
    assert_eq!(finding["class_uid"], 2004);
    assert_eq!(finding["type_uid"], 200_400 + activity);
    assert_eq!(
        finding["activity_name"],
        ["", "Create", "Update", "Close"][usize::try_from(activity).unwrap()]
    );
    // Milliseconds: a second-precise time would stand in 1970.
    assert!(finding["time"].as_i64().unwrap() > 1_700_000_000_000, "{finding}");
    let severity = usize::try_from(finding["severity_id"].as_u64().unwrap()).unwrap();
    let words = ["Unknown", "Informational", "Low", "Medium", "High", "Critical"];
    assert_eq!(finding["severity"], words[severity]);
    assert_eq!(finding["metadata"]["version"], "1.5.0");
    assert_eq!(finding["metadata"]["product"]["vendor_name"], "Sentrix");
    assert_eq!(finding["metadata"]["product"]["version"], env!("CARGO_PKG_VERSION"));
    for name in ["uid", "title"] {
        assert!(
            finding["finding_info"][name].as_str().is_some_and(|text| !text.is_empty()),
            "{name}: {finding}"
        );
    }
    if let Some(analytic) = finding["finding_info"].get("analytic") {
        assert!(
            analytic["type_id"].is_u64() && analytic["name"].is_string() && analytic["uid"].is_string(),
            "{finding}"
        );
    }
    for evidence in finding.get("evidences").and_then(Value::as_array).into_iter().flatten() {
        assert!(evidence["file"]["name"].is_string() && evidence["file"]["type_id"] == 1, "{finding}");
        assert!(evidence["data"]["rule"].is_string() && evidence["data"]["start"].is_u64(), "{finding}");
    }
    let confidence = finding["confidence_score"].as_u64().unwrap();
    assert!((1..=100).contains(&confidence), "{finding}");
}

#[test]
fn a_flag_creates_a_finding_and_a_case_updates_it() {
    let dir = recorded();
    let findings = exported(&dir, &[]);
    findings.iter().for_each(is_a_detection_finding);
    let (created, updated): (Vec<&Value>, Vec<&Value>) =
        findings.iter().partition(|finding| finding["activity_id"] == 1);
    let flags = flags(&dir);
    assert_eq!((created.len(), updated.len()), (flags.len(), flags.len()));
    for (flag, finding) in flags.iter().zip(created) {
        assert_eq!(finding["finding_info"]["uid"], flag["flag_id"]);
        assert_eq!(finding["severity"].as_str().unwrap().to_uppercase(), flag["consensus_severity"]);
        assert_eq!(finding["resources"][0]["uid"], flag["run_id_ts"]);
        assert_eq!(finding["finding_info"]["analytic"]["type"], "Rule");
        let evidence = flag["evidence"].as_array().unwrap();
        assert_eq!(finding["evidences"].as_array().unwrap().len(), evidence.len());
        for name in ["start", "end", "blake3", "rule", "snippet"] {
            assert_eq!(finding["evidences"][0]["data"][name], evidence[0][name], "{name}");
        }
        let case = updated.iter().find(|case| case["finding_info"]["uid"] == flag["flag_id"]).unwrap();
        assert_eq!(case["status"], "In Progress");
        assert_eq!(case["finding_info"]["title"], flag["categories"][0]);
        assert_eq!(case["evidences"][0]["data"]["rule"], evidence[0]["rule"]);
    }
    assert_eq!(exported(&dir, &["--flags"]).len(), flags.len());
    assert!(exported(&dir, &["--cases"]).iter().all(|finding| finding["activity_id"] == 2));
    let text = findings.iter().map(Value::to_string).collect::<String>();
    assert!(!text.contains("BEGIN RSA") && !text.contains("ghp_") && text.contains("ghp***"));
}

#[test]
fn a_log_for_code_hosts_has_every_finding_and_case() {
    let dir = recorded();
    let [log] = &exported(&dir, &["--format", "sarif"])[..] else { panic!("one log is one line") };
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(
        (driver["name"].as_str(), driver["version"].as_str()),
        (Some("sentrix"), Some(env!("CARGO_PKG_VERSION")))
    );
    let rules: Vec<&str> =
        driver["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let flags = flags(&dir);
    let evidence: usize = flags.iter().map(|flag| flag["evidence"].as_array().unwrap().len()).sum();
    assert_eq!(results.len(), evidence + flags.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index], "{result}");
        assert!(
            ["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()),
            "{result}"
        );
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(dir.path().join("logs").join(place["artifactLocation"]["uri"].as_str().unwrap()).is_file());
        assert!(result["partialFingerprints"]["sentrixFlag/v1"].is_string(), "{result}");
    }
    // What patrol itself prints says the same of its findings.
    let patrol = run(
        dir.path(),
        "sentrix-patrol",
        &["--state", "none", "--format", "sarif", "--judge", "rules", "--run-timeout", "0"],
    );
    let patrol: Value = serde_json::from_slice(&patrol.stdout).unwrap();
    for theirs in patrol["runs"][0]["results"].as_array().unwrap() {
        let same = |ours: &&Value| {
            ["ruleId", "level", "message", "locations", "partialFingerprints", "properties"]
                .iter()
                .all(|name| ours[name] == theirs[name])
        };
        assert!(results.iter().any(|ours| same(&ours)), "{theirs}");
    }
}

#[test]
fn flags_and_cases_of_the_python_version_are_exported() {
    let dir = of_python();
    let findings = exported(&dir, &[]);
    assert_eq!(findings.len(), 4 + 3);
    findings.iter().for_each(is_a_detection_finding);
    assert_eq!(
        exported(&dir, &["--format", "sarif"])[0]["runs"][0]["results"].as_array().unwrap().len(),
        4 + 3
    );
}

#[test]
fn a_line_that_is_no_flag_is_told_and_the_rest_is_exported_once() {
    let dir = of_python();
    let path = dir.path().join("logs/patrol_flags.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    // Delivered twice, a line of something else, a flag of hardly anything, and a torn end.
    fs::write(
        &path,
        format!("{text}{text}[1]\n\n{{\"flag_id\":\"x\",\"timestamp\":5,\"votes\":7}}\n{{\"flag_id\":\"to"),
    )
    .unwrap();
    let output = run(dir.path(), "sentrix", &["export", "--flags"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("2 lines of ./logs/patrol_flags.jsonl are no flags"), "{said}");
    let findings = lines(&output.stdout);
    assert_eq!(findings.len(), 5);
    assert_eq!((&findings[4]["severity_id"], &findings[4]["time"]), (&0.into(), &0.into()));
    let output = run(dir.path(), "sentrix", &["export", "--flags", "--format", "sarif"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("2 lines of ./logs/patrol_flags.jsonl are no flags and no cases"), "{said}");
    let results = &lines(&output.stdout)[0]["runs"][0]["results"];
    assert_eq!((results.as_array().unwrap().len(), &results[4]["level"]), (5, &"warning".into()));
}

#[test]
fn where_nothing_is_flagged_the_log_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let none = run(dir.path(), "sentrix", &["export"]);
    assert_eq!(none.status.code(), Some(4));
    fs::create_dir(dir.path().join("logs")).unwrap();
    assert!(exported(&dir, &[]).is_empty());
    let log = &exported(&dir, &["--format=sarif"])[0];
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}
