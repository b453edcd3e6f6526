//! Commands that are run: for an answer, or to carry the connection to the gateway.

use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much of what it says is kept.
const KEPT: usize = 2048;
/// Between two looks whether a command has ended.
const LOOK: Duration = Duration::from_millis(10);

/// The groups of the commands that run, so that none is left when the bridge ends while somebody waits for one.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Ends all commands that run.
pub fn end_all() {
    for group in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // It may have ended by itself.
        let _gone = kill_process_group(group, Signal::KILL);
    }
}

/// A command and what it has started, which end with this value.
#[derive(Debug)]
struct Group(Child);

impl Group {
    /// Starts a command in a group of its own: a Ctrl-C at our terminal is ours to answer.
    fn start(command: &mut Command) -> io::Result<Self> {
        // No variable of ours that is a secret is its business.
        let child = command.process_group(0).env_remove(crate::token::VARIABLE).spawn()?;
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(Pid::from_child(&child));
        Ok(Self(child))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.0);
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| *known != group);
        // It may have ended by itself.
        let _gone = kill_process_group(group, Signal::KILL);
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Runs a command to its end, for so long at most.
pub fn output(command: &mut Command, limit: Duration) -> io::Result<Output> {
    let mut group = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (stdout, stderr) = (gather(group.0.stdout.take())?, gather(group.0.stderr.take())?);
    let deadline = Instant::now() + limit;
    let status = loop {
        match group.0.try_wait()? {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::sleep(LOOK),
            None => return Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {limit:?}"))),
        }
    };
    // What it has left behind holds its output open no longer.
    drop(group);
    let said = |reader: JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Output { status, stdout: said(stdout), stderr: said(stderr) })
}

/// Reads all that is said, on a thread of its own.
fn gather(pipe: Option<impl Read + Send + 'static>) -> io::Result<JoinHandle<Vec<u8>>> {
    thread::Builder::new().name("output".to_owned()).stack_size(64 << 10).spawn(move || {
        let mut said = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was said until then counts.
            let _broken = pipe.read_to_end(&mut said);
        }
        said
    })
}

/// A command that carries the connection; it ends with this value.
#[derive(Debug)]
pub struct Carrier {
    /// Held, so that it runs.
    _group: Group,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Carrier {
    /// Starts it, with one end of a socket pair as its standard input and output; the other end.
    pub fn start(command: &mut Command) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let output = theirs.try_clone()?;
        command.stdin(OwnedFd::from(theirs)).stdout(OwnedFd::from(output)).stderr(Stdio::piped());
        let mut group = Group::start(command)?;
        // The command's ends are still in the builder.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let said = Arc::<Mutex<Vec<u8>>>::default();
        if let Some(stderr) = group.0.stderr.take() {
            let said = Arc::clone(&said);
            thread::Builder::new()
                .name("carrier".to_owned())
                .stack_size(64 << 10)
                .spawn(move || listen(stderr, &said))?;
        }
        Ok((Self { _group: group, said }, ours))
    }

    /// The same, when it may be ending just now: its last words may come a little after the end of the connection.
    pub fn last_words(&self) -> Option<String> {
        (0..25).find_map(|_| {
            let line = self.last_line();
            if line.is_none() {
                thread::sleep(Duration::from_millis(20));
            }
            line
        })
    }

    /// The last line that it said on standard error.
    pub fn last_line(&self) -> Option<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&said).into_owned();
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        let line = line.strip_prefix("sentrix: error: ").unwrap_or(line);
        Some(line.chars().take(300).collect())
    }
}

fn listen(mut stderr: ChildStderr, said: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 512];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(&buffer[..count]);
        let surplus = said.len().saturating_sub(KEPT);
        said.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text]);
        command
    }

    /// One test: it ends whatever runs in this process.
    #[test]
    fn commands_are_heard_out_and_none_outlasts_us() {
        let said = output(&mut shell("echo a; echo b >&2; exit 3"), Duration::from_secs(60)).unwrap();
        assert_eq!((said.status.code(), &*said.stdout, &*said.stderr), (Some(3), &b"a\n"[..], &b"b\n"[..]));
        let hung = output(&mut shell("sleep 777 & wait"), Duration::from_millis(50));
        assert_eq!(hung.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let mut group = Group::start(&mut shell("sleep 777 & wait")).unwrap();
        end_all();
        assert!(!group.0.wait().unwrap().success());
    }
}
