//! The doors.

use crate::args::Options;
use crate::settings::page_port;
use sentrix_cli::Failure;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Where somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The web client's WebSocket.
    Socket,
    /// The page to accept its certificate.
    Trust,
    /// Our own page.
    Page,
}

impl Door {
    /// Its name in the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::Socket => "wss",
            Self::Trust => "trust",
            Self::Page => "page",
        }
    }
}

/// What is listened on.
#[derive(Debug)]
pub struct Doors {
    /// All that is listened on.
    pub listeners: Vec<(Door, TcpListener)>,
    /// The WebSocket's port.
    pub port: u16,
    /// The trust page's.
    pub trust: u16,
    /// Our page's.
    pub page: u16,
}

/// Opens the doors.
pub fn open(options: &Options) -> Result<Doors, Failure> {
    let mut listeners = Vec::new();
    let port = bind(&mut listeners, Door::Socket, options.host, options.port)?;
    let trust = match options.port {
        0 => 0,
        1 => return Err(Failure::usage("--port 1 leaves no port before it for the trust page")),
        port => port - 1,
    };
    let trust = bind(&mut listeners, Door::Trust, options.host, trust)?;
    if options.host == IpAddr::V4(Ipv4Addr::UNSPECIFIED) && options.port != 0 {
        // Browsers try ::1 for localhost first. Without it they try 127.0.0.1.
        for (door, port) in [(Door::Socket, port), (Door::Trust, trust)] {
            let _no_ipv6 = bind(&mut listeners, door, IpAddr::V6(Ipv6Addr::LOCALHOST), port);
        }
    }
    let page = bind(&mut listeners, Door::Page, IpAddr::V4(Ipv4Addr::LOCALHOST), page_port(options))?;
    Ok(Doors { listeners, port, trust, page })
}

fn bind(
    listeners: &mut Vec<(Door, TcpListener)>,
    door: Door,
    host: IpAddr,
    port: u16,
) -> Result<u16, Failure> {
    let address = SocketAddr::new(host, port);
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?.port(), listener))
    });
    let (port, listener) = bound.map_err(|error| {
        let failure = Failure::environment(format!("cannot listen on {address}")).because(&error);
        match error.kind() {
            ErrorKind::AddrInUse => {
                failure.next("another bridge may be running; give other ports with --port and --page-port")
            }
            ErrorKind::PermissionDenied => failure.next("give a port above 1023 with --port"),
            _ => failure.next("give another address with --host"),
        }
    })?;
    listeners.push((door, listener));
    Ok(port)
}
