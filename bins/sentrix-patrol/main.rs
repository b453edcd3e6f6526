//! sentrix-patrol: reviews the record for leaks, injections, unsafe tool use and harmful intent.

mod alerts;
mod alerts_args;
mod args;
mod completeness;
mod deliver;
mod delivery;
mod docket;
mod flagging;
mod follow;
mod fresh;
mod given;
mod hearing;
mod judge;
mod judged;
mod judges;
mod judges_args;
mod latest;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod memory;
mod metrics;
mod once;
mod pipe;
mod place;
mod reviewer;
mod rules;
mod run;
mod sarif;
mod show;
mod stateless;
mod sweep;
mod turns;
mod voting;

use args::Args;
use clap::Parser;
use sentrix_cli::program;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    let args = Args::parse();
    program(|| run::run(args))
}
