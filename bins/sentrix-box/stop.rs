//! `stop`: the gateway drains, the collector flushes, and then all of it goes but the record.

use crate::agent::abort;
use crate::args::Target;
use crate::failure::{self, engine};
use crate::{describe, id_file, quarantine, remove, target};
use sentrix_cli::{Exit, Failure, note};
use sentrix_sandbox::{Engine, Sandbox, Status};
use std::time::Duration;

/// Ends the sandbox that is meant. One that is gone already needs no more than its note removed.
pub fn run(target: &Target) -> Result<Exit, Failure> {
    let engine = engine()?;
    if target.container.is_none()
        && let Some(id) = id_file::read(&target.log_dir)?
        && engine.sandbox(&id).map_err(failure::from)?.is_none()
    {
        id_file::remove(&target.log_dir, &id)?;
        note(format!("the sandbox of {} was gone already", target.log_dir.display()));
        return Ok(Exit::Ok);
    }
    end(&engine, &target::find(&engine, target)?)?;
    Ok(Exit::Ok)
}

/// Ends it and removes everything of it but the record.
pub fn end(engine: &Engine, sandbox: &Sandbox) -> Result<(), Failure> {
    let name = &sandbox.spec.name;
    match sandbox.state.status {
        // Whatever is in quarantine does not get another moment: it is killed where it stands.
        Status::Paused if quarantine::is_set(&sandbox.spec) => {
            note(format!("{name} is in quarantine: it is killed, not asked"))
        }
        Status::Paused => {
            engine.unpause(&sandbox.id).map_err(failure::from)?;
            ask(engine, sandbox)?;
        }
        Status::Running => ask(engine, sandbox)?,
        _ => note(format!("{name}: {}", describe::last(engine, sandbox))),
    }
    remove::everything(engine, &sandbox.spec, Some(&sandbox.id))
}

fn ask(engine: &Engine, sandbox: &Sandbox) -> Result<(), Failure> {
    // A busy gateway drains its runs for minutes; whoever ends the sandbox does not want them finished.
    if let Err(failure) = abort::runs(sandbox) {
        note(format!("its runs could not be aborted, so it may take minutes: {failure}"));
    }
    let patience = Duration::from_secs(u64::from(sandbox.spec.stop_timeout));
    engine.stop(&sandbox.id, patience).map_err(failure::from)?;
    if let Some(ended) = engine.sandbox(&sandbox.id).map_err(failure::from)? {
        note(format!("{}: {}", sandbox.spec.name, describe::last(engine, &ended)));
    }
    Ok(())
}
