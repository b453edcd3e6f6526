//! sentrix-collect: records what an OpenClaw agent says, from its raw stream, into log files that lose nothing.

mod args;
mod cat;
mod collect;
mod descriptor;
mod logs;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod minutes;
mod notices;
mod serve;
mod size;
#[cfg(feature = "tap")]
mod tap;
mod verify;

use args::{Args, Command};
use clap::Parser;
use sentrix_cli::{Exit, Failure, program};
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    program(|| run(Args::parse()))
}

fn run(args: Args) -> Result<Exit, Failure> {
    match args.command {
        None => collect::run(args.collect),
        Some(Command::Verify(args)) => verify::run(&args),
        Some(Command::Cat(args)) => cat::run(&args),
        Some(Command::Logs(args)) => logs::run(&args),
        Some(Command::Serve(args)) => serve::run(&args),
        #[cfg(feature = "tap")]
        Some(Command::Tap(args)) => tap::run(&args),
    }
}
