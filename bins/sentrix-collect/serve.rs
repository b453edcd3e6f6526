//! `serve`: the log directory, asked for over standard input and output by sentrix-sync.

use crate::args::Serve;
use sentrix_cli::{Exit, Failure};
use sentrix_transfer::Directory;
use std::io::{self, ErrorKind};

/// Answers until nobody asks any more.
pub fn run(args: &Serve) -> Result<Exit, Failure> {
    let mut source = Directory::new(&args.log_dir, None);
    match sentrix_transfer::serve(&mut source, io::stdin().lock(), io::stdout()) {
        Ok(()) => Ok(Exit::Ok),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(error) => Err(Failure::environment("cannot go on answering")
            .because(error)
            .next("this command is for sentrix-sync, which starts it by itself")),
    }
}
