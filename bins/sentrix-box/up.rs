//! `up`: make a sandbox and wait until it is ready.

use crate::args::Up;
use crate::draft::draft;
use crate::environment;
use crate::failure::engine;
use crate::launch::launch;
use sentrix_cli::{Exit, Failure, Signals, Stdout};
use sentrix_sandbox::{Spec, hardening};
use serde_json::json;

/// Prints one JSON object when the gateway takes requests.
pub fn run(args: &Up) -> Result<Exit, Failure> {
    let signals = Signals::install()?;
    let engine = engine()?;
    let given = environment::given(args)?;
    let spec = draft(args, &given, &engine)?;
    let id = launch(&engine, &spec, args, &given, &signals)?;
    let mut out = Stdout::lock();
    out.record(describe(&spec, &id).to_string().as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

fn describe(spec: &Spec, id: &str) -> serde_json::Value {
    json!({
        "id": id,
        "name": spec.name,
        "image": spec.image,
        "image_id": spec.image_id,
        "network": spec.network.name(&spec.name),
        "log_dir": spec.log_dir,
        "tap_by": spec.tap_dir.as_ref().map(|_| spec.tap_by),
        "port": hardening::GATEWAY_PORT,
        "token_file": spec.secrets_dir().join("token"),
        "volume": spec.volume.name,
        "capture_uid": spec.capture_uid,
        "deadline": spec.deadline.map(crate::status::moment),
    })
}
