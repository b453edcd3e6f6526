//! Chat services: which are on, linking one, and approving who writes to the agent through it. What there is is asked of the gateway; linking
//! and approving are commands of OpenClaw's own, run inside.

mod advice;
mod pair;
mod plain;
mod raw;
mod row;
mod show;
mod tame;
mod waiting;

pub use pair::pair;
pub use show::show;

use crate::args::Login;
use crate::failure::{self, engine};
use crate::target;
use raw::Raw;
use sentrix_cli::{Exit, Failure, note};
use sentrix_sandbox::openclaw::Channel;
use sentrix_sandbox::{Command, Error, Streams};
use std::io::{ErrorKind, IsTerminal};
use tame::Tame;

/// The gateway's user: the state is its.
const USER: &str = "10001:10001";
/// What the gateway has in its environment, and this command needs as well.
const SURROUNDINGS: &str = "cd /home/oc; [ ! -S /run/tap/egress.sock ] || export HTTPS_PROXY=http://127.0.0.1:8081 HTTP_PROXY=http://127.0.0.1:8081 \
    NO_PROXY=127.0.0.1,localhost,::1; export HOME=/home/oc OPENCLAW_STATE_DIR=/state OPENCLAW_CONFIG_PATH=/run/oc/config/openclaw.json \
    NODE_COMPILE_CACHE=/tmp/ncc; exec openclaw \"$@\"";

/// Links a channel, on this terminal.
pub fn login(args: &Login) -> Result<Exit, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage("linking a channel shows a QR code and asks questions")
            .next("run it on a terminal"));
    }
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    note("a second OpenClaw is started for this: the sandbox should have 3072 MiB (--memory)");
    let command = openclaw(&["channels", "login", "--channel", args.channel.id()]);
    let mut complaints = std::io::sink();
    let raw = Raw::set()?;
    let mut output = Tame::new(std::io::stdout());
    let streams =
        Streams { input: Some(Box::new(std::io::stdin())), output: &mut output, error: &mut complaints };
    let ended = engine.exec_on_terminal(&sandbox.id, &command, streams, raw::size);
    drop(raw);
    finished(ended, args.channel)
}

fn openclaw(words: &[&str]) -> Command<'static> {
    let words = ["sh", "-c", SURROUNDINGS, "_"].iter().chain(words).map(|word| (*word).to_owned());
    Command { user: USER, words: words.collect(), limit: None }
}

fn finished(ended: Result<i64, Error>, channel: Channel) -> Result<Exit, Failure> {
    match ended {
        Ok(0) => Ok(Exit::Ok),
        Ok(137) => Err(Failure::environment("OpenClaw's command was killed")
            .because("most likely there was not enough memory for it")
            .next("start the sandbox with --memory 3072")),
        Ok(_) => Err(Failure::environment(format!("OpenClaw could not do that for {}", channel.id())).next(
            format!(
                "the lines above say why; the channel must be on: `sentrix run --channel {}`, with the plugins in the image",
                channel.id()
            ),
        )),
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(Exit::Ok),
        Err(error) => Err(failure::from(error)),
    }
}
