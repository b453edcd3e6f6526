//! `pause` and `resume`.

use crate::args::Target;
use crate::failure::{self, engine};
use crate::{describe, quarantine, target};
use sentrix_cli::{Exit, Failure, note};
use sentrix_sandbox::Status;

/// Stops it in its tracks; paused already is fine.
pub fn pause(target: &Target) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::find(&engine, target)?;
    match sandbox.state.status {
        Status::Paused => note(format!("{} is paused already", sandbox.spec.name)),
        Status::Running => engine.pause(&sandbox.id).map_err(failure::from)?,
        _ => return Err(failure::not_running(sandbox.spec.name.as_str(), &describe::ending(&sandbox))),
    }
    Ok(Exit::Ok)
}

/// Lets it go on; running already is fine.
pub fn resume(target: &Target) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::find(&engine, target)?;
    if quarantine::is_set(&sandbox.spec) {
        return Err(Failure::environment(format!("the sandbox {} is in quarantine", sandbox.spec.name))
            .next("`sentrix-box quarantine --undo` ends that and lets it go on"));
    }
    match sandbox.state.status {
        Status::Paused => engine.unpause(&sandbox.id).map_err(failure::from)?,
        Status::Running => note(format!("{} runs already", sandbox.spec.name)),
        _ => return Err(failure::not_running(sandbox.spec.name.as_str(), &describe::ending(&sandbox))),
    }
    Ok(Exit::Ok)
}
