//! `dial`: standard input and output as a connection to the sandbox's loopback, the way ssh's ProxyCommand works. Nothing is published.

use crate::args::Dial;
use crate::capped::Capped;
use crate::failure::{self, engine};
use crate::target;
use sentrix_cli::{Exit, Failure};
use sentrix_sandbox::{Command, Error, Streams, hardening};
use std::io::ErrorKind;

/// Copies until the far side ends.
pub fn run(args: &Dial) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    let address = format!("127.0.0.1:{}", args.port);
    let command = Command {
        user: hardening::RELAY_USER,
        words: vec![hardening::RELAY.to_owned(), "dial".to_owned(), address.clone()],
        limit: None,
    };
    let (mut output, mut error) = (std::io::stdout(), Capped::default());
    let streams = Streams { input: Some(Box::new(std::io::stdin())), output: &mut output, error: &mut error };
    let name = &sandbox.spec.name;
    match engine.exec(&sandbox.id, &command, streams) {
        Ok(0) => Ok(Exit::Ok),
        Ok(4 | 111) => Err(Failure::environment(format!("nothing listens on {address} in {name}"))
            .next("the gateway may still be starting: `sentrix-box logs` shows it")),
        Ok(126 | 127) => {
            Err(Failure::environment(format!("the image of {name} has no {}", hardening::RELAY))
                .next("`sentrix-box build` makes one that has"))
        }
        Ok(code) => {
            Err(Failure::environment(format!("the connection to {address} in {name} ended with code {code}"))
                .next("`sentrix-box status` shows whether it still runs"))
        }
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(error) => Err(failure::from(error)),
    }
}
