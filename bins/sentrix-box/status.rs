//! `status`: what sandboxes there are.

use crate::args::Status as Args;
use crate::failure::{self, engine};
use crate::{describe, quarantine};
use sentrix_cli::{Exit, Failure, Stdout, note};
use sentrix_sandbox::{Sandbox, Status};
use serde::Serialize;
use std::io::IsTerminal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    id: &'a str,
    status: Status,
    quarantined: bool,
    expired: bool,
    deadline: Option<String>,
    started_at: Option<&'a str>,
    exit_code: Option<i64>,
    oom_killed: bool,
    why: Option<String>,
    image: &'a str,
    network: String,
    log_dir: &'a std::path::Path,
    token_file: std::path::PathBuf,
}

/// A table on a terminal, JSONL elsewhere.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let labelled = engine()?.labelled().map_err(failure::from)?;
    for stranger in labelled.iter().filter(|one| one.sandbox.is_none()) {
        let id: String = stranger.id.chars().take(12).collect();
        note(format!(
            "the container {id} has our label, but not a specification of this version: it is left alone"
        ));
    }
    let sandboxes: Vec<Sandbox> = labelled.into_iter().filter_map(|one| one.sandbox).collect();
    if sandboxes.is_empty() {
        note("there is no sandbox; `sentrix-box up` makes one");
        return Ok(Exit::Ok);
    }
    let people = !args.json && std::io::stdout().is_terminal();
    let mut out = Stdout::lock();
    for sandbox in &sandboxes {
        let row = row(sandbox);
        let line = if people { in_words(&row) } else { serde_json::to_string(&row).map_err(unwritable)? };
        out.record(line.as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn row(sandbox: &Sandbox) -> Row<'_> {
    let (spec, state) = (&sandbox.spec, &sandbox.state);
    Row {
        name: spec.name.as_str(),
        id: &sandbox.id,
        status: state.status,
        quarantined: quarantine::is_set(spec),
        expired: is_over(sandbox),
        deadline: spec.deadline.map(moment),
        started_at: state.started_at.as_deref(),
        exit_code: state.exit_code,
        oom_killed: state.oom_killed,
        why: (!matches!(state.status, Status::Running | Status::Paused)).then(|| describe::ending(sandbox)),
        image: &spec.image,
        network: spec.network.name(&spec.name),
        log_dir: &spec.log_dir,
        token_file: spec.secrets_dir().join("token"),
    }
}

fn in_words(row: &Row<'_>) -> String {
    let status = match row.status {
        _ if row.quarantined => "quarantined".to_owned(),
        status => format!("{status:?}").to_lowercase(),
    };
    let until = match (&row.deadline, row.expired) {
        (None, _) => "no deadline".to_owned(),
        (Some(at), false) => format!("until {at}"),
        (Some(_), true) => "expired: `sentrix-box reap` ends it".to_owned(),
    };
    let why = row.why.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
    // The name and the path are ours; Debug keeps an odd directory name from steering the terminal.
    format!("{:<24} {:<12} {:?}  {until}{why}", row.name, status, row.log_dir)
}

/// Whether its time is over.
pub fn is_over(sandbox: &Sandbox) -> bool {
    sandbox.spec.deadline.is_some_and(|deadline| deadline <= sentrix_record::epoch_millis(SystemTime::now()))
}

/// Milliseconds since 1970 as RFC 3339.
pub fn moment(millis: i64) -> String {
    sentrix_record::rfc3339(UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
}

/// A record that has no JSON form: a path that is not text.
pub fn unwritable(error: serde_json::Error) -> Failure {
    Failure::environment("cannot write the record").because(error)
}
