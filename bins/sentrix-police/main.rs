//! sentrix-police: investigates what the patrol flagged, and keeps its evidence.

mod alerts_args;
mod args;
mod clerk;
mod detective;
mod flags;
mod follow;
mod investigate;
mod line;
mod list;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod model_args;
mod place;
mod redact;
mod report;
mod row;
mod show;
mod station;
mod tell;
mod work;

use args::{Args, Command};
use clap::Parser;
use sentrix_cli::{Exit, Failure, Signals, program};
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    let args = Args::parse();
    program(|| run(args))
}

fn run(args: Args) -> Result<Exit, Failure> {
    match args.command {
        Some(Command::Investigate(args)) => investigate::run(&args, &Signals::install()?),
        Some(Command::List(args)) => list::run(&args),
        Some(Command::Show(args)) => show::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        None if args.work.follow => follow::run(&args.work, &Signals::install()?),
        None => work::run(&args.work, &Signals::install()?),
    }
}
