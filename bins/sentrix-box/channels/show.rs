//! `channels`: what is switched on, and how it is.

use super::plain;
use super::row::{HEAD, Row, rows};
use crate::agent::line;
use crate::args::Channels;
use crate::failure::engine;
use crate::status::unwritable;
use crate::target;
use sentrix_cli::{Exit, Failure, Stdout, note};
use sentrix_gateway::Limits;
use serde_json::json;
use std::io::IsTerminal;
use std::time::Duration;

/// How long a service may take to answer the gateway.
const PROBE: Duration = Duration::from_secs(10);

/// A table on a terminal, JSONL elsewhere.
pub fn show(args: &Channels) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    let mut client = line::connect(&sandbox, Limits::default().silent_run, || false)?;
    let broken = |error| line::broken(&error);
    let status = client.channels(args.probe.then_some(PROBE)).map_err(broken)?;
    let pairing = client.pairing(None).map_err(broken)?;
    // The gateway leaves the secrets out of its settings; of the rest only the policies are looked at.
    let settings = client.request("config.get", &json!({})).map_err(broken)?;
    client.close();
    let rows = rows(&status, &pairing, &settings["config"]["channels"], args.probe);
    if rows.is_empty() {
        note(
            "no chat channel is switched on; `sentrix setup` asks for what each needs, `sentrix run --channel telegram -e TELEGRAM_BOT_TOKEN` switches one on",
        );
        return Ok(Exit::Ok);
    }
    let people = !args.json && std::io::stdout().is_terminal();
    let mut out = Stdout::lock();
    for line in if people { for_people(&rows) } else { for_programs(&rows)? } {
        out.record(line.as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn for_programs(rows: &[Row]) -> Result<Vec<String>, Failure> {
    rows.iter().map(|row| serde_json::to_string(row).map_err(unwritable)).collect()
}

fn for_people(rows: &[Row]) -> Vec<String> {
    let mut lines = plain::table(&HEAD, rows.iter().map(Row::cells));
    lines.extend(
        rows.iter().filter_map(|row| row.next.as_ref().map(|next| format!("{}: {next}", row.name()))),
    );
    lines
}
