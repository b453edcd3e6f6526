//! Which sandbox is meant.

use crate::args::Target;
use crate::{describe, failure, id_file};
use sentrix_cli::Failure;
use sentrix_sandbox::{Engine, Sandbox, Status};

/// The sandbox that is meant, however it is.
pub fn find(engine: &Engine, target: &Target) -> Result<Sandbox, Failure> {
    if let Some(wanted) = &target.container {
        let ours = engine.sandbox(wanted).map_err(failure::from)?;
        return ours.ok_or_else(|| {
            Failure::environment(format!("there is no sandbox {wanted}"))
                .next("`sentrix-box status` lists them")
        });
    }
    let dir = target.log_dir.display();
    let id = id_file::read(&target.log_dir)?.ok_or_else(|| {
        Failure::environment(format!("no sandbox records into {dir}"))
            .next("`sentrix-box up` makes one; --container NAME or --log-dir DIR names another")
    })?;
    engine.sandbox(&id).map_err(failure::from)?.ok_or_else(|| stale(target, &id))
}

/// The sandbox that is meant, if it runs.
pub fn running(engine: &Engine, target: &Target) -> Result<Sandbox, Failure> {
    let sandbox = find(engine, target)?;
    match sandbox.state.status {
        Status::Running => Ok(sandbox),
        Status::Paused => Err(Failure::environment(format!("the sandbox {} is paused", sandbox.spec.name))
            .next("`sentrix-box resume`, or `sentrix-box quarantine --undo` if it is in quarantine")),
        _ => Err(failure::not_running(sandbox.spec.name.as_str(), &describe::last(engine, &sandbox))),
    }
}

/// The file names a container that is gone: removed by hand, or with the engine's data.
fn stale(target: &Target, id: &str) -> Failure {
    let short: String = id.chars().take(12).collect();
    Failure::environment(format!("{} is stale", target.log_dir.join(id_file::FILE).display()))
        .because(format!("there is no container {short}"))
        .next("`sentrix-box stop` removes it, `sentrix-box up` makes a new sandbox")
}
