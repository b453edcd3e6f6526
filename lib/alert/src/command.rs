//! A command of the operator's.

use std::io::Write;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a command is looked at that has not ended.
const TICK: Duration = Duration::from_millis(20);

/// A shell command that is told of records.
#[derive(Debug, Clone)]
pub struct Command {
    line: String,
    timeout: Duration,
    without: Vec<String>,
}

/// A command that did not take the record.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("cannot start the command: {0}")]
    Start(std::io::Error),
    /// It ended otherwise than with 0.
    #[error("the command ended with {0}")]
    Failed(ExitStatus),
    /// It did not end.
    #[error("the command had not ended after {} s and was killed", .0.as_secs())]
    Late(Duration),
}

impl Command {
    /// A command line for `sh -c`, which may take `timeout`. `without` names variables that are none of its business.
    pub fn new(line: impl Into<String>, timeout: Duration, without: Vec<String>) -> Self {
        Self { line: line.into(), timeout, without }
    }

    /// Runs it with the record on its standard input; `variables` are added to its environment. What it prints goes to standard
    /// error, because standard output is for data.
    ///
    /// # Errors
    /// [`CommandError`]: it must not be taken for told.
    pub fn tell(&self, record: &[u8], variables: &[(&str, &str)]) -> Result<(), CommandError> {
        let mut command = std::process::Command::new("sh");
        command.arg("-c").arg(&self.line).stdin(Stdio::piped()).stdout(std::io::stderr());
        for name in &self.without {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        let mut child = command.spawn().map_err(CommandError::Start)?;
        if let Some(mut stdin) = child.stdin.take() {
            let mut line = record.to_vec();
            line.push(b'\n');
            // On a thread of its own: a command that does not read must not hold us up. Its exit code says what became of it.
            std::thread::spawn(move || {
                let _told_by_the_exit_code = stdin.write_all(&line);
            });
        }
        self.wait(&mut child)
    }

    fn wait(&self, child: &mut Child) -> Result<(), CommandError> {
        let until = Instant::now() + self.timeout;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(CommandError::Failed(status)),
                Ok(None) if Instant::now() < until => std::thread::sleep(TICK),
                Ok(None) => {
                    let _it_may_have_ended_just_now = child.kill();
                    let _reaped = child.wait();
                    return Err(CommandError::Late(self.timeout));
                }
                Err(error) => return Err(CommandError::Start(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        Command::new(line, Duration::from_secs(20), vec!["PATH_OF_NOBODY".to_owned()])
    }

    #[test]
    fn it_gets_the_record_and_its_exit_code_counts() {
        command("read -r line && test \"$line\" = '{\"a\":1}' && test \"$X\" = y")
            .tell(b"{\"a\":1}", &[("X", "y")])
            .unwrap();
        assert!(matches!(command("exit 3").tell(b"{}", &[]), Err(CommandError::Failed(_))));
        // One that does not read is no reason to wait.
        command("true").tell(&vec![b'x'; 1 << 20], &[]).unwrap();
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let hangs = Command::new("exec sleep 3600", Duration::from_millis(50), Vec::new());
        assert!(matches!(hangs.tell(b"{}", &[]), Err(CommandError::Late(_))));
    }
}
