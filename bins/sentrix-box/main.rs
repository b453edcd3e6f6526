//! sentrix-box: one hardened container, from its making to its end.

mod agent;
mod args;
mod build;
mod capped;
mod carry;
mod channels;
mod describe;
mod dial;
mod draft;
mod environment;
mod exec;
mod explain;
mod failure;
mod id_file;
mod launch;
mod logs;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod pause;
mod publish;
mod quarantine;
mod ready;
mod reap;
mod remove;
mod setup;
mod snapshot;
mod state_dir;
mod status;
mod stop;
mod target;
mod terminal;
mod translate;
mod up;
mod watch;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<args::Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    sentrix_cli::program(|| args::Args::parse().run())
}
