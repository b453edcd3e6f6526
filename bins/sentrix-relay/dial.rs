//! Standard input and output as a connection to the container's loopback, the way ssh's ProxyCommand works.

use sentrix_cli::{Exit, Failure};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// After the end of standard input, the far side may go on answering; this long a silence ends it.
const SILENCE: Duration = Duration::from_secs(5);

/// Copies until the far side ends.
pub fn dial(address: &str) -> Result<Exit, Failure> {
    let stream = TcpStream::connect(address)
        .map_err(|error| Failure::environment(format!("cannot connect to {address}")).because(error))?;
    let broken = |error| Failure::environment(format!("connection to {address} broke")).because(error);
    stream.set_nodelay(true).map_err(broken)?;
    let received = Arc::new(AtomicU64::new(0));
    let (sending, counter) = (stream.try_clone().map_err(broken)?, Arc::clone(&received));
    std::thread::spawn(move || send(sending, &counter));
    receive(stream, &received).map_err(broken)?;
    Ok(Exit::Ok)
}

fn send(mut stream: TcpStream, received: &AtomicU64) {
    // Whatever ends the copying, nothing more comes: the far side hears of it.
    let _ = io::copy(&mut io::stdin().lock(), &mut stream);
    let _ = stream.shutdown(Shutdown::Write);
    let mut before = received.load(Ordering::Acquire);
    loop {
        std::thread::sleep(SILENCE);
        let now = received.load(Ordering::Acquire);
        if now == before {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
        before = now;
    }
}

fn receive(mut stream: TcpStream, received: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut out = io::stdout().lock();
    loop {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error),
        };
        received.fetch_add(1, Ordering::AcqRel);
        let Some(bytes) = buffer.get(..length) else { return Ok(()) };
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            other => other?,
        }
    }
}
