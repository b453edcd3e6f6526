//! `watch`: waits until the sandbox ends or its time is over. Meanwhile, what the agent changes in the files that OpenClaw puts into
//! every prompt is written down: no setting of OpenClaw keeps it from doing that. A state that grows without end pauses it: a volume has
//! no size of its own.

mod changes;
mod prompts;

use crate::args::Watch;
use crate::failure::{self, engine};
use crate::{describe, status, target};
use sentrix_cli::{Exit, Failure, Signals, Stdout, note, warn};
use sentrix_sandbox::{Engine, Error, Sandbox, Status};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(500);
/// Between two looks for an engine that has gone away.
const AWAY: Duration = Duration::from_secs(2);

/// Prints one JSON object when it is over: how it ended, or that its time is over.
pub fn run(args: &Watch) -> Result<Exit, Failure> {
    let signals = Signals::install()?;
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    let size = Arc::new(AtomicU64::new(0));
    prompts::follow(&sandbox, Arc::clone(&size))?;
    let full = || args.max_state > 0 && size.load(Ordering::Relaxed) >> 10 > args.max_state;
    match wait(engine, &sandbox, &signals, full)? {
        Over::Full(engine) => {
            // Stopped in its tracks: another second may be another gigabyte.
            engine.pause(&sandbox.id).map_err(failure::from)?;
            tell(
                &json!({"type": "full", "name": sandbox.spec.name, "mebibytes": size.load(Ordering::Relaxed) >> 10}),
            )?;
            Err(Failure::environment(format!(
                "the state of {} has grown beyond {} MiB",
                sandbox.spec.name, args.max_state
            ))
            .because("the agent fills the disk; the sandbox is paused")
            .next("`sentrix-box stop` ends it, `sentrix-box resume` lets it go on, --max-state allows more"))
        }
        Over::Interrupted(exit) => Ok(exit),
        Over::Expired => {
            note(format!("the time of {} is over", sandbox.spec.name));
            tell(&json!({"type": "expired", "name": sandbox.spec.name}))?;
            Ok(Exit::Ok)
        }
        Over::Ended { how, code } => {
            tell(&json!({"type": "ended", "name": sandbox.spec.name, "how": how, "exit_code": code}))?;
            if code == Some(0) {
                note(format!("{}: {how}", sandbox.spec.name));
                return Ok(Exit::Ok);
            }
            Err(failure::not_running(sandbox.spec.name.as_str(), &how))
        }
    }
}

enum Over {
    Full(Engine),
    Interrupted(Exit),
    Expired,
    Ended { how: String, code: Option<i64> },
}

/// An engine that is restarted is waited for: what it says then is the truth.
fn wait(
    mut engine: Engine,
    sandbox: &Sandbox,
    signals: &Signals,
    full: impl Fn() -> bool,
) -> Result<Over, Failure> {
    let mut away = false;
    loop {
        if let Some(exit) = signals.stopped() {
            return Ok(Over::Interrupted(exit));
        }
        match engine.sandbox(&sandbox.id) {
            // Anything else than running, paused or ended is on its way to be removed: the next look finds nothing.
            Ok(Some(now)) if now.state.status == Status::Exited => {
                return Ok(Over::Ended { how: describe::last(&engine, &now), code: now.state.exit_code });
            }
            Ok(Some(now)) if status::is_over(&now) => return Ok(Over::Expired),
            Ok(Some(now)) if full() && now.state.status == Status::Running => return Ok(Over::Full(engine)),
            Ok(Some(_)) => away = false,
            Ok(None) => return Ok(Over::Ended { how: "it was removed".to_owned(), code: Some(0) }),
            Err(Error::Broken { .. } | Error::Unreachable { .. } | Error::Late { .. }) => {
                if !std::mem::replace(&mut away, true) {
                    warn("the Docker engine does not answer; waiting for it");
                }
                std::thread::sleep(AWAY);
                if let Ok(again) = failure::engine() {
                    note("the Docker engine answers again");
                    engine = again;
                }
            }
            Err(error) => return Err(failure::from(error)),
        }
        std::thread::sleep(PAUSE);
    }
}

fn tell(record: &Value) -> Result<(), Failure> {
    let mut out = Stdout::lock();
    out.record(record.to_string().as_bytes())?;
    out.flush()?;
    Ok(())
}
