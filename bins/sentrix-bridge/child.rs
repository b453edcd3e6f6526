//! A command that carries the connection to the gateway.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How much of what it says is kept.
const KEPT: usize = 2048;

/// A command that carries the connection; it ends with this value.
#[derive(Debug)]
pub struct Carrier {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Carrier {
    /// Starts it, with one end of a socket pair as its standard input and output; the other end.
    pub fn start(command: &mut Command) -> std::io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let output = theirs.try_clone()?;
        // A group of its own: what it starts ends with it, and a Ctrl-C at our terminal is ours to answer.
        command
            .stdin(OwnedFd::from(theirs))
            .stdout(OwnedFd::from(output))
            .stderr(Stdio::piped())
            .process_group(0);
        // No variable of ours that is a secret is its business.
        command.env_remove(crate::token::VARIABLE);
        let mut child = command.spawn()?;
        // The command's ends are still in the builder.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let said = Arc::<Mutex<Vec<u8>>>::default();
        if let Some(stderr) = child.stderr.take() {
            let said = Arc::clone(&said);
            thread::Builder::new()
                .name("carrier".to_owned())
                .stack_size(64 << 10)
                .spawn(move || listen(stderr, &said))?;
        }
        Ok((Self { child, said }, ours))
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

impl Drop for Carrier {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        // It may have ended by itself.
        let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
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
