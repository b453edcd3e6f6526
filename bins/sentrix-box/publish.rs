//! `publish`: a port of this machine that leads to the gateway. Docker publishes nothing and the sandbox keeps having no network: each
//! connection is carried in by a relay that is run inside, as `dial` does.

use crate::args::Publish;
use crate::capped::Capped;
use crate::failure::{self, engine};
use crate::target;
use sentrix_cli::{Exit, Failure, Signals, Stdout, note};
use sentrix_sandbox::{Command, Streams, hardening};
use serde_json::json;
use std::io::ErrorKind;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Each connection is a process inside, and those are counted.
const MOST: usize = 32;
const PULSE: Duration = Duration::from_millis(200);

/// Prints the address as one JSON object, and carries connections until TERM or INT.
pub fn run(args: &Publish) -> Result<Exit, Failure> {
    let signals = Signals::install()?;
    let engine = engine()?;
    let sandbox = target::running(&engine, &args.target)?;
    let cannot = |error: std::io::Error| {
        Failure::environment(format!("cannot listen on {}", args.listen))
            .because(error)
            .next("--listen ADDRESS:PORT names another; port 0 is any free one")
    };
    let listener = TcpListener::bind(args.listen).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    if !address.ip().is_loopback() {
        note(format!(
            "{address} can be reached from other machines; the gateway's token is all that keeps them out"
        ));
    }
    let mut out = Stdout::lock();
    out.record(json!({"listening": address.to_string(), "name": sandbox.spec.name}).to_string().as_bytes())?;
    out.flush()?;
    drop(out);
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        if let Some(exit) = signals.stopped() {
            return Ok(exit);
        }
        match listener.accept() {
            Ok((peer, _)) if open.load(Ordering::Relaxed) < MOST => carry(peer, &sandbox.id, &open),
            Ok(_) => note(format!("more than {MOST} connections: one was refused")),
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PULSE),
            // A peer that went away while it waited is nobody's fault.
            Err(_) => thread::sleep(PULSE),
        }
    }
}

fn carry(peer: TcpStream, id: &str, open: &Arc<AtomicUsize>) {
    let (id, open) = (id.to_owned(), Arc::clone(open));
    open.fetch_add(1, Ordering::Relaxed);
    let counted = Arc::clone(&open);
    let body = move || {
        if let Err(failure) = connection(peer, &id) {
            note(failure);
        }
        open.fetch_sub(1, Ordering::Relaxed);
    };
    if thread::Builder::new().name("connection".to_owned()).spawn(body).is_err() {
        counted.fetch_sub(1, Ordering::Relaxed);
    }
}

fn connection(peer: TcpStream, id: &str) -> Result<(), Failure> {
    let lost = |error: std::io::Error| Failure::environment("a connection was lost").because(error);
    peer.set_nonblocking(false).map_err(lost)?;
    let input = peer.try_clone().map_err(lost)?;
    let engine = engine()?;
    let command = Command {
        user: hardening::RELAY_USER,
        words: vec![
            hardening::RELAY.to_owned(),
            "dial".to_owned(),
            format!("127.0.0.1:{}", hardening::GATEWAY_PORT),
        ],
        limit: None,
    };
    let (mut output, mut said) = (peer, Capped::default());
    let streams = Streams { input: Some(Box::new(input)), output: &mut output, error: &mut said };
    let ended = engine.exec(id, &command, streams);
    // Whoever reads on either side learns that it is over.
    let _gone_already = output.shutdown(Shutdown::Both);
    match ended {
        Ok(_) | Err(sentrix_sandbox::Error::Output(_)) => Ok(()),
        Err(error) => Err(failure::from(error)),
    }
}
