//! Which source is meant.

use crate::args::Args;
use crate::command::Served;
use crate::container::{Container, Wanted};
use sentrix_cli::{Failure, Signals};
use sentrix_transfer::{Directory, Source};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The source that the command line names.
pub fn source(args: &Args, signals: &Signals) -> Result<Box<dyn Source>, Failure> {
    if let Some(from) = &args.from {
        if same_directory(from, &args.log_dir) {
            return Err(Failure::usage(format!("{} is source and destination", from.display()))
                .next("name another directory with --log-dir"));
        }
        return Ok(Box::new(Directory::new(from, args.source.as_deref())));
    }
    if let Some(line) = &args.via {
        return Ok(Box::new(Served::new(line, args.source.as_deref(), signals)));
    }
    let Some(container) = &args.container else {
        return Err(Failure::usage("no source").next(
            "name a directory of log files with --from DIR, a container with --container ID, or a command with --via",
        ));
    };
    let found = Container::find(&wanted(args, container), signals);
    found.map(|container| Box::new(container) as Box<dyn Source>).map_err(|error| failure(&error))
}

fn wanted(args: &Args, container: &str) -> Wanted {
    Wanted {
        container: container.to_owned(),
        user: args.user.clone(),
        dir: args.path.clone().map(|path| path.trim_end_matches('/').to_owned()),
        host: std::env::var("DOCKER_HOST").ok(),
        source: args.source.clone(),
    }
}

fn failure(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::environment(error.to_string())
            .next("`docker ps -a` and `sentrix-box status` list what there is"),
        ErrorKind::InvalidInput => {
            Failure::usage(error.to_string()).next("say it with --user UID:GID and --path DIR")
        }
        _ => Failure::environment(error.to_string())
            .next("see whether `docker info` answers; DOCKER_HOST names another engine"),
    }
}

fn same_directory(from: &Path, to: &Path) -> bool {
    matches!((from.canonicalize(), to.canonicalize()), (Ok(from), Ok(to)) if from == to)
}
