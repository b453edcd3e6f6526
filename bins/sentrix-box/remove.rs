//! Clearing a sandbox away: everything of it but the record.

use crate::{failure, id_file, state_dir};
use sentrix_cli::Failure;
use sentrix_sandbox::{Engine, Error, Spec};

/// Removes container, network, volume, secrets and the note in the log directory. Each needs the one before to be gone; what is left after
/// a failure is left so that trying again finds it.
///
/// Without an id nothing is known of a container: one that has the name is removed only if it is this very sandbox.
pub fn everything(engine: &Engine, spec: &Spec, id: Option<&str>) -> Result<(), Failure> {
    let id = match id {
        Some(id) => Some(id.to_owned()),
        None => made_unheard(engine, spec).map_err(failure::from)?,
    };
    belongings(engine, spec, id.as_deref()).map_err(failure::from)?;
    state_dir::remove(spec)?;
    id.map_or(Ok(()), |id| id_file::remove(&spec.log_dir, &id))
}

fn belongings(engine: &Engine, spec: &Spec, id: Option<&str>) -> Result<(), Error> {
    if let Some(id) = id {
        engine.remove(id)?;
    }
    for network in engine.networks(Some(&spec.name))? {
        engine.remove_network(&network.id)?;
    }
    for volume in engine.volumes(Some(&spec.name))? {
        engine.remove_volume(&volume.id)?;
    }
    Ok(())
}

/// The engine may have made it after we had given up waiting.
fn made_unheard(engine: &Engine, spec: &Spec) -> Result<Option<String>, Error> {
    let found = engine.sandbox(spec.name.as_str())?;
    Ok(found.filter(|sandbox| sandbox.spec == *spec).map(|sandbox| sandbox.id))
}
