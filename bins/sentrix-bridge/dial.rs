//! Making the connection to the gateway.

use crate::child::Carrier;
use crate::line::Line;
use crate::settings::Gateway;
use crate::token::Tokens;
use sentrix_gateway::{Client, Credentials, GatewayError, Limits};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(10);
const GATEWAY_PORT: &str = "18789";

/// How to come to the gateway.
#[derive(Debug, Clone)]
pub struct Dial {
    /// Over what.
    pub gateway: Gateway,
    /// With which token.
    pub tokens: Tokens,
    /// For which sandbox.
    pub log_dir: PathBuf,
}

/// A connection on which the gateway has let us in.
#[derive(Debug)]
pub struct Dialled {
    /// The connection.
    pub client: Client<Line>,
    /// The command that carries it.
    pub carrier: Option<Carrier>,
}

/// Why there is no connection: in words, and as the gateway's library has it.
#[derive(Debug)]
pub struct Unreached {
    /// For people.
    pub why: String,
    /// For the backoff.
    pub error: GatewayError,
}

impl Unreached {
    fn because(why: String) -> Self {
        Self { why, error: GatewayError::Timeout("connection") }
    }
}

impl Dial {
    /// Connects, and waits until the gateway lets us in or not.
    pub fn connect(&self) -> Result<Dialled, Unreached> {
        let token = self.tokens.find().map_err(Unreached::because)?;
        let (line, carrier) = self.line().map_err(Unreached::because)?;
        let credentials = Credentials {
            display_name: "Sentrix Bridge".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            token,
        };
        // Many browsers share the connection.
        let limits = Limits { runs: 512, pending: 512, text: 1 << 20, ..Limits::default() };
        match Client::connect(line, credentials, limits) {
            Ok(client) => Ok(Dialled { client, carrier }),
            Err(error) => Err(Unreached { why: fail(&error, carrier.as_ref()), error }),
        }
    }

    /// The bare stream, and who carries it.
    pub fn line(&self) -> Result<(Line, Option<Carrier>), String> {
        let mut command = match &self.gateway {
            Gateway::Address(address) => {
                let stream = TcpStream::connect_timeout(address, CONNECT).and_then(|stream| {
                    stream.set_nodelay(true)?;
                    stream.set_nonblocking(true)?;
                    Ok(stream)
                });
                let stream = stream.map_err(|error| format!("cannot connect to {address}: {error}"))?;
                return Ok((Line::tcp(stream), None));
            }
            Gateway::Shell(text) => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", text]);
                command
            }
            Gateway::Box(program) => {
                let mut command = Command::new(program);
                command.args(["dial", GATEWAY_PORT, "--log-dir"]).arg(&self.log_dir);
                command
            }
        };
        let name = command.get_program().display().to_string();
        let started = Carrier::start(&mut command).and_then(|(carrier, stream)| {
            stream.set_nonblocking(true)?;
            Ok((Line::command(stream), Some(carrier)))
        });
        started.map_err(|error| format!("cannot run {name}: {error}"))
    }
}

/// Why a connection could not be made, in words. May wait for them a little.
pub fn fail(error: &GatewayError, carrier: Option<&Carrier>) -> String {
    if let GatewayError::Closed { .. } | GatewayError::Io(_) | GatewayError::Protocol(_) = error {
        carrier.map(Carrier::last_words);
    }
    explain(error, carrier)
}

/// An error in words: what the command said, where it said something, is the better part of it.
pub fn explain(error: &GatewayError, carrier: Option<&Carrier>) -> String {
    let refused = matches!(error, GatewayError::Refused(_) | GatewayError::Http(_));
    match carrier.and_then(Carrier::last_line) {
        Some(line) if !refused => line,
        _ => error.to_string(),
    }
}
