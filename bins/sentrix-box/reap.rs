//! `reap`: ends what is over, and removes what commands that were killed have left.

use crate::args::Reap;
use crate::failure::{self, engine};
use crate::{state_dir, status, stop};
use jiff::{SignedDuration, Timestamp};
use sentrix_cli::{Exit, Failure, note, warn};
use sentrix_sandbox::{Belonging, Engine, Sandbox};
use std::collections::BTreeSet;

/// A command that is making a sandbox right now needs no longer than this from its network to its container.
const YOUNG: SignedDuration = SignedDuration::from_mins(10);

/// Goes on where one cannot be ended.
pub fn run(args: &Reap) -> Result<Exit, Failure> {
    let engine = engine()?;
    let meant = |sandbox: &&Sandbox| args.container.as_ref().is_none_or(|name| *name == sandbox.spec.name);
    let sandboxes = engine.sandboxes().map_err(failure::from)?;
    for sandbox in sandboxes.iter().filter(meant).filter(|sandbox| status::is_over(sandbox)) {
        note(format!("the time of {} is over", sandbox.spec.name));
        if let Err(failure) = stop::end(&engine, sandbox) {
            warn(failure);
        }
    }
    if args.container.is_none() {
        orphans(&engine)?;
    }
    Ok(Exit::Ok)
}

fn orphans(engine: &Engine) -> Result<(), Failure> {
    let (networks, volumes) =
        (engine.networks(None).map_err(failure::from)?, engine.volumes(None).map_err(failure::from)?);
    let dirs = state_dir::all(engine)?;
    // After the lists: a container that was made since then counts.
    let names: BTreeSet<String> =
        engine.labelled().map_err(failure::from)?.into_iter().map(|one| one.name).collect();
    let orphan = |one: &&Belonging| is_old(created(one)) && !names.contains(one.sandbox.as_str());
    for network in networks.iter().filter(orphan) {
        note(format!("a network of {} was left behind", network.sandbox));
        engine.remove_network(&network.id).map_err(failure::from)?;
    }
    for volume in volumes.iter().filter(orphan) {
        note(format!("a volume of {} was left behind", volume.sandbox));
        engine.remove_volume(&volume.id).map_err(failure::from)?;
    }
    for (dir, made) in dirs
        .iter()
        .filter(|(dir, _)| !dir.file_name().is_some_and(|name| names.contains(&*name.to_string_lossy())))
    {
        if is_old(Timestamp::try_from(*made).ok()) {
            note(format!("{} was left behind", dir.display()));
            state_dir::clear(dir)?;
        }
    }
    Ok(())
}

fn created(one: &Belonging) -> Option<Timestamp> {
    one.created.as_deref().and_then(|at| at.parse().ok())
}

/// What has no readable age is left alone.
fn is_old(made: Option<Timestamp>) -> bool {
    made.is_some_and(|at| Timestamp::now().duration_since(at) > YOUNG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_old_for_sure_is_old() {
        let ago = |minutes| Some(Timestamp::now() - SignedDuration::from_mins(minutes));
        assert!(is_old(ago(11)));
        assert!(!is_old(ago(9)) && !is_old(ago(-60)) && !is_old(None));
        let belonging = |created: &str| Belonging {
            id: "i".into(),
            sandbox: "n".parse().unwrap(),
            created: Some(created.into()),
        };
        // As a volume has it, as a network has it, and neither.
        assert!(is_old(created(&belonging("2020-01-01T00:00:00Z"))));
        assert!(created(&belonging("2020-01-01T00:00:00.123456789+01:00")).is_some());
        assert_eq!(created(&belonging("yesterday")), None);
    }
}
