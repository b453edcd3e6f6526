//! What the command line comes to.

use crate::args::Options;
use sentrix_bridge::ORIGINS;
use sentrix_cli::Failure;
use std::env;
use std::ffi::OsString;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;

/// How the gateway is reached.
#[derive(Debug, Clone)]
pub enum Gateway {
    /// Over a command of the user's, given to the shell.
    Shell(String),
    /// Over `sentrix-box dial`, found beside us or on the path.
    Box(OsString),
    /// Over TCP.
    Address(SocketAddr),
}

impl Gateway {
    /// From the command line.
    pub fn new(options: &Options) -> Result<Self, Failure> {
        if let Some(command) = &options.gateway_cmd {
            return Ok(Self::Shell(command.clone()));
        }
        let Some(url) = &options.gateway_url else { return Ok(Self::Box(sentrix_box())) };
        let wrong = || Failure::usage(format!("{url} is no gateway's address")).next("give ws://HOST:PORT");
        let host = url.strip_prefix("ws://").ok_or_else(wrong)?.trim_end_matches('/');
        let found = host.to_socket_addrs().map_err(|error| wrong().because(error))?.next();
        found.map(Self::Address).ok_or_else(wrong)
    }
}

/// The program beside this one, or the one on the path.
pub fn sentrix_box() -> OsString {
    let beside = env::current_exe().ok().and_then(|path| Some(path.parent()?.join("sentrix-box")));
    beside.filter(|path| path.exists()).map_or_else(|| "sentrix-box".into(), Into::into)
}

/// The Origins that may come in.
pub fn origins(options: &Options) -> Vec<String> {
    let named: Vec<String> = options
        .origins
        .iter()
        .map(|origin| origin.trim().to_owned())
        .filter(|origin| !origin.is_empty())
        .collect();
    if named.is_empty() { ORIGINS.map(str::to_owned).to_vec() } else { named }
}

/// The page's port: beside that of the WebSocket, unless any will do.
pub fn page_port(options: &Options) -> u16 {
    options.page_port.unwrap_or(match options.port {
        0 => 0,
        u16::MAX => u16::MAX - 1,
        port => port + 1,
    })
}

/// Makes sure that there is a log directory: a bridge may be started before anything is recorded.
pub fn log_dir(dir: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| Failure::environment(format!("cannot make {}", dir.display())).because(error))
}
