//! `logs`: what the gateway says.

use crate::args::Logs;
use crate::failure::{self, engine};
use crate::target;
use crate::terminal::Guarded;
use sentrix_cli::{Exit, Failure};
use sentrix_sandbox::Error;
use std::io::ErrorKind;

/// Prints it as it came.
pub fn run(args: &Logs) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::find(&engine, &args.target)?;
    let mut out = Guarded::new(std::io::stdout());
    match engine.logs(&sandbox.id, args.tail, args.follow, &mut out) {
        Ok(()) => Ok(Exit::Ok),
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(error) => Err(failure::from(error)),
    }
}
