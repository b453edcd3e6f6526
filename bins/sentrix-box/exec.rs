//! `exec`: a command inside.

use crate::args::Exec;
use crate::failure::{self, engine};
use crate::target;
use crate::terminal::Guarded;
use sentrix_cli::{Exit, Failure};
use sentrix_sandbox::{Command, Error, Streams};
use std::io::{ErrorKind, Read};

/// Ends with the command's own code.
pub fn run(args: &Exec) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    if args.user.split(':').any(|part| part == "0" || part.parse::<u32>().is_err()) {
        return Err(Failure::usage(format!("--user {}: not numbers, or root", args.user))
            .next("give UID:GID, such as 10001:10001 for the gateway's user"));
    }
    let command = Command { user: &args.user, words: args.command.clone(), limit: None };
    let input: Option<Box<dyn Read + Send>> = args.interactive.then(|| Box::new(std::io::stdin()) as Box<_>);
    let (mut output, mut error) = (Guarded::new(std::io::stdout()), Guarded::new(std::io::stderr()));
    match engine.exec(&sandbox.id, &command, Streams { input, output: &mut output, error: &mut error }) {
        Ok(code) => Ok(Exit::Command(u8::try_from(code).unwrap_or(u8::MAX))),
        // Nobody reads any more: as quiet as any program in a pipe.
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(error) => Err(failure::from(error)),
    }
}
