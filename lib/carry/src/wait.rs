//! Waiting until something can be done.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, Result};
use std::os::fd::BorrowedFd;

/// Waits until one of these is ready and gives what each is ready for, in the same order.
pub fn wait(of: &[(BorrowedFd<'_>, PollFlags)]) -> Result<Vec<PollFlags>> {
    let mut polled: Vec<PollFd<'_>> =
        of.iter().map(|(fd, interest)| PollFd::from_borrowed_fd(*fd, *interest)).collect();
    loop {
        match poll(&mut polled, None) {
            Err(Errno::INTR) => {}
            other => {
                other?;
                return Ok(polled.iter().map(PollFd::revents).collect());
            }
        }
    }
}
