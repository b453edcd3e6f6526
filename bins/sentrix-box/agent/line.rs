//! The line to the gateway: a socket pair, whose other end is the standard input and output of a command that dials inside.

use crate::capped::Capped;
use crate::failure;
use sentrix_cli::Failure;
use sentrix_gateway::{Cause, Client, Credentials, GatewayError, Limits};
use sentrix_sandbox::{Command, Sandbox, Streams, hardening};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How long a read waits before it says that nothing has come; what keeps the client's time limits.
const PULSE: Duration = Duration::from_millis(50);
/// A gateway that is still starting is waited for so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Connects, as soon as the gateway takes connections.
pub fn connect(
    sandbox: &Sandbox,
    silence: Duration,
    stopped: impl Fn() -> bool,
) -> Result<Client<UnixStream>, Failure> {
    let token = token(sandbox)?;
    let end = Instant::now() + PATIENCE;
    loop {
        let credentials = Credentials {
            display_name: "Sentrix".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            token: token.clone(),
        };
        let limits = Limits { silent_run: silence, ..Limits::default() };
        match Client::connect(dial(&sandbox.id)?, credentials, limits) {
            Ok(client) => return Ok(client),
            Err(error) => match wait(&error) {
                Some(wait) if Instant::now() + wait < end && !stopped() => std::thread::sleep(wait),
                _ => return Err(broken(&error)),
            },
        }
    }
}

/// How long to wait before the next try, where one may help.
fn wait(error: &GatewayError) -> Option<Duration> {
    match error {
        GatewayError::Refused(refusal) => match refusal.cause {
            Cause::Starting { retry_after } => Some(retry_after.clamp(PULSE, Duration::from_secs(5))),
            _ => None,
        },
        // Nothing listens yet, or it was restarted in this moment.
        GatewayError::Closed { code: 1006 | 1012 | 1013, .. } => Some(Duration::from_secs(1)),
        _ => None,
    }
}

/// What to tell when the connection cannot be made, or has ended.
pub fn broken(error: &GatewayError) -> Failure {
    Failure::environment("the connection to the agent's gateway failed")
        .because(error)
        .next("`sentrix-box status` shows whether it still runs, `sentrix-box logs` what it says")
}

pub(super) fn token(sandbox: &Sandbox) -> Result<String, Failure> {
    let path = sandbox.spec.secrets_dir().join("token");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::environment(format!("cannot read the gateway's token {}", path.display()))
            .because(error)
            .next("only who started the sandbox may talk to it")
    })?;
    Ok(text.trim().to_owned())
}

pub(super) fn dial(id: &str) -> Result<UnixStream, Failure> {
    let cannot =
        |error: std::io::Error| Failure::environment("cannot open a line to the gateway").because(error);
    let (ours, theirs) = UnixStream::pair().map_err(cannot)?;
    let input = theirs.try_clone().map_err(cannot)?;
    ours.set_read_timeout(Some(PULSE)).map_err(cannot)?;
    // An engine of its own: a connection of the other one may be busy.
    let engine = failure::engine()?;
    let id = id.to_owned();
    let carry = move || {
        let command = Command {
            user: hardening::RELAY_USER,
            words: vec![
                hardening::RELAY.to_owned(),
                "dial".to_owned(),
                format!("127.0.0.1:{}", hardening::GATEWAY_PORT),
            ],
            limit: None,
        };
        let (mut output, mut said) = (theirs, Capped::default());
        let streams = Streams { input: Some(Box::new(input)), output: &mut output, error: &mut said };
        // However it ends, the other end of the pair sees that the line is gone.
        let _ended = engine.exec(&id, &command, streams);
        let _gone_already = output.shutdown(std::net::Shutdown::Both);
    };
    std::thread::Builder::new().name("line".to_owned()).spawn(carry).map_err(cannot)?;
    Ok(ours)
}
