//! Reading from something that may never say anything again: a container can be paused in mid-sentence.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sentrix_cli::Signals;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// So long nothing may be said.
pub const SILENCE: Duration = Duration::from_secs(20);
/// So long when the end was asked for.
pub const LAST: Duration = Duration::from_secs(5);
const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// A stream that is not waited for for ever.
pub struct Patient {
    file: File,
    signals: Signals,
}

impl Patient {
    /// Reads from here.
    pub fn new(file: impl Into<OwnedFd>, signals: &Signals) -> Self {
        Self { file: File::from(file.into()), signals: signals.clone() }
    }
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = Instant::now();
        loop {
            let ready = poll(&mut [PollFd::new(&self.file, PollFlags::IN)], Some(&STEP));
            match ready {
                Ok(0) => {}
                Ok(_) => return self.file.read(buffer),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let patience = if self.signals.stopped().is_some() { LAST } else { SILENCE };
            if start.elapsed() > patience {
                return Err(io::Error::new(ErrorKind::TimedOut, "it does not answer"));
            }
        }
    }
}
