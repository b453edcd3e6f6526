//! A port on the loopback that leads to a unix socket mounted from outside.

use crate::copy::both_ways;
use sentrix_cli::{Exit, Failure, warn};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// As many connections at once; more wait in the listener's queue.
const MOST: usize = 256;

/// Accepts until it is killed.
pub fn listen(address: &str, socket: &Path) -> Result<Exit, Failure> {
    let listener = TcpListener::bind(address)
        .map_err(|error| Failure::environment(format!("cannot listen on {address}")).because(error))?;
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        while open.load(Ordering::Acquire) >= MOST {
            std::thread::sleep(Duration::from_millis(10));
        }
        match listener.accept() {
            Ok((near, _)) => serve(near, socket, &open),
            // Out of descriptors, or a peer that went away before it was accepted: the next one may do better.
            Err(error) => {
                warn(format!("cannot accept on {address}: {error}"));
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// Opens the far end anew for each connection, so that whoever listens there may come, go and come back.
fn serve(near: TcpStream, socket: &Path, open: &Arc<AtomicUsize>) {
    let far = match UnixStream::connect(socket) {
        Ok(far) => far,
        Err(error) => return warn(format!("cannot connect to {}: {error}", socket.display())),
    };
    let _ = near.set_nodelay(true);
    let open = Arc::clone(open);
    open.fetch_add(1, Ordering::AcqRel);
    std::thread::spawn(move || {
        // A connection that breaks is its peers' affair; both see its end.
        let _ = both_ways(near, far);
        open.fetch_sub(1, Ordering::AcqRel);
    });
}
