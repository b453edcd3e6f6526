//! The command line.

use clap::{Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// Let browsers watch the agent and talk to it.
///
/// Serves the WebSocket of the web client (WSS) on --port, a page to accept its certificate on the port before, and a page of its
/// own for this machine's browsers on --page-port; the link to it is printed at the start. Peers on other machines, and tunnels,
/// need the bridge's token (`sentrix-bridge token`). Who came and who was refused is in bridge_audit.jsonl. Exit codes: 0 ok,
/// 2 usage, 4 port, certificate, gateway or disk.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  sentrix-bridge
  sentrix-bridge --host 127.0.0.1 --port 9443
  sentrix-bridge --cert bridge.pem --key bridge.key")]
#[command(name = "sentrix-bridge", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try each hop between a browser and the agent, say what was seen and what to do
    #[command(after_help = "Examples:
  sentrix-bridge debug")]
    Debug(Options),
    /// Print a new link to the page of a running bridge
    #[command(after_help = "Examples:
  sentrix-bridge link")]
    Link(Options),
    /// Print the token that peers on other machines need
    #[command(after_help = "Examples:
  sentrix-bridge token")]
    Token(Options),
}

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The log directory; .sentrix_sandbox_id in it names the sandbox
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
    /// The WebSocket's port; the page to accept its certificate is on the port before it
    #[arg(long, value_name = "N", env = "SENTRIX_BRIDGE_PORT", default_value_t = 8766)]
    pub port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", env = "SENTRIX_BRIDGE_HOST", default_value = "0.0.0.0")]
    pub host: IpAddr,
    /// The port of the bridge's own page, on 127.0.0.1 alone [default: the port after --port]
    #[arg(long, value_name = "N", env = "SENTRIX_BRIDGE_PAGE_PORT")]
    pub page_port: Option<u16>,
    /// A certificate of your own (PEM) [default: one made in ~/.sentrix/bridge.pem]
    #[arg(long, value_name = "FILE", env = "SENTRIX_BRIDGE_CERT", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its key (PKCS#8, PEM), readable by you alone
    #[arg(long, value_name = "FILE", env = "SENTRIX_BRIDGE_KEY", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Reach the gateway over the standard input and output of this command [default: sentrix-box dial]
    #[arg(long, value_name = "CMD", env = "SENTRIX_GATEWAY_CMD", conflicts_with = "gateway_url")]
    pub gateway_cmd: Option<String>,
    /// Reach the gateway at this address, ws://HOST:PORT
    #[arg(long, value_name = "URL", env = "SENTRIX_GATEWAY_URL")]
    pub gateway_url: Option<String>,
    /// A file with the gateway's token [default: SENTRIX_GATEWAY_TOKEN, or what sentrix-box keeps]
    #[arg(long, value_name = "FILE", env = "SENTRIX_GATEWAY_TOKEN_FILE")]
    pub gateway_token_file: Option<PathBuf>,
    /// The Origins that may come in, instead of the web client's
    #[arg(long, value_name = "ORIGIN", env = "SENTRIX_BRIDGE_ORIGINS", value_delimiter = ',')]
    pub origins: Vec<String>,
    /// A name under which peers with the token may address the bridge, beside its addresses
    #[arg(long, value_name = "NAME", env = "SENTRIX_BRIDGE_HOSTS", value_delimiter = ',')]
    pub allow_host: Vec<String>,
    /// Where certificate and token are kept [default: ~/.sentrix]
    #[arg(long, value_name = "DIR", env = "SENTRIX_HOME")]
    pub home: Option<PathBuf>,
    /// How many browsers at one time
    #[arg(long, value_name = "N", env = "SENTRIX_BRIDGE_MAX_BROWSERS", default_value_t = 256)]
    pub max_browsers: usize,
    /// Print ports and link as one line of JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Say only what went wrong, and the link
    #[arg(long, short)]
    pub quiet: bool,
}
