//! `pair`: who waits to be let in, and letting somebody in.

use super::{finished, openclaw, plain, waiting};
use crate::agent::line;
use crate::args::Pair;
use crate::failure::engine;
use crate::target;
use crate::terminal::Guarded;
use sentrix_cli::{Exit, Failure, Stdout, note};
use sentrix_gateway::{GatewayError, Limits};
use sentrix_sandbox::openclaw::Channel;
use sentrix_sandbox::{Engine, Sandbox, Streams};
use std::io::IsTerminal;
use waiting::{HEAD, Waiting};

/// Approves a person, or lists who waits.
pub fn pair(args: &Pair) -> Result<Exit, Failure> {
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    match (args.channel, &args.code) {
        (Some(channel), Some(code)) => approve(&engine, &sandbox, channel, code),
        (channel, _) => list(&sandbox, channel, args.json),
    }
}

fn approve(engine: &Engine, sandbox: &Sandbox, channel: Channel, code: &str) -> Result<Exit, Failure> {
    let command = openclaw(&["pairing", "approve", channel.id(), code]);
    let (mut output, mut error) = (Guarded::new(std::io::stdout()), Guarded::new(std::io::stderr()));
    let streams = Streams { input: None, output: &mut output, error: &mut error };
    finished(engine.exec(&sandbox.id, &command, streams), channel)
}

/// The gateway does not tell the codes: only who was given one can say it.
fn list(sandbox: &Sandbox, channel: Option<Channel>, json: bool) -> Result<Exit, Failure> {
    let mut client = line::connect(sandbox, Limits::default().silent_run, || false)?;
    let answer = client.pairing(channel.map(Channel::id)).map_err(|error| refused(&error, channel))?;
    client.close();
    let all = Waiting::all(&answer);
    if all.is_empty() {
        note(waiting::nobody(&answer, channel.map(Channel::id)));
        return Ok(Exit::Ok);
    }
    let people = !json && std::io::stdout().is_terminal();
    let mut out = Stdout::lock();
    let lines =
        if people { plain::table(&HEAD, all.iter().map(Waiting::cells)) } else { waiting::json(&all)? };
    for line in lines {
        out.record(line.as_bytes())?;
    }
    out.flush()?;
    let channel = all.first().map_or("CHANNEL", |first| first.channel.as_str());
    note(format!("`sentrix pair {channel} CODE` lets one in: ask the person for the code"));
    Ok(Exit::Ok)
}

/// A channel that is off, or whose plugin the image lacks, is not known to the gateway.
fn refused(error: &GatewayError, channel: Option<Channel>) -> Failure {
    match (error, channel) {
        (GatewayError::Refused(refusal), Some(channel)) => {
            Failure::environment(format!("the gateway has no pairing for {}", channel.id()))
                .because(refusal)
                .next("`sentrix channels` shows which channels are on")
        }
        _ => line::broken(error),
    }
}
