//! `explain`: what is in force.

use crate::args::Explain;
use crate::failure::engine;
use crate::{quarantine, status, target};
use sentrix_cli::{Exit, Failure, Stdout};
use sentrix_sandbox::{Check, checks};
use std::io::IsTerminal;

/// Prints every field with what it must be and what Docker reports; a difference is exit 5.
pub fn run(args: &Explain) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::find(&engine, &args.target)?;
    let checks = checks(&sandbox.spec, &sandbox.inspect, quarantine::is_set(&sandbox.spec));
    let people = !args.json && std::io::stdout().is_terminal();
    let mut out = Stdout::lock();
    for check in &checks {
        let line = if people { in_words(check) } else { as_json(check)? };
        out.record(line.as_bytes())?;
    }
    out.flush()?;
    let drift: Vec<&str> = checks.iter().filter(|check| !check.holds()).map(|check| check.field).collect();
    if drift.is_empty() {
        return Ok(Exit::Ok);
    }
    Err(Failure::integrity(format!(
        "the sandbox {} is not what it was made to be: {}",
        sandbox.spec.name,
        drift.join(", ")
    ))
    .next("`sentrix-box quarantine` puts it away; look who else may use the engine"))
}

fn as_json(check: &Check) -> Result<String, Failure> {
    let mut record = serde_json::to_value(check).map_err(status::unwritable)?;
    if let Some(fields) = record.as_object_mut() {
        fields.insert("holds".to_owned(), check.holds().into());
    }
    Ok(record.to_string())
}

/// JSON values escape what could steer a terminal.
fn in_words(check: &Check) -> String {
    let mark = if check.holds() { "ok" } else { "DRIFT" };
    let found = if check.holds() { String::new() } else { format!("  instead of {}", check.wanted) };
    format!("{mark:<6} {:<34} {}{found}", check.field, check.found)
}
