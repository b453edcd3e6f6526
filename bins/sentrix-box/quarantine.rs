//! `quarantine`: paused first, so that nothing more happens; then cut off; then copied. Each step can be taken again.

use crate::args::Quarantine;
use crate::failure::{self, engine};
use crate::{describe, snapshot, target};
use sentrix_cli::{Exit, Failure, Stdout, note, warn};
use sentrix_record::fs::StdFs;
use sentrix_record::{Flag, Severity, atomic};
use sentrix_sandbox::{Engine, Network, Sandbox, Spec, Status};
use serde_json::json;
use std::io::{BufRead, ErrorKind};
use std::path::PathBuf;
use std::time::SystemTime;

/// Puts the sandbox away, or takes it back.
pub fn run(args: &Quarantine) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::find(&engine, &args.target)?;
    if args.undo {
        return undo(&engine, &sandbox);
    }
    let Some(least) = args.on else { return put_away(&engine, &sandbox, args) };
    let mut flags = std::io::stdin().lock();
    let Some(flag) = awaited(&mut flags, least)? else {
        note(format!("no flag of {least} or above came; {} goes on", sandbox.spec.name));
        return Ok(Exit::Ok);
    };
    note(format!("flag {} is {}", flag.flag_id, flag.consensus_severity));
    let ended = put_away(&engine, &sandbox, args)?;
    // Whoever writes them may have more to do than to write to us.
    let _the_writer_has_ended = std::io::copy(&mut flags, &mut std::io::sink());
    Ok(ended)
}

/// The first flag of this severity or a higher one. A line that is no flag is told and passed over.
fn awaited(flags: &mut impl BufRead, least: Severity) -> Result<Option<Flag>, Failure> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = flags.read_until(b'\n', &mut line).map_err(|error| {
            Failure::environment("cannot read the flags on standard input").because(error)
        })?;
        if length == 0 {
            return Ok(None);
        }
        match serde_json::from_slice::<Flag>(&line) {
            Ok(flag) if flag.consensus_severity >= least => return Ok(Some(flag)),
            Ok(_) => {}
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(error) => warn(format!("a line of standard input is no flag: {:?} error", error.classify())),
        }
    }
}

/// Whether it was put away.
pub fn is_set(spec: &Spec) -> bool {
    marker(spec).exists()
}

fn marker(spec: &Spec) -> PathBuf {
    spec.state_dir.join("quarantine.json")
}

fn put_away(engine: &Engine, sandbox: &Sandbox, args: &Quarantine) -> Result<Exit, Failure> {
    match sandbox.state.status {
        Status::Running => engine.pause(&sandbox.id).map_err(failure::from)?,
        // Paused: nothing runs. Ended: nothing can go on, and the copy is worth the more.
        _ => note(format!("{}: {}", sandbox.spec.name, describe::ending(sandbox))),
    }
    let name = &sandbox.spec.name;
    let at = SystemTime::now();
    let record = json!({ "name": name, "id": sandbox.id, "at": sentrix_record::rfc3339(at) });
    atomic::replace(&StdFs, &marker(&sandbox.spec), record.to_string().as_bytes(), 0o600).map_err(
        |error| {
            Failure::environment(format!("{name} is paused, but its quarantine cannot be noted"))
                .because(error)
        },
    )?;
    for network in attached(sandbox) {
        engine.disconnect(&sandbox.id, &network).map_err(failure::from)?;
    }
    let to = args.snapshot.clone().unwrap_or_else(|| {
        let beside = sandbox.spec.log_dir.parent().unwrap_or(&sandbox.spec.log_dir);
        beside.join("quarantine").join(format!("{name}-{}", sentrix_record::stamp(at)))
    });
    let copied = snapshot::take(engine, sandbox, &to)?;
    let mut out = Stdout::lock();
    let done = json!({ "name": name, "id": sandbox.id, "quarantined": true, "snapshot": to, "files": copied.files, "bytes": copied.bytes });
    out.record(done.to_string().as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

fn undo(engine: &Engine, sandbox: &Sandbox) -> Result<Exit, Failure> {
    let spec = &sandbox.spec;
    if !is_set(spec) {
        note(format!("{} is not in quarantine", spec.name));
        return Ok(Exit::Ok);
    }
    let network = spec.network.name(&spec.name);
    if spec.network != Network::None && !attached(sandbox).contains(&network) {
        engine.connect_to(&sandbox.id, &network).map_err(failure::from)?;
    }
    match std::fs::remove_file(marker(spec)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(
                Failure::environment(format!("cannot remove {}", marker(spec).display())).because(error)
            );
        }
        _ => {}
    }
    if sandbox.state.status == Status::Paused {
        engine.unpause(&sandbox.id).map_err(failure::from)?;
    }
    Ok(Exit::Ok)
}

/// The networks that it is on; `none` is not one.
fn attached(sandbox: &Sandbox) -> Vec<String> {
    let settings = sandbox.inspect.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    settings.into_iter().flatten().map(|(name, _)| name.clone()).filter(|name| name != "none").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(lines: &str, least: Severity) -> Option<String> {
        awaited(&mut lines.as_bytes(), least).ok().flatten().map(|flag| flag.flag_id)
    }

    #[test]
    fn the_first_flag_that_is_bad_enough_is_waited_for() {
        let flag = |id: &str, severity: &str| {
            format!("{{\"flag_id\":\"{id}\",\"consensus_severity\":\"{severity}\"}}\n")
        };
        let lines = format!("{}torn {{\n\n{}{}", flag("a", "LOW"), flag("b", "MEDIUM"), flag("c", "HIGH"));
        assert_eq!(first(&lines, Severity::Medium).as_deref(), Some("b"));
        assert_eq!(first(&lines, Severity::High).as_deref(), Some("c"));
        assert_eq!(first(&lines, Severity::Critical), None);
    }
}
