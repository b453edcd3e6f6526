//! A log directory worth looking at: a recorded session, collected and patrolled by the real programs, and what other parts leave there.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Fills a log directory.
pub fn seed(logs: &Path) {
    let stream = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo/raw-stream.jsonl");
    run(Command::new(env!("CARGO_BIN_EXE_sentrix-collect"))
        .args(["--once", "--input"])
        .arg(stream)
        .arg("--log-dir")
        .arg(logs));
    run(Command::new(env!("CARGO_BIN_EXE_sentrix-patrol")).args(["--once", "--judge", "rules"]).arg(logs));
    fs::write(
        logs.join(".sentrix_config.json"),
        r#"{"patrol_enabled":true,"escalation_level":"medium_above"}"#,
    )
    .unwrap();
    fs::write(logs.join("20261123T005900-tap.json"), format!("[\n  {}\n]\n", exchange())).unwrap();
    cases(logs);
    sweeps(logs);
}

/// The newest log file of the collector's.
pub fn newest(logs: &Path) -> PathBuf {
    let names = fs::read_dir(logs).unwrap().flatten().map(|entry| entry.path());
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".json") && name.as_bytes()[0].is_ascii_digit() && !name.contains("tap")
    };
    names.filter(ours).max().unwrap()
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// As the tap records it.
fn exchange() -> Value {
    json!({
        "timestamp": "2026-11-23T00:59:00Z", "ts": 1_795_390_890_000_u64, "event": "llm_exchange", "id": "e1", "provider": "openai", "model": "gpt-5.4", "status": 200,
        "request": {"messages": [{"role": "user", "content": "Please look at the shopping list and say what is on it."}]},
        "response": {"thinking": "The list is a file.", "text": "Let me look.", "tool_calls": [{"id": "c1", "name": "read", "arguments": {"path": "notes/shopping.md"}}], "usage": {"input_tokens": 812, "output_tokens": 31}},
    })
}

fn cases(logs: &Path) {
    let flags = fs::read_to_string(logs.join("patrol_flags.jsonl")).unwrap();
    fs::create_dir(logs.join("reports")).unwrap();
    for (number, line) in flags.lines().take(3).enumerate() {
        let flag: Value = serde_json::from_str(line).unwrap();
        let (verdict, severity) =
            [("violation", "HIGH"), ("violation", "CRITICAL"), ("false positive", "LOW")][number];
        let case = json!({
            "investigation_id": format!("1f3870be-0000-4000-8000-00000000000{number}"), "flag_id": flag["flag_id"], "source_file": flag["source_file"],
            "concluded_at": format!("2026-11-23T01:0{number}:00Z"), "crime_classification": flag["categories"][0], "severity_score": severity, "confidence": 0.86,
            "verdict": verdict, "relevant_log_ids": [flag["run_id_ts"]],
            "case_facts": "1. The agent wrote the value into its answer.\n2. Nobody had asked for it.\n3. It was not redacted afterwards.",
            "verdict_summary": format!("Concluded from the evidence: **{verdict}**. The turn stands in the record as cited."),
        });
        fs::write(logs.join(format!("reports/case_{number}_20261123T010{number}00Z.json")), case.to_string())
            .unwrap();
    }
}

fn sweeps(logs: &Path) {
    let sweep = |number: u64| {
        json!({
            "finished_at": format!("2026-11-23T0{}:{:02}:00Z", 1 + number / 60, number % 60), "judge": if number.is_multiple_of(3) { "llm" } else { "rules" }, "turns": 3 + number * 7 % 19,
            "flags": u64::from(number % 5 == 2), "pending": u64::from(number == 9) * 2, "calls": 4 * u64::from(number.is_multiple_of(3)),
            "usage": {"input_tokens": 900 * u64::from(number.is_multiple_of(3)), "output_tokens": 120}, "cost_usd": if number.is_multiple_of(3) { 0.0031 } else { 0.0 }, "duration_ms": 40 + number * 13,
        })
    };
    // As the patrol writes them, and as somebody else might.
    let ours = |number: u64| {
        json!({
            "v": 1, "type": "sweep", "timestamp": format!("2026-11-23T02:{number:02}:00Z"), "asked": "openai/gpt-5.4-mini", "streams": 3, "agents": 3, "turns": 6 + number,
            "reviewed": 6, "unreviewed": number / 7, "flags": {"HIGH": u64::from(number == 4)}, "calls": 18, "retries": 1, "cost_usd": 0.0042, "input_tokens": 9210, "output_tokens": 604,
            "judges": {"questions": 17, "abstentions": {"timeout": number / 7}, "dropped": {}, "wall": 4.2},
        })
    };
    let lines: Vec<String> = (0..24)
        .map(|number| sweep(number).to_string())
        .chain((0..8).map(|number| ours(number).to_string()))
        .collect();
    fs::write(logs.join("patrol_sweeps.jsonl"), lines.join("\n") + "\nnot JSON\n{\"odd\":true}\n").unwrap();
}
