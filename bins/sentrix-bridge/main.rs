//! sentrix-bridge: lets browsers watch the agent and talk to it.

mod args;
mod child;
mod connection;
mod debug;
mod dial;
mod doors;
mod home;
mod line;
mod link;
mod listen;
#[cfg(feature = "manual")]
#[path = "../manual.rs"]
mod manual;
mod pace;
mod requests;
mod sandbox;
mod serve;
mod server;
mod settings;
mod status;
mod stream;
mod tls;
mod token;
mod uplink;
mod waiting;
mod wake;
mod watch;

use args::{Args, Command};
use clap::Parser;
use sentrix_cli::program;
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "manual")]
    if let Some(printed) = manual::printed(<Args as clap::CommandFactory>::command) {
        return sentrix_cli::finish(printed);
    }
    program(|| {
        let args = Args::parse();
        match &args.command {
            None => serve::run(&args.options),
            Some(Command::Debug(options)) => debug::run(options),
            Some(Command::Link(options)) => link::run(options),
            Some(Command::Token(options)) => link::token(options),
        }
    })
}
