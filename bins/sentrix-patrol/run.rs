//! What was asked for.

use crate::args::{Args, Command, PatrolArgs};
use crate::{follow, judge, once, rules, sarif, show, turns};
use sentrix_cli::{Exit, Failure, Signals};

/// Nearly all that a patrol allocates is small and lives for one turn: a fifth of its time went there with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does it.
pub fn run(args: Args) -> Result<Exit, Failure> {
    match args.command {
        Some(Command::Turns(args)) => turns::run(&args),
        Some(Command::Judge(args)) => judge::run(&args),
        Some(Command::Show(args)) => show::run(&args),
        Some(Command::Sarif(args)) => sarif::run(&args),
        Some(Command::Rules(args)) => rules::run(&args),
        None => patrol(&args.patrol),
    }
}

fn patrol(args: &PatrolArgs) -> Result<Exit, Failure> {
    args.check()?;
    let signals = Signals::install()?;
    if args.follow { follow::run(args, &signals) } else { once::run(args, &signals) }
}
