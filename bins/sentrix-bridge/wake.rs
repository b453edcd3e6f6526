//! A bell for the loop that sleeps in poll(2).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Rings.
#[derive(Debug, Clone)]
pub struct Bell(Arc<UnixStream>);

impl Bell {
    /// Ends the loop's sleep, now or at its next one.
    pub fn ring(&self) {
        // When it is full it has been rung already.
        let _rung = (&*self.0).write(&[1]);
    }

    /// What is written to ring it.
    pub fn stream(&self) -> &UnixStream {
        &self.0
    }
}

/// A bell, and the end of it to poll.
pub fn bell() -> std::io::Result<(Bell, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    Ok((Bell(Arc::new(ours)), theirs))
}

/// Silences it.
pub fn hush(mut end: &UnixStream) {
    let mut rings = [0; 64];
    while matches!(end.read(&mut rings), Ok(count) if count == rings.len()) {}
}
