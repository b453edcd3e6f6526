//! A command inside a running container, its streams joined to ours.

use super::{Engine, SHORT};
use crate::Error;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, ResizeExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout_at};

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// What to run. Whoever may read the engine's events reads the arguments: a secret goes through standard input.
#[derive(Debug, Clone)]
pub struct Command<'a> {
    /// `uid:gid`. Never left out: the engine's default would be root with the container's capabilities.
    pub user: &'a str,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// How long it may take; nothing: as long as it likes.
    pub limit: Option<Duration>,
}

/// Where a command's streams go.
pub struct Streams<'a> {
    /// What it reads; nothing: its input is empty.
    pub input: Option<Box<dyn Read + Send>>,
    /// What it writes.
    pub output: &'a mut dyn Write,
    /// What it complains.
    pub error: &'a mut dyn Write,
}

impl std::fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("input", &self.input.is_some()).finish_non_exhaustive()
    }
}

impl Engine {
    /// As [`exec`](Self::exec), on a terminal of the command's own, which follows the size that `size` tells (rows, columns). Its output
    /// and complaints come as one.
    ///
    /// # Errors
    /// As [`exec`](Self::exec).
    pub fn exec_on_terminal(
        &self,
        id: &str,
        command: &Command<'_>,
        streams: Streams<'_>,
        size: impl Fn() -> Option<(u16, u16)> + Send + 'static,
    ) -> Result<i64, Error> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(true),
            env: Some(vec!["TERM=xterm-256color".to_owned()]),
            user: Some(command.user.to_owned()),
            cmd: Some(command.words.clone()),
            ..CreateExecOptions::default()
        };
        let made = self.call("prepare the command", SHORT, self.docker.create_exec(id, options))?;
        let options =
            StartExecOptions { tty: true, output_capacity: Some(PIECE), ..StartExecOptions::default() };
        let started =
            self.call("start the command", SHORT, self.docker.start_exec(&made.id, Some(options)))?;
        // The engine takes a size only once the command runs.
        let follower = self.runtime.spawn(follow_size(self.docker.clone(), made.id.clone(), size));
        let joined = match started {
            StartExecResults::Attached { output, input } => self.join(output, input, streams, command.limit),
            StartExecResults::Detached => Ok(()),
        };
        follower.abort();
        joined?;
        let ended = self.call("ask how the command ended", SHORT, self.docker.inspect_exec(&made.id))?;
        Ok(ended.exit_code.unwrap_or(255))
    }

    /// Runs the command to its end and gives its exit code.
    ///
    /// The end of our input is passed on; the end of its output ends the wait, whatever our input does.
    ///
    /// # Errors
    /// When it cannot be started, the connection breaks, or the output takes no more ([`Error::Output`]).
    pub fn exec(&self, id: &str, command: &Command<'_>, streams: Streams<'_>) -> Result<i64, Error> {
        let options = CreateExecOptions {
            attach_stdin: Some(streams.input.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            user: Some(command.user.to_owned()),
            cmd: Some(command.words.clone()),
            ..CreateExecOptions::default()
        };
        let made = self.call("prepare the command", SHORT, self.docker.create_exec(id, options))?;
        let options = StartExecOptions { output_capacity: Some(PIECE), ..StartExecOptions::default() };
        let started =
            self.call("start the command", SHORT, self.docker.start_exec(&made.id, Some(options)))?;
        if let StartExecResults::Attached { output, input } = started {
            self.join(output, input, streams, command.limit)?;
        }
        let ended = self.call("ask how the command ended", SHORT, self.docker.inspect_exec(&made.id))?;
        // The streams can end before the engine has noted the code; a command that was killed with its container has none.
        Ok(ended.exit_code.unwrap_or(255))
    }

    fn join(
        &self,
        mut output: Pin<
            Box<dyn futures_util::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>,
        >,
        input: Pin<Box<dyn AsyncWrite + Send>>,
        streams: Streams<'_>,
        limit: Option<Duration>,
    ) -> Result<(), Error> {
        let end = limit.map(|limit| (Instant::now() + limit, limit));
        let writer = match streams.input {
            Some(source) => self.runtime.spawn(feed(input, pump(source)?)),
            // Dropping it would close the connection: it is kept to the end.
            None => self.runtime.spawn(async move {
                let _kept = input;
                std::future::pending().await
            }),
        };
        let result = loop {
            let next = match end {
                None => self.runtime.block_on(output.next()),
                Some((at, limit)) => {
                    match self.runtime.block_on(async { timeout_at(at, output.next()).await }) {
                        Ok(next) => next,
                        Err(_) => break Err(Error::Late { doing: "run the command", limit }),
                    }
                }
            };
            match next {
                None => break Ok(()),
                Some(Err(error)) => break Err(Error::from_docker("run the command", error)),
                Some(Ok(LogOutput::StdErr { message })) => {
                    if let Err(error) = write(streams.error, &message) {
                        break Err(error);
                    }
                }
                Some(Ok(piece)) => {
                    if let Err(error) = write(streams.output, &piece.into_bytes()) {
                        break Err(error);
                    }
                }
            }
        };
        writer.abort();
        result
    }
}

/// A size that is told late is a picture that is drawn twice: four looks a second are enough, and need no signal.
async fn follow_size(
    docker: bollard::Docker,
    exec: String,
    size: impl Fn() -> Option<(u16, u16)> + Send + 'static,
) {
    let mut last = None;
    loop {
        let now = size();
        if let Some((height, width)) = now.filter(|_| now != last) {
            let told = docker.resize_exec(&exec, ResizeExecOptions { height, width }).await;
            last = told.is_ok().then_some(now).flatten();
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn write(to: &mut dyn Write, bytes: &[u8]) -> Result<(), Error> {
    to.write_all(bytes).and_then(|()| to.flush()).map_err(Error::Output)
}

/// Reads on a thread of its own: a read of a terminal or a pipe cannot be interrupted, and nobody waits for this thread.
fn pump(mut source: Box<dyn Read + Send>) -> Result<Receiver<Vec<u8>>, Error> {
    let (sender, receiver): (Sender<Vec<u8>>, _) = channel(4);
    let body = move || {
        let mut buffer = vec![0; PIECE];
        loop {
            let length = match source.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A source that cannot be read any more has ended.
                Err(_) => return,
            };
            let piece = buffer.get(..length).unwrap_or_default().to_vec();
            if sender.blocking_send(piece).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("input".to_owned()).spawn(body).map_err(Error::Start)?;
    Ok(receiver)
}

async fn feed(mut input: Pin<Box<dyn AsyncWrite + Send>>, mut pieces: Receiver<Vec<u8>>) {
    while let Some(piece) = pieces.recv().await {
        if input.write_all(&piece).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
    // The end of the input, and only of the input: the connection stays for the output.
    let _gone_already = input.shutdown().await;
    std::future::pending().await
}
