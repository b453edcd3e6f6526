//! What there is.

use crate::args::ListArgs;
use crate::place::store_failure;
use crate::{flags, line, row};
use sentrix_casework::terminal;
use sentrix_cli::{Exit, Failure, Stdout, note};
use sentrix_record::Severity;
use serde_json::json;

pub fn run(args: &ListArgs) -> Result<Exit, Failure> {
    if args.waiting { waiting(args) } else { cases(args) }
}

fn cases(args: &ListArgs) -> Result<Exit, Failure> {
    let Some(store) = args.place.read()? else { return Ok(Exit::Ok) };
    let people = line::is_terminal() && !args.json;
    let cases = store.cases(args.limit).map_err(store_failure)?;
    if cases.is_empty() {
        note("no case yet; `sentrix-police` investigates what was flagged");
        return Ok(Exit::Ok);
    }
    let mut out = Stdout::lock();
    if people {
        out.record(line::HEAD.as_bytes())?;
    }
    for case in &cases {
        line::print(&mut out, &row::case(case), people)?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn waiting(args: &ListArgs) -> Result<Exit, Failure> {
    let mut store = args.place.open()?;
    flags::take_in(&args.place.flags(), &mut store)?;
    let people = line::is_terminal() && !args.json;
    let queue = store.queue(Severity::Low, args.limit).map_err(store_failure)?;
    if queue.is_empty() {
        note("no flag waits for a case");
        return Ok(Exit::Ok);
    }
    let mut out = Stdout::lock();
    if people {
        out.record(b"FLAG                                  SEVERITY  TRIES  TIME                  SUMMARY")?;
    }
    for queued in queue {
        let (flag, tries) = (&queued.flag, queued.tries);
        let attempts = store.attempts(&flag.flag_id).map_err(store_failure)?;
        let reason = attempts.last().map(|last| last.reason.as_str());
        if people {
            let when: String = terminal(&flag.timestamp).chars().take(19).collect();
            let what: String = terminal(reason.unwrap_or(&flag.referral_summary)).chars().take(90).collect();
            let id = terminal(&flag.flag_id);
            out.record(
                format!("{id:<36}  {:<8}  {tries:<5}  {when:<20}  {what}", flag.consensus_severity)
                    .as_bytes(),
            )?;
        } else {
            let record = json!({"flag_id": flag.flag_id, "consensus_severity": flag.consensus_severity, "timestamp": flag.timestamp,
                "source_file": flag.source_file, "run_id_ts": flag.run_id_ts, "categories": flag.categories,
                "failed_attempts": tries, "last_failure": reason});
            out.record(record.to_string().as_bytes())?;
        }
    }
    out.flush()?;
    Ok(Exit::Ok)
}
