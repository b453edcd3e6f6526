//! `build`: the image, from what this program carries with it and the two static programs beside it.

use crate::args::Build as Args;
use crate::failure::{self, engine};
use sentrix_cli::{Exit, Failure, note};
use sentrix_sandbox::{Build, Engine};
use std::collections::HashMap;
use std::path::PathBuf;

const FILES: [(&str, u32, &str); 3] = [
    ("Dockerfile", 0o644, include_str!("../../sandbox/Dockerfile")),
    ("entrypoint.sh", 0o755, include_str!("../../sandbox/entrypoint.sh")),
    ("openclaw.json", 0o644, include_str!("../../sandbox/openclaw.json")),
];
const PROGRAMS: [&str; 2] = ["sentrix-collect", "sentrix-relay"];
const PLUGINS: &str = "@openclaw/whatsapp @openclaw/discord @openclaw/slack @openclaw/signal";

/// What scripts/base-image.sh makes where no registry can be reached.
const LOCAL_BASE: &str = "sentrix-base:local";

/// Says each step as it comes.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let engine = engine()?;
    if args.if_missing && engine.image(&args.tag).map_err(failure::from)?.is_some() {
        return Ok(Exit::Ok);
    }
    let arguments = arguments(args, &engine)?;
    let build = Build { tag: args.tag.clone(), arguments, files: files(args)? };
    engine.build(&build, |line| note(line)).map_err(|error| {
        failure::from(error).next("the step above says why; where the base image cannot be fetched, `scripts/base-image.sh` makes one for --base-image")
    })?;
    note(format!("built {}; `sentrix-box up` uses it", args.tag));
    Ok(Exit::Ok)
}

fn arguments(args: &Args, engine: &Engine) -> Result<HashMap<String, String>, Failure> {
    let mut arguments = HashMap::new();
    let local = || -> Result<Option<String>, Failure> {
        let there = engine.image(LOCAL_BASE).map_err(failure::from)?;
        Ok(there.map(|_| LOCAL_BASE.to_owned()))
    };
    let base = args.base_image.clone().map_or_else(local, |base| Ok(Some(base)))?;
    if let Some(base) = base {
        note(format!("built on {base}"));
        arguments.insert("BASE_IMAGE".to_owned(), base);
    }
    if !args.no_plugins {
        arguments.insert("PLUGINS".to_owned(), PLUGINS.to_owned());
    }
    Ok(arguments)
}

fn files(args: &Args) -> Result<Vec<(String, u32, Vec<u8>)>, Failure> {
    let text =
        |(path, mode, content): &(&str, u32, &str)| ((*path).to_owned(), *mode, content.as_bytes().to_vec());
    let mut files: Vec<_> = FILES.iter().map(text).collect();
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let dir = args.programs.clone().unwrap_or_else(|| PathBuf::from("target").join(triple).join("release"));
    for program in PROGRAMS {
        let path = dir.join(program);
        let bytes = std::fs::read(&path).map_err(|error| {
            Failure::usage(format!("cannot read {}", path.display()))
                .because(error)
                .next("`scripts/image.sh` builds the static programs and the image; --programs DIR says where they are")
        })?;
        files.push((format!("bin/{program}"), 0o755, bytes));
    }
    Ok(files)
}
