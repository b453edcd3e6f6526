//! `agent`: talk to the agent, one message or many, through the gateway's own protocol. No second OpenClaw is started for it:
//! that would cost as much memory as the gateway itself.

pub mod abort;
pub mod line;
mod shown;
mod talk;

use crate::args::Agent;
use crate::failure::engine;
use crate::target;
use sentrix_cli::{Exit, Failure, Signals};
use std::io::{IsTerminal, Read};
use talk::Talk;

/// A message longer than this is a mistake: the gateway would not take it.
const LONGEST: u64 = 1 << 20;

/// Sends the message, or talks on the terminal.
pub fn run(args: &Agent) -> Result<Exit, Failure> {
    let message = message(args)?;
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    match message {
        Some(message) => {
            let signals = Signals::install()?;
            let mut talk = Talk::open(&sandbox, args, || signals.stopped().is_some())?;
            talk.say(&message, || signals.stopped())
        }
        None => talk::on_terminal(&sandbox, args),
    }
}

/// What is to be said: the argument, or standard input where it is no terminal. Nothing: a person wants to talk.
fn message(args: &Agent) -> Result<Option<String>, Failure> {
    let text = match &args.message {
        Some(text) if text != "-" => text.clone(),
        None if std::io::stdin().is_terminal() => return Ok(None),
        _ => {
            let mut text = String::new();
            std::io::stdin().take(LONGEST + 1).read_to_string(&mut text).map_err(|error| {
                Failure::usage("cannot read the message from standard input").because(error)
            })?;
            text
        }
    };
    if text.len() as u64 > LONGEST {
        return Err(Failure::usage(format!("the message is longer than {LONGEST} bytes"))
            .next("put it into a file of the workspace and name the file"));
    }
    if text.trim().is_empty() {
        return Err(
            Failure::usage("the message is empty").next("give one with --message, or on standard input")
        );
    }
    Ok(Some(text))
}
