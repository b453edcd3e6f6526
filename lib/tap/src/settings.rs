//! How a tap is set up.

use crate::egress::Allowed;
use crate::guard::GuardMode;
use crate::listen::Listen;
use crate::price::Prices;
use crate::provider::Provider;
use crate::recorder::Rotation;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// How a tap is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the sandbox asks for models.
    pub listen: Listen,
    /// Where it asks for connections; nothing: no CONNECT proxy.
    pub egress: Option<Listen>,
    /// Where the record is kept.
    pub log_dir: PathBuf,
    /// When a log file is closed.
    pub rotation: Rotation,
    /// Who may be asked.
    pub providers: Vec<Provider>,
    /// Answer as the provider `demo`: a script, no model.
    pub demo: bool,
    /// Who may be connected to.
    pub allowed: Allowed,
    /// What is done with secrets on their way out.
    pub guard: GuardMode,
    /// Keep the bytes of requests and answers in the record.
    pub raw: bool,
    /// What models cost.
    pub prices: Prices,
    /// The proxy of this machine, for https addresses.
    pub https_proxy: Option<Url>,
    /// Hosts that are reached without that proxy; `*` is all.
    pub no_proxy: Vec<String>,
    /// Bounds.
    pub limits: Limits,
}

/// Bounds on time and memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest request that is taken, bytes.
    pub request: usize,
    /// How long the head of a request may take to come.
    pub head: Duration,
    /// How long a request's body may rest.
    pub request_idle: Duration,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long a model may think before its answer begins.
    pub first_byte: Duration,
    /// How long an answer may rest between two pieces.
    pub idle: Duration,
    /// How much of one answer is kept for the record, bytes; what is beyond still reaches the sandbox.
    pub answer: usize,
    /// Connections at one time, for each listener.
    pub connections: usize,
    /// How long a CONNECT tunnel may rest.
    pub tunnel_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: 64 << 20,
            head: Duration::from_secs(30),
            request_idle: Duration::from_secs(30),
            connect: Duration::from_secs(15),
            first_byte: Duration::from_secs(900),
            idle: Duration::from_secs(600),
            answer: 8 << 20,
            connections: 256,
            tunnel_idle: Duration::from_secs(900),
        }
    }
}
