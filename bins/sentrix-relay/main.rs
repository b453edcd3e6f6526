//! sentrix-relay: the helper inside the container. It carries bytes between the container's loopback and what is mounted
//! into it or carried over an exec, and it is process 1: it starts the programs of the box, reaps them, and stops all when one ends.
//!
//! Not for users: the image's entrypoint and `sentrix-box` call it.

mod args;
mod carry;
mod child;
mod copy;
mod dial;
mod listen;
mod privileges;
mod supervise;

use args::Command;
use sentrix_cli::{Exit, Failure, Stdout, finish};
use std::process::ExitCode;

fn main() -> ExitCode {
    run().unwrap_or_else(|failure| finish(Err(failure)))
}

fn run() -> Result<ExitCode, Failure> {
    match args::parse(std::env::args().skip(1))? {
        Command::Help => Ok(finish(help())),
        Command::Dial { address } => Ok(finish(dial::dial(&address))),
        Command::Listen { address, socket } => Ok(finish(listen::listen(&address, &socket))),
        Command::Carry { sockets } => Ok(finish(carry::carry(&sockets))),
        Command::Supervise { uid, children } => supervise::supervise(uid, children),
    }
}

fn help() -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    out.raw(args::USAGE.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}
