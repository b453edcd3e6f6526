//! The sockets of the near side.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Listens at `path`, in place of what an earlier carrier left there.
///
/// # Errors
/// When the socket cannot be made.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
