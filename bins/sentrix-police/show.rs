//! A case for people, and its evidence read again.

use crate::args::ShowArgs;
use crate::place::store_failure;
use crate::{line, report, row};
use sentrix_casework::{Exhibit, Records, Standing, terminal};
use sentrix_cli::{Exit, Failure, Stdout, warn};
use sentrix_record::{CaseFile, Flag, Severity};
use sentrix_store::{Attempt, PoliceStore};
use serde_json::{Value, json};

pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let Some(store) = args.place.read()? else { return Ok(Exit::Ok) };
    let row = match report::find(&store, &args.place, &args.id) {
        Ok(row) => row,
        Err(unknown) => return attempts_of(&store, args, unknown),
    };
    let case = row::case(&row);
    let attempts = store.attempts(&case.flag_id).map_err(store_failure)?;
    let exhibits = if args.evidence { looked_up(&case, args) } else { Vec::new() };
    let mut out = Stdout::lock();
    if line::is_terminal() && !args.json {
        out.raw(text(&case, &attempts).as_bytes())?;
        for exhibit in &exhibits {
            out.raw(exhibit_text(exhibit, args.raw).as_bytes())?;
        }
    } else {
        out.record(record(&case, &attempts, &exhibits, args)?.as_bytes())?;
    }
    out.flush()?;
    Ok(ending(&exhibits))
}

fn ending(exhibits: &[Exhibit]) -> Exit {
    for exhibit in exhibits.iter().filter(|exhibit| !exhibit.standing.holds()) {
        warn(format_args!("{} bytes {} to {}: {}", exhibit.file, exhibit.start, exhibit.end, exhibit.remark));
    }
    if exhibits.iter().any(|exhibit| exhibit.standing == Standing::Changed) {
        Exit::Integrity
    } else {
        Exit::Ok
    }
}

/// A flag without a case: what was tried.
fn attempts_of(store: &PoliceStore, args: &ShowArgs, unknown: Failure) -> Result<Exit, Failure> {
    let attempts = store.attempts(&args.id).map_err(store_failure)?;
    if attempts.is_empty() {
        return Err(unknown);
    }
    let mut out = Stdout::lock();
    for attempt in &attempts {
        out.record(attempt_record(attempt).to_string().as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

/// What the case cites, looked up again. A case of the Python version cites turns by name.
fn looked_up(case: &CaseFile, args: &ShowArgs) -> Vec<Exhibit> {
    let records = Records::open(&args.place.log_dir, &args.archive);
    let cited = case.extra.get("evidence").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let cited: Vec<Exhibit> = cited
        .iter()
        .filter_map(|place| {
            let mut place = place.clone();
            // A place that was never found has no hash.
            if place["blake3"].is_null() {
                place["blake3"] = "".into();
            }
            serde_json::from_value(place).ok()
        })
        .collect();
    let run_id_ts = case.extra.get("run_id_ts").and_then(Value::as_str).unwrap_or_default();
    if !cited.is_empty() {
        return cited
            .iter()
            .flat_map(|exhibit| match exhibit.blake3.as_str() {
                "" => Exhibit::of(&named(case, run_id_ts), &records),
                _ => vec![exhibit.again(&records, run_id_ts)],
            })
            .collect();
    }
    case.relevant_log_ids.iter().flat_map(|id| Exhibit::of(&named(case, id), &records)).collect()
}

/// A flag that says no more than which turn is meant.
fn named(case: &CaseFile, run_id_ts: &str) -> Flag {
    Flag {
        flag_id: case.flag_id.clone(),
        source_file: case.source_file.clone(),
        run_id_ts: run_id_ts.to_owned(),
        consensus_severity: Severity::Medium,
        consensus_confidence: 0.0,
        votes: Vec::new(),
        pii_labels_union: Vec::new(),
        referral_summary: String::new(),
        pheromone_level: 0.0,
        timestamp: String::new(),
        categories: Vec::new(),
        evidence: Vec::new(),
        extra: serde_json::Map::new(),
    }
}

fn attempt_record(attempt: &Attempt) -> Value {
    json!({"flag_id": attempt.flag_id, "at": attempt.at, "investigator": attempt.investigator, "reason": attempt.reason})
}

fn record(
    case: &CaseFile,
    attempts: &[Attempt],
    exhibits: &[Exhibit],
    args: &ShowArgs,
) -> Result<String, Failure> {
    let fail = |error| Failure::environment("cannot print the case").because(error);
    let mut record = serde_json::to_value(case).map_err(fail)?;
    record["attempts"] = attempts.iter().map(attempt_record).collect();
    if args.evidence {
        let looked: Result<Vec<Value>, _> = exhibits
            .iter()
            .map(|exhibit| {
                let mut value = serde_json::to_value(exhibit)?;
                if args.raw && exhibit.standing.holds() {
                    value["bytes"] = String::from_utf8_lossy(&exhibit.bytes).into();
                }
                Ok(value)
            })
            .collect();
        record["evidence_now"] = looked.map_err(fail)?.into();
    }
    Ok(record.to_string())
}

/// The case for people.
fn text(case: &CaseFile, attempts: &[Attempt]) -> String {
    let extra = |name: &str| case.extra.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    let mut text = format!(
        "{}  {}  confidence {:.2}\n\n{}\n\n",
        case.severity_score,
        terminal(&case.crime_classification),
        case.confidence,
        terminal(&case.verdict_summary)
    );
    let facts = match &case.case_facts {
        Value::String(facts) => facts.clone(),
        other => other.to_string(),
    };
    for fact in facts.lines() {
        text.push_str(&format!("  {}\n", terminal(fact)));
    }
    let rows = [
        ("turns", case.relevant_log_ids.join(" ")),
        ("log file", case.source_file.clone()),
        ("evidence", extra("evidence_standing")),
        ("investigator", extra("investigator")),
        ("concluded", case.concluded_at.clone()),
        ("flag", case.flag_id.clone()),
        ("case", case.investigation_id.clone()),
    ];
    text.push('\n');
    for (label, value) in rows {
        text.push_str(&format!("  {label:<13} {}\n", terminal(&value)));
    }
    for attempt in attempts {
        text.push_str(&format!(
            "  failed        {} by {}: {}\n",
            terminal(&attempt.at),
            terminal(&attempt.investigator),
            terminal(&attempt.reason)
        ));
    }
    text
}

fn exhibit_text(exhibit: &Exhibit, raw: bool) -> String {
    let mut text = format!(
        "\n  {} bytes {} to {}: {} {}\n  blake3 {}\n",
        terminal(&exhibit.file),
        exhibit.start,
        exhibit.end,
        exhibit.standing.as_str(),
        terminal(&exhibit.remark),
        terminal(&exhibit.blake3)
    );
    if raw && exhibit.standing.holds() {
        text.push_str(&format!("  {}\n", terminal(&String::from_utf8_lossy(&exhibit.bytes))));
    }
    text
}
