//! Waiting until the gateway takes requests, or the container dies.

use crate::capped::Capped;
use crate::{describe, failure};
use sentrix_cli::{Exit, Failure, Signals};
use sentrix_sandbox::{Command, Engine, Error, Sandbox, Status, Streams, hardening};
use std::io::Cursor;
use std::time::{Duration, Instant};

const REQUEST: &[u8] = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
const PAUSE: Duration = Duration::from_millis(500);

/// Waits, at most as long as given.
pub fn wait(engine: &Engine, id: &str, patience: Duration, signals: &Signals) -> Result<(), Failure> {
    let end = Instant::now() + patience;
    loop {
        interrupted(signals)?;
        let sandbox = engine.sandbox(id).map_err(failure::from)?.ok_or_else(|| {
            Failure::environment("the sandbox was removed while it was starting")
                .next("`sentrix-box up` makes another")
        })?;
        match sandbox.state.status {
            Status::Running => match answers(engine, id) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // Engines have many words for one that ended between the look and the question: the next look tells.
                Err(failure) if runs(engine, id)? => return Err(failure),
                Err(_) => {}
            },
            Status::Created | Status::Paused => {}
            Status::Exited | Status::Other => {
                return Err(Failure::environment("the sandbox ended while it was starting")
                    .because(describe::last(engine, &sandbox)));
            }
        }
        if Instant::now() >= end {
            return Err(too_late(&sandbox, patience));
        }
        std::thread::sleep(PAUSE);
    }
}

fn runs(engine: &Engine, id: &str) -> Result<bool, Failure> {
    let sandbox = engine.sandbox(id).map_err(failure::from)?;
    Ok(sandbox.is_some_and(|sandbox| sandbox.state.status == Status::Running))
}

fn too_late(sandbox: &Sandbox, patience: Duration) -> Failure {
    let failure = Failure::environment(format!("the gateway was not ready after {} s", patience.as_secs()));
    // A child can be killed and the container go on without it.
    if sandbox.state.oom_killed {
        return failure
            .because("a process in the sandbox was killed: out of memory")
            .next("give it more with --memory");
    }
    failure.next("give it longer with --ready-timeout")
}

/// Ends the work when TERM or INT has come, or the terminal has gone.
pub fn interrupted(signals: &Signals) -> Result<(), Failure> {
    let hung_up = || signals.take_reload().then_some(Exit::Signal(1));
    match signals.stopped().or_else(hung_up) {
        Some(exit) => Err(Failure::new(exit, "stopped before the sandbox was ready")),
        None => Ok(()),
    }
}

/// Whether the gateway says that it is ready. Not being there yet is an answer; an engine that breaks is not.
fn answers(engine: &Engine, id: &str) -> Result<bool, Failure> {
    let address = format!("127.0.0.1:{}", hardening::GATEWAY_PORT);
    let command = Command {
        user: hardening::RELAY_USER,
        words: vec![hardening::RELAY.to_owned(), "dial".to_owned(), address],
        limit: Some(Duration::from_secs(15)),
    };
    let (mut output, mut error) = (Capped::default(), Capped::default());
    let input: Option<Box<dyn std::io::Read + Send>> = Some(Box::new(Cursor::new(REQUEST)));
    let streams = Streams { input, output: &mut output, error: &mut error };
    match engine.exec(id, &command, streams) {
        Ok(_) => Ok(is_ok(&output.bytes)),
        // What cannot be asked now is looked at again.
        Err(Error::Conflict { .. } | Error::Missing { .. } | Error::Late { .. }) => Ok(false),
        Err(error) => Err(failure::from(error)),
    }
}

fn is_ok(response: &[u8]) -> bool {
    response.starts_with(b"HTTP/1.1 200 ") || response.starts_with(b"HTTP/1.0 200 ")
}

#[cfg(test)]
mod tests {
    use super::is_ok;

    #[test]
    fn only_200_is_ready() {
        assert!(is_ok(b"HTTP/1.1 200 OK\r\n\r\n{}"));
        for not in [&b""[..], b"HTTP/1.1 503 Service Unavailable\r\n", b"HTTP/1.1 2000", b"200 "] {
            assert!(!is_ok(not));
        }
    }
}
