//! sentrix-sync: copies log files out of a sandbox, as they grow, and trusts nothing that it finds there.

mod args;
mod command;
mod container;
mod link;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod notices;
mod outlet;
mod packed;
mod patient;
mod place;
mod size;
mod still;
mod sync;
mod watch;

use args::Args;
use clap::Parser;
use sentrix_cli::program;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    program(|| sync::run(&Args::parse()))
}
