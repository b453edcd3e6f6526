//! A supervised program: its process, and how it ended.

use crate::args::Spec;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};
use sentrix_cli::Failure;
use std::process::{Command, Stdio};

/// A program that was started.
#[derive(Debug)]
pub struct Child {
    /// How it is called in the last line.
    pub name: String,
    pid: Pid,
    /// Its exit code (128 + N when signal N ended it), once it has ended.
    pub code: Option<u8>,
}

impl Child {
    /// Starts the program; standard input is empty.
    pub fn start(spec: &Spec) -> Result<Self, Failure> {
        let failed = || Failure::environment(format!("cannot start {}", spec.name));
        let (program, arguments) = spec.command.split_first().ok_or_else(failed)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| failed().because(error))?;
        // Dropping the handle neither ends nor awaits the process: `reap` does.
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(failed)?;
        Ok(Self { name: spec.name.clone(), pid, code: None })
    }

    /// Signals it, if it still runs. A process that is gone already is no error.
    pub fn signal(&self, signal: Signal) {
        if self.code.is_none() {
            let _ = kill_process(self.pid, signal);
        }
    }
}

/// Takes what has ended: our children get their code; orphans, which fall to process 1, are only buried.
/// Gives the places of the children that ended, in the order of their ends.
pub fn reap(children: &mut [Child]) -> Vec<usize> {
    let mut ended = Vec::new();
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if let Some(place) = children.iter().position(|child| child.pid == pid && child.code.is_none())
            && let Some(child) = children.get_mut(place)
        {
            child.code = Some(code(status));
            ended.push(place);
        }
    }
    ended
}

fn code(status: WaitStatus) -> u8 {
    let number = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    number.and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX)
}
