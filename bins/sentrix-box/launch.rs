//! Making a sandbox, step by step, so that whatever fails leaves nothing behind.

use crate::args::Up;
use crate::environment::Given;
use crate::{failure, id_file, ready, remove, state_dir};
use sentrix_cli::{Exit, Failure, Signals, note, warn};
use sentrix_record::atomic;
use sentrix_record::fs::StdFs;
use sentrix_sandbox::openclaw::TEMPLATE;
use sentrix_sandbox::{Engine, Error, Spec, compare, token};
use std::time::Duration;

/// Makes it and gives Docker's id, or removes all that it had made.
pub fn launch(
    engine: &Engine,
    spec: &Spec,
    args: &Up,
    given: &Given,
    signals: &Signals,
) -> Result<String, Failure> {
    // From here on the name is ours: what has it is what we made.
    state_dir::claim(spec, engine)?;
    let mut id = None;
    let made = steps(engine, spec, args, given, signals, &mut id);
    if let Err(failure) = made {
        keep_last_words(engine, spec, id.as_deref(), &failure);
        if let Err(left) = remove::everything(engine, spec, id.as_deref()) {
            warn(left);
        }
        return Err(failure);
    }
    id.ok_or_else(|| Failure::environment("the engine gave the container no id"))
}

fn steps(
    engine: &Engine,
    spec: &Spec,
    args: &Up,
    given: &Given,
    signals: &Signals,
    made: &mut Option<String>,
) -> Result<(), Failure> {
    secrets(spec, args, given)?;
    engine.create_network(spec).map_err(failure::from)?;
    engine.create_volume(spec).map_err(failure::from)?;
    ready::interrupted(signals)?;
    let (id, warnings) = engine.create(spec).map_err(|error| match error {
        Error::Conflict { .. } => {
            Failure::environment(format!("the name {} is taken by another container", spec.name))
                .next("choose another --name")
        }
        other => failure::from(other),
    })?;
    *made = Some(id.clone());
    warnings.iter().for_each(|warning| note(format!("the engine warns: {warning}")));
    // Before it starts: an interrupted command leaves a note of what there is to stop.
    id_file::write(&spec.log_dir, &id)?;
    ready::interrupted(signals)?;
    engine.start(&id).map_err(failure::from)?;
    verify(engine, spec, &id)?;
    ready::wait(engine, &id, Duration::from_secs(args.ready_timeout), signals)
}

fn secrets(spec: &Spec, args: &Up, given: &Given) -> Result<(), Failure> {
    let token = token().map_err(failure::from)?;
    let config = settings(args, given)?;
    let mut files = vec![("token", token.as_str()), ("environment", given.lines.as_str())];
    files.extend(config.as_deref().map(|config| ("openclaw.json", config)));
    state_dir::create(spec, &files)
}

/// OpenClaw's configuration, where the one in the image does not do.
fn settings(args: &Up, given: &Given) -> Result<Option<String>, Failure> {
    let own = match &args.config {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read {}", path.display())).because(error))?,
        ),
        None => None,
    };
    if given.wishes.is_empty() {
        return Ok(own);
    }
    for relaxation in &given.wishes.relaxations {
        note(format!("as asked, the agent is allowed: {}", relaxation.word()));
    }
    given.wishes.applied(own.as_deref().unwrap_or(TEMPLATE)).map(Some).map_err(|error| {
        Failure::usage("what was asked for cannot be put into OpenClaw's configuration")
            .because(error)
            .next("give --config a file of plain JSON")
    })
}

/// What the engine made must be what it was asked for.
fn verify(engine: &Engine, spec: &Spec, id: &str) -> Result<(), Failure> {
    let Some(sandbox) = engine.sandbox(id).map_err(failure::from)? else {
        return Err(Failure::environment("the sandbox was removed while it was starting"));
    };
    match compare(spec, &sandbox.inspect, false).first() {
        None => Ok(()),
        Some(drift) => {
            Err(Failure::new(Exit::Integrity, format!("the engine did not do as asked: {}", drift.field))
                .because(format!("{} instead of {}", drift.found, drift.wanted))
                .next("this engine cannot hold the sandbox; use another"))
        }
    }
}

/// The container goes, and with it its output: a copy stays with the record, and is named.
fn keep_last_words(engine: &Engine, spec: &Spec, id: Option<&str>, failure: &Failure) {
    let interrupted = matches!(failure.exit, Exit::Signal(_));
    let Some(id) = id.filter(|_| !interrupted) else { return };
    let mut words = crate::capped::Capped::default();
    if engine.logs(id, Some(200), false, &mut words).is_err() || words.bytes.is_empty() {
        return;
    }
    let path = spec.log_dir.join("sandbox-failed.log");
    if atomic::replace(&StdFs, &path, &words.bytes, 0o600).is_ok() {
        note(format!("the last words of {} are in {}", spec.name, path.display()));
    }
}
