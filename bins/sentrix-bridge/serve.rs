//! The bridge, from its beginning to its end.

use crate::args::Options;
use crate::dial::Dial;
use crate::listen::{self, Doors};
use crate::requests::Porter;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::settings::{self, Gateway};
use crate::status::Status;
use crate::token::Tokens;
use crate::uplink::Uplink;
use crate::watch::Watch;
use crate::{child, home, link, tls, wake};
use sentrix_bridge::{Admission, Audit, Offenders, Secret, Used};
use sentrix_cli::{Exit, Failure, Signals, Stdout, note, quiet};
use serde_json::json;
use std::time::Instant;

/// Serves until a signal says to stop.
pub fn run(options: &Options) -> Result<Exit, Failure> {
    if options.quiet {
        quiet();
    }
    let cannot = |what: &str, error| Failure::environment(format!("cannot {what}")).because(error);
    let signals = Signals::install()?;
    let gateway = Gateway::new(options)?;
    settings::log_dir(&options.log_dir)?;
    let home = home::dir(options)?;
    let secret = home::secret(&home)?;
    let (acceptor, certificate) = tls::load(options, &home)?;
    let doors = listen::open(options)?;
    let (bell, woken) = wake::bell().map_err(|error| cannot("make a bell", error))?;
    signals.ring(bell.stream())?;
    let now = Instant::now();
    let audit =
        Audit::open(&options.log_dir, now).map_err(|error| cannot("open bridge_audit.jsonl", error))?;
    let status = Status::new(Sandbox::new(settings::sentrix_box(), &options.log_dir));
    let watch = Watch::start(&options.log_dir, bell.clone(), status)
        .map_err(|error| cannot("follow the record", error))?;
    let tokens = Tokens::new(options, &gateway);
    let dial = Dial { gateway, tokens, log_dir: options.log_dir.clone() };
    announce(options, &doors, &secret)?;
    let admission = |origins, port| Admission { origins, hosts: options.allow_host.clone(), port };
    let porter = Porter {
        socket: admission(settings::origins(options), doors.port),
        page: admission(Vec::new(), doors.page),
        secret,
        used: Used::default(),
        offenders: Offenders::default(),
    };
    let uplink = Uplink::new(dial, bell, now);
    let mut server = Server::new(options, porter, (acceptor, certificate), audit, watch, uplink, now)?;
    server.open(&doors.listeners, &woken)?;
    loop {
        if server.sleep()? {
            wake::hush(&woken);
        }
        if let Some(exit) = signals.stopped() {
            server.goodbye();
            child::end_all();
            return Ok(exit);
        }
        if signals.take_reload() {
            server.renew(&home);
        }
        server.turn(&doors.listeners, &home);
    }
}

/// Says where to find us. The link goes to the terminal, or to whoever asked for JSON, and nowhere else.
fn announce(options: &Options, doors: &Doors, secret: &Secret) -> Result<(), Failure> {
    let link = link::make(secret, doors.page)?;
    if options.json {
        let line = json!({"wss": doors.port, "trust": doors.trust, "page": doors.page, "link": link});
        let mut out = Stdout::lock();
        out.record(line.to_string().as_bytes())?;
        return Ok(out.flush()?);
    }
    if !options.host.is_loopback() {
        let port = doors.port;
        note(format!(
            "peers on other machines can reach port {port}, and need the token: `sentrix-bridge token` prints it"
        ));
    }
    note(format!("WSS on port {}; https://localhost:{}/ to accept its certificate", doors.port, doors.trust));
    note(format!("the page (good once, for ten minutes; `sentrix-bridge link` prints another): {link}"));
    Ok(())
}
