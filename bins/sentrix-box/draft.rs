//! From the command line to a specification: everything is looked at before anything is made.

use crate::args::Up;
use crate::environment::Given;
use crate::{failure, id_file, state_dir};
use sentrix_cli::{Failure, note};
use sentrix_sandbox::{Engine, Limits, Name, Network, Spec, TapBy, Volume, hardening};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the sandbox will be.
pub fn draft(args: &Up, given: &Given, engine: &Engine) -> Result<Spec, Failure> {
    let image_id = image(args, engine)?;
    let name = name(args, engine)?;
    let network = network(args, &name, engine)?;
    let (log_dir, capture_uid) = log_dir(args)?;
    free(engine, &log_dir)?;
    let volume = volume(args, &name, engine)?;
    let cpus = args.cpus.min(engine.cpus);
    if cpus < args.cpus {
        note(format!("the engine has {cpus} processor(s): the sandbox gets no more"));
    }
    let lifetime = Duration::from_secs_f64(60.0 * args.timeout);
    Ok(Spec {
        state_dir: utf8(state_dir::path(&name)?)?,
        name,
        image: args.image.clone(),
        image_id,
        network,
        volume,
        log_dir,
        capture_uid,
        tap_by: args.tap_by.unwrap_or(if engine.mounts_sockets { TapBy::Mount } else { TapBy::Exec }),
        tap_dir: args.tap_dir.as_ref().map(|dir| existing(dir)).transpose()?,
        limits: Limits {
            memory: args.memory << 20,
            nano_cpus: u64::from(cpus) * 1_000_000_000,
            pids: args.pids,
        },
        stop_timeout: args.stop_timeout,
        model: given.wishes.model.clone(),
        rotate_mins: args.rotate_mins.map(|minutes| minutes.to_string()),
        deadline: (args.timeout > 0.0).then(|| sentrix_record::epoch_millis(SystemTime::now() + lifetime)),
    })
}

fn image(args: &Up, engine: &Engine) -> Result<String, Failure> {
    engine.image(&args.image).map_err(failure::from)?.ok_or_else(|| {
        Failure::environment(format!("there is no image {}", args.image))
            .next("`sentrix-box build` makes it; --image names another")
    })
}

fn name(args: &Up, engine: &Engine) -> Result<Name, Failure> {
    let Some(name) = &args.name else { return Name::random().map_err(failure::from) };
    if engine.is_taken(name).map_err(failure::from)? {
        return Err(Failure::environment(format!("the name {name} is taken by another container")).next(
            format!(
                "`sentrix-box stop --container {name}` ends it if it is a sandbox, or choose another --name"
            ),
        ));
    }
    Ok(name.clone())
}

fn network(args: &Up, name: &Name, engine: &Engine) -> Result<Network, Failure> {
    match args.network.as_str() {
        "none" => Ok(Network::None),
        "own" if engine.has_network(name.as_str()).map_err(failure::from)? => {
            Err(Failure::environment(format!("there is a network {name} already"))
                .next("choose another --name"))
        }
        "own" => Ok(Network::Own),
        // The host's own, or another container's: no sandbox at all.
        "host" | "default" | "" => Err(unsafe_network(&args.network)),
        other if other.starts_with("container:") => Err(unsafe_network(other)),
        other if engine.has_network(other).map_err(failure::from)? => Ok(Network::Named(other.to_owned())),
        other => Err(Failure::environment(format!("there is no network {other}"))
            .next(format!("`docker network create {other}` makes it; --network own or none needs nothing"))),
    }
}

fn unsafe_network(name: &str) -> Failure {
    Failure::usage(format!("--network {name} is not for a sandbox"))
        .next("use none, own or the name of a network")
}

fn volume(args: &Up, name: &Name, engine: &Engine) -> Result<Volume, Failure> {
    let Some(kept) = &args.volume else { return Ok(Volume { name: name.to_string(), keep: false }) };
    let shape = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !kept.bytes().all(shape) || !kept.starts_with(|c: char| c.is_ascii_alphanumeric()) || kept.len() > 55 {
        return Err(Failure::usage(format!("{kept:?} is not a name for a volume"))
            .next("use letters, digits, . _ and -"));
    }
    // Two gateways on one state destroy it.
    let users = engine.sandboxes().map_err(failure::from)?;
    match users.iter().find(|sandbox| sandbox.spec.volume.name == *kept) {
        Some(user) => {
            Err(Failure::environment(format!("the volume {kept} is used by the sandbox {}", user.spec.name))
                .next(format!("`sentrix-box stop --container {}` first", user.spec.name)))
        }
        None => Ok(Volume { name: kept.clone(), keep: true }),
    }
}

/// The log directory as an absolute path, and who records into it: its owner.
fn log_dir(args: &Up) -> Result<(PathBuf, u32), Failure> {
    let dir = &args.log_dir;
    let cannot = |error: std::io::Error| {
        Failure::environment(format!("cannot use the log directory {}", dir.display()))
            .because(error)
            .next("--log-dir names another")
    };
    let fresh = match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(cannot(error)),
    };
    let absolute = utf8(dir.canonicalize().map_err(cannot)?)?;
    let me = rustix::process::getuid();
    if me.is_root() && (fresh || is_empty(&absolute).map_err(cannot)?) {
        state_dir::give(&absolute, hardening::FALLBACK_UID)?;
    }
    let owner = std::fs::metadata(&absolute).map_err(cannot)?.uid();
    if owner != me.as_raw() && !me.is_root() {
        return Err(Failure::environment(format!("{} belongs to somebody else", dir.display()))
            .next("--log-dir names another"));
    }
    if hardening::RESERVED_UIDS.contains(&owner) {
        return Err(Failure::usage(format!("{} belongs to user {owner}, who may not record", dir.display()))
            .because("root and the sandbox's own users are kept apart from the record")
            .next(format!(
                "chown -R {} {}, or run as an ordinary user",
                hardening::FALLBACK_UID,
                dir.display()
            )));
    }
    Ok((absolute, owner))
}

fn is_empty(dir: &Path) -> std::io::Result<bool> {
    Ok(std::fs::read_dir(dir)?.next().is_none())
}

/// One sandbox a log directory.
fn free(engine: &Engine, log_dir: &Path) -> Result<(), Failure> {
    let Some(id) = id_file::read(log_dir)? else { return Ok(()) };
    match engine.sandbox(&id).map_err(failure::from)? {
        Some(other) => Err(Failure::environment(format!(
            "the sandbox {} records into {}",
            other.spec.name,
            log_dir.display()
        ))
        .next("`sentrix-box stop` ends it; --log-dir names another directory")),
        None => {
            note(format!("{} named a sandbox that is gone", log_dir.join(id_file::FILE).display()));
            Ok(())
        }
    }
}

fn existing(dir: &Path) -> Result<PathBuf, Failure> {
    let cannot =
        |error: std::io::Error| Failure::usage(format!("cannot use {}", dir.display())).because(error);
    utf8(dir.canonicalize().map_err(cannot)?)
}

/// Docker's requests are JSON.
fn utf8(path: PathBuf) -> Result<PathBuf, Failure> {
    match path.to_str() {
        Some(_) => Ok(path),
        None => Err(Failure::usage(format!(
            "{}: the path is not UTF-8, and Docker takes no other",
            path.display()
        ))),
    }
}
