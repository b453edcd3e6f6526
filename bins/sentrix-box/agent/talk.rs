//! A conversation: what is said, what comes back, and what a Ctrl-C does.

use super::line;
use super::shown::Shown;
use crate::args::Agent;
use sentrix_cli::{Exit, Failure, note};
use sentrix_gateway::{Client, Event, GatewayError};
use sentrix_sandbox::Sandbox;
use signal_hook::consts::SIGINT;
use std::io::{BufRead, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long an aborted run may take to say that it is.
const ABORT: Duration = Duration::from_secs(10);

/// An open conversation.
pub struct Talk {
    client: Client<UnixStream>,
    session: String,
    shown: Shown,
}

impl Talk {
    /// Connects.
    pub fn open(sandbox: &Sandbox, args: &Agent, stopped: impl Fn() -> bool) -> Result<Self, Failure> {
        let client = line::connect(sandbox, Duration::from_secs(args.silence), stopped)?;
        Ok(Self { client, session: args.session.clone(), shown: Shown::new(args) })
    }

    /// Says something and waits for the end of the answer; `stopped` aborts the run.
    pub fn say(&mut self, message: &str, stopped: impl Fn() -> Option<Exit>) -> Result<Exit, Failure> {
        self.shown.begin();
        let now = Instant::now();
        let run =
            self.client.session().send(&self.session, message, now).map_err(|error| line::broken(&error))?;
        let mut aborted: Option<(Exit, Instant)> = None;
        loop {
            if aborted.is_none()
                && let Some(exit) = stopped()
            {
                self.abort()?;
                aborted = Some((exit, Instant::now()));
            }
            if let Some((exit, since)) = aborted
                && since.elapsed() > ABORT
            {
                note(
                    "the gateway did not say that the run has ended; `sentrix-box stop` ends it for certain",
                );
                return Ok(exit);
            }
            let event = self.client.poll().map_err(|error| line::broken(&error))?;
            let Some(event) = event.filter(|event| of(event) == Some(run.as_str())) else { continue };
            self.shown.event(&event)?;
            if let Some(end) = self.ended(event)? {
                return Ok(aborted.map_or(end, |(exit, _)| exit));
            }
        }
    }

    fn abort(&mut self) -> Result<(), Failure> {
        let asked = self.client.session().abort(&self.session, Instant::now());
        asked.map(drop).map_err(|error| line::broken(&error))
    }

    /// How the run ended, if this is its end.
    fn ended(&mut self, event: Event) -> Result<Option<Exit>, Failure> {
        match event {
            Event::Final { text, .. } => {
                if text.trim().is_empty() {
                    note(
                        "the answer is empty; `sentrix logs` shows what the model said, if it said anything",
                    );
                }
                Ok(Some(Exit::Ok))
            }
            Event::Aborted { .. } => {
                note("aborted");
                Ok(Some(Exit::Ok))
            }
            Event::Failed { message, .. } => {
                self.shown.end()?;
                Err(Failure::environment("the agent could not answer")
                    .because(message)
                    .next("`sentrix-box logs --tail 20` shows what the gateway says"))
            }
            Event::TimedOut { .. } => {
                self.abort()?;
                // The request to abort goes out with the next look.
                self.client.poll().map_err(|error| line::broken(&error))?;
                Err(Failure::environment("the agent was silent for too long, and the run was aborted")
                    .next("see `sentrix-box logs`, or give it longer with --silence"))
            }
            _ => Ok(None),
        }
    }
}

/// The run that an event is about, if it is one of ours.
fn of(event: &Event) -> Option<&str> {
    let run = match event {
        Event::Delta { run, .. }
        | Event::Thinking { run, .. }
        | Event::ToolStart { run, .. }
        | Event::ToolResult { run, .. }
        | Event::Final { run, .. }
        | Event::Aborted { run, .. }
        | Event::Failed { run, .. }
        | Event::TimedOut { run, .. } => run,
        Event::Response { .. } | Event::Shutdown { .. } => return None,
    };
    run.ours.then_some(run.id.as_str())
}

/// Reads messages from the terminal until it ends. Ctrl-C aborts an answer, Ctrl-D ends the conversation.
pub fn on_terminal(sandbox: &Sandbox, args: &Agent) -> Result<Exit, Failure> {
    let interrupted = Arc::new(AtomicBool::new(false));
    // Between answers a Ctrl-C ends the program as it always does: the default is given back while nobody answers.
    let idle = Arc::new(AtomicBool::new(true));
    signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&idle))
        .and_then(|_| signal_hook::flag::register(SIGINT, Arc::clone(&interrupted)))
        .map_err(|error| Failure::environment("cannot install signal handlers").because(error))?;
    let mut talk = Talk::open(sandbox, args, || false)?;
    note(format!("talking to {}; Ctrl-C stops an answer, Ctrl-D ends", sandbox.spec.name));
    let mut lines = std::io::stdin().lock().lines();
    loop {
        prompt();
        let Some(message) = lines.next() else { return Ok(Exit::Ok) };
        let message =
            message.map_err(|error| Failure::environment("cannot read from the terminal").because(error))?;
        if message.trim().is_empty() {
            continue;
        }
        if matches!(message.trim(), "/quit" | "/exit") {
            return Ok(Exit::Ok);
        }
        interrupted.store(false, Ordering::Relaxed);
        idle.store(false, Ordering::Relaxed);
        let said = talk.say(&message, || interrupted.load(Ordering::Relaxed).then_some(Exit::Signal(2)));
        idle.store(true, Ordering::Relaxed);
        match said {
            Ok(_) => {}
            Err(failure) if failure.is_closed_pipe() => return Err(failure),
            // One answer failed, the conversation has not.
            Err(failure) => {
                note(failure);
                if !talk.is_open() {
                    talk = Talk::open(sandbox, args, || false)?;
                }
            }
        }
    }
}

fn prompt() {
    let mut error = std::io::stderr();
    // A terminal that is gone ends the next read.
    let _lost = error.write_all(b"> ").and_then(|()| error.flush());
}

impl Talk {
    /// Whether the line still stands.
    fn is_open(&mut self) -> bool {
        !matches!(self.client.poll(), Err(GatewayError::Closed { .. } | GatewayError::Io(_)))
    }
}
