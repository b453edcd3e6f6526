//! A conversation with a `sentrix-collect serve`, wherever it runs.

use crate::patient::Patient;
use sentrix_cli::Signals;
use sentrix_sandbox::{Command, Engine, Streams};
use sentrix_transfer::{Item, Remote, Source};
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Write, pipe};
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Where it is in the image.
const SERVER: &str = "/usr/local/bin/sentrix-collect";
/// No more of what it complains is kept.
const COMPLAINT: usize = 512;

/// A conversation.
pub struct Link {
    remote: Remote<Patient, File>,
    end: End,
}

/// What is known once the other side is gone.
enum End {
    /// A command in a container: what became of it.
    Exec(Arc<Mutex<Option<String>>>),
    /// A process here.
    Child(Child),
}

/// Where in a container the files are, and who may read them.
#[derive(Debug, Clone)]
pub struct Place {
    /// `uid:gid`.
    pub user: String,
    /// The directory.
    pub dir: String,
}

impl Link {
    /// Begins one with a container.
    pub fn exec(engine: &Arc<Engine>, id: &str, place: &Place, signals: &Signals) -> io::Result<Self> {
        let (questions, ask) = pipe()?;
        let (answers, mut answer) = pipe()?;
        let outcome = Arc::new(Mutex::new(None));
        let (engine, place, told) = (Arc::clone(engine), place.clone(), Arc::clone(&outcome));
        let container = id.to_owned();
        let body = move || {
            let how = converse(&engine, &container, &place, questions, &mut answer);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
            // Whoever reads sees the end only after it was told.
            drop(answer);
        };
        thread::Builder::new().name("exec".to_owned()).spawn(body)?;
        let remote = Remote::new(id, Patient::new(answers, signals), File::from(OwnedFd::from(ask)));
        Ok(Self { remote, end: End::Exec(outcome) })
    }

    /// Begins one with a command of the shell.
    pub fn command(line: &str, signals: &Signals) -> io::Result<Self> {
        let mut child = std::process::Command::new("sh")
            .args(["-c", line])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the command has no streams"));
        };
        let remote = Remote::new(line, Patient::new(stdout, signals), File::from(OwnedFd::from(stdin)));
        Ok(Self { remote, end: End::Child(child) })
    }

    /// Whether the conversation has ended.
    pub fn has_ended(&self) -> bool {
        self.remote.has_ended()
    }

    pub fn list(&mut self) -> io::Result<Vec<Item>> {
        let listed = self.remote.list();
        self.explained(listed)
    }

    pub fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.remote.read(name, offset, buffer);
        self.explained(read)
    }

    /// An error of a side that is gone says why it went.
    fn explained<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        let Err(error) = result else { return result };
        if !self.has_ended() {
            return Err(error);
        }
        let why = match &mut self.end {
            End::Exec(outcome) => outcome.lock().unwrap_or_else(PoisonError::into_inner).take(),
            End::Child(child) => ended(child).map(|status| format!("the command ended: {status}")),
        };
        let why = match (why, error.kind()) {
            (Some(why), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::NotConnected) => why,
            (Some(why), _) => format!("{error} ({why})"),
            (None, _) => error.to_string(),
        };
        Err(io::Error::new(ErrorKind::NotConnected, why))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let End::Child(child) = &mut self.end {
            // Its input is closed: it ends by itself, or is of no more use.
            let _ended_already = child.kill();
            let _code = child.wait();
        }
    }
}

/// How a child ended that has closed its output: it is about to.
fn ended(child: &mut Child) -> Option<ExitStatus> {
    for _ in 0..100 {
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            ended => return ended.ok().flatten(),
        }
    }
    None
}

/// Runs the serving side to its end; says what became of it.
fn converse(
    engine: &Engine,
    id: &str,
    place: &Place,
    questions: PipeReader,
    answer: &mut io::PipeWriter,
) -> String {
    let words = [SERVER, "serve", "--log-dir", &place.dir].map(ToOwned::to_owned).to_vec();
    let command = Command { user: &place.user, words, limit: None };
    let mut complaint = Complaint::default();
    let streams = Streams { input: Some(Box::new(questions)), output: answer, error: &mut complaint };
    let ended = engine.exec(id, &command, streams);
    match ended {
        Ok(126 | 127) => format!("the image has no {SERVER} (`sentrix-box build` makes one that has)"),
        Ok(code) => format!("{SERVER} serve in it ended with code {code}{complaint}"),
        Err(error) => error.to_string(),
    }
}

/// The beginning of what the serving side complains.
#[derive(Default)]
struct Complaint(Vec<u8>);

impl Write for Complaint {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = COMPLAINT.saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(&bytes[..room]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.0);
        if text.trim().is_empty() { Ok(()) } else { write!(f, ": {}", text.trim()) }
    }
}
