//! `carry`: the way from the sandbox to its tap where the engine cannot mount the tap's sockets. A helper inside listens in their place,
//! and everything goes over its standard input and output: no network, and nothing of the host inside.

use crate::args::Carry;
use crate::capped::Capped;
use crate::failure::{self, engine};
use crate::target;
use sentrix_carry::Side;
use sentrix_cli::{Exit, Failure, Stdout, warn};
use sentrix_sandbox::{Command, Engine, Error, Sandbox, Status, Streams, TapBy, hardening};
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Carries until the sandbox ends; says on standard output when it begins.
pub fn run(args: &Carry) -> Result<Exit, Failure> {
    let engine = Arc::new(engine()?);
    let sandbox = target::running(&engine, &args.target)?;
    let dir = tap_dir(args, &sandbox)?;
    let (ours, theirs) = UnixStream::pair().map_err(broken)?;
    let helper = helper(Arc::clone(&engine), sandbox.id.clone(), theirs)?;
    let mut connect = |service: u8| connect(&dir, service);
    let name = sandbox.spec.name.as_str();
    let mut said = Ok(());
    let mut ready = || said = say_ready(name);
    let carried = sentrix_carry::carry(&ours, &ours, Side::Far(&mut connect), &mut ready);
    said?;
    match carried {
        Ok(()) => ended(&engine, &sandbox, helper),
        // The helper ended in the middle of something; and what the engine says when there is no such program comes as its output.
        Err(sentrix_carry::Error::Cut | sentrix_carry::Error::Stranger) if ends_soon(&helper) => {
            ended(&engine, &sandbox, helper)
        }
        // Nobody waits for the helper: it ends with this program, its only reader.
        Err(error) => Err(broken(error)),
    }
}

fn ends_soon(helper: &Helper) -> bool {
    (0..20).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        helper.is_finished()
    })
}

fn tap_dir(args: &Carry, sandbox: &Sandbox) -> Result<PathBuf, Failure> {
    let (spec, name) = (&sandbox.spec, &sandbox.spec.name);
    let Some(made_with) = spec.tap_dir.as_ref().filter(|_| spec.tap_by == TapBy::Exec) else {
        return Err(Failure::usage(format!("nothing is to be carried for the sandbox {name}"))
            .because("it was not made with --tap-by exec")
            .next("`sentrix-box explain` shows how it was made"));
    };
    Ok(args.tap_dir.clone().unwrap_or_else(|| made_with.clone()))
}

/// Connects to the socket that stands at the same place as the one inside.
fn connect(dir: &Path, service: u8) -> io::Result<UnixStream> {
    let name = hardening::TAP_SOCKETS.get(usize::from(service)).ok_or(io::ErrorKind::InvalidInput)?;
    let path = dir.join(name);
    UnixStream::connect(&path)
        .inspect_err(|error| warn(format!("cannot connect to {}: {error}", path.display())))
}

fn say_ready(name: &str) -> Result<(), Failure> {
    let mut out = Stdout::lock();
    out.record(serde_json::json!({"carrying": name}).to_string().as_bytes())?;
    out.flush()?;
    Ok(())
}

type Helper = JoinHandle<(Result<i64, Error>, Capped)>;

/// Runs the helper inside, on a thread of its own; its end is the end of the other half of the pair.
fn helper(engine: Arc<Engine>, id: String, theirs: UnixStream) -> Result<Helper, Failure> {
    let input = theirs.try_clone().map_err(broken)?;
    let mut words = vec![hardening::RELAY.to_owned(), "carry".to_owned()];
    words.extend(hardening::TAP_SOCKETS.map(|socket| format!("{}/{socket}", hardening::TAP)));
    let body = move || {
        let command = Command { user: hardening::RELAY_USER, words, limit: None };
        let (mut output, mut error) = (&theirs, Capped::default());
        let streams = Streams { input: Some(Box::new(input)), output: &mut output, error: &mut error };
        let code = engine.exec(&id, &command, streams);
        // The input is still held by the thread that reads it: closing this handle would tell nobody.
        let _ = theirs.shutdown(Shutdown::Both);
        (code, error)
    };
    std::thread::Builder::new().name("helper".to_owned()).spawn(body).map_err(broken)
}

/// The helper has ended: with the sandbox, or for a reason of its own.
fn ended(engine: &Engine, sandbox: &Sandbox, helper: Helper) -> Result<Exit, Failure> {
    let name = &sandbox.spec.name;
    let Ok((code, words)) = helper.join() else { return Err(broken("a thread panicked")) };
    // The engine notes the end of a sandbox a moment after its programs are gone.
    for _ in 0..20 {
        match engine.sandbox(&sandbox.id) {
            Ok(Some(now)) if matches!(now.state.status, Status::Running | Status::Paused) => {}
            Ok(_) => return Ok(Exit::Ok),
            Err(error) => return Err(failure::from(error)),
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let failed = match code {
        Ok(2 | 126 | 127) => {
            Failure::environment(format!("the image of {name} has no {} that carries", hardening::RELAY))
                .next("`sentrix-box build` makes one that has")
        }
        Ok(code) => Failure::environment(format!("the helper inside {name} ended with code {code}"))
            .next("`sentrix-box status` shows whether the sandbox still runs"),
        Err(error) => failure::from(error),
    };
    let text = String::from_utf8_lossy(&words.bytes);
    Err(match text.lines().last() {
        Some(line) => failed.because(line),
        None => failed,
    })
}

fn broken(why: impl std::fmt::Display) -> Failure {
    Failure::environment("the connections to the tap are no longer carried")
        .because(why)
        .next("the sandbox reaches nothing now; end it, or run `sentrix-box carry` again")
}
