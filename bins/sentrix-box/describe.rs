//! A sandbox in words.

use crate::capped::Capped;
use sentrix_sandbox::{Engine, Sandbox, Status};
use serde::Deserialize;
use std::time::Duration;

/// The supervisor's last line.
#[derive(Deserialize)]
struct Last {
    first: String,
    rc: u8,
    stop: bool,
}

/// How it came not to run, and which of its programs ended first, as far as its last line says.
pub fn last(engine: &Engine, sandbox: &Sandbox) -> String {
    let ending = ending(settled(engine, sandbox).as_ref().unwrap_or(sandbox));
    let mut words = Capped::default();
    let read = sandbox.state.status == Status::Exited
        && engine.logs(&sandbox.id, Some(5), false, &mut words).is_ok();
    match first(&words.bytes).filter(|_| read) {
        Some(first) => format!("{ending}; {first}"),
        None => ending,
    }
}

/// The engine hears of a kill and of its cause on two ways: the cause may come a moment later.
fn settled(engine: &Engine, sandbox: &Sandbox) -> Option<Sandbox> {
    let killed = |sandbox: &Sandbox| sandbox.state.exit_code == Some(137) && !sandbox.state.oom_killed;
    for _ in 0..5 {
        if !killed(sandbox) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(200));
        let again = engine.sandbox(&sandbox.id).ok()??;
        if !killed(&again) {
            return Some(again);
        }
    }
    None
}

/// The gateway can write such a line as well: what it says is repeated only where it has the form of ours.
fn first(output: &[u8]) -> Option<String> {
    let line = output.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?;
    let last: Last = serde_json::from_slice(line).ok()?;
    let plain =
        last.first.len() <= 20 && last.first.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let asked = if last.stop { "a stop had been asked for" } else { "nobody had asked for a stop" };
    plain.then(|| format!("{} ended first, with code {}, and {asked}", last.first, last.rc))
}

/// How it came not to run.
pub fn ending(sandbox: &Sandbox) -> String {
    let state = &sandbox.state;
    let mebibytes = sandbox.spec.limits.memory >> 20;
    let code = state.exit_code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
    let mut words = match state.status {
        Status::Created => "it was never started".to_owned(),
        Status::Running => "it runs".to_owned(),
        Status::Paused => "it is paused".to_owned(),
        Status::Other => "it is being removed or restarted".to_owned(),
        Status::Exited if state.oom_killed => {
            format!(
                "it ended with {code}: out of memory at its limit of {mebibytes} MiB, give it more with --memory"
            )
        }
        // Some engines lose the cause when the first process itself is killed.
        Status::Exited if state.exit_code == Some(137) => {
            format!(
                "it ended with {code}: killed by somebody, or out of memory at its limit of {mebibytes} MiB"
            )
        }
        // The engine gives 255 to what it finds dead when it starts again.
        Status::Exited if state.exit_code == Some(255) => {
            format!("it ended with {code}: the engine, or the machine, was restarted under it")
        }
        Status::Exited => format!("it ended with {code}"),
    };
    if let Some(error) = &state.error {
        words.push_str(": ");
        words.push_str(error);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::first;

    #[test]
    fn only_the_supervisors_own_form_is_repeated() {
        let said = first(b"noise\n{\"first\":\"gateway\",\"rc\":137,\"stop\":false}\n").unwrap();
        assert_eq!(said, "gateway ended first, with code 137, and nobody had asked for a stop");
        for other in [
            &b""[..],
            b"{\"first\":\"gateway\"}",
            b"{\"first\":\"a b\",\"rc\":1,\"stop\":true}",
            b"{\"first\":\"gateway\",\"rc\":999,\"stop\":true}",
            b"{\"first\":\"gateway\",\"rc\":1,\"stop\":true}\nmore",
        ] {
            assert_eq!(first(other), None);
        }
    }
}
