//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand};
use sentrix_cli::{Exit as Ending, Failure};
use sentrix_record::Severity;
use sentrix_sandbox::openclaw::{Channel, Relaxation};
use sentrix_sandbox::{Name, TapBy};
use std::path::PathBuf;

/// Run an OpenClaw agent in a hardened container.
///
/// Everything of a sandbox (container, network, volume) carries the label sentrix.box, and only what carries it is ever touched. The
/// engine is the one of DOCKER_HOST (unix:// sockets), /var/run/docker.sock without it.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  sentrix-box build
  sentrix-box up --network own | jq .
  sentrix-box agent -m hello
  sentrix-box stop")]
#[command(version, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the image
    #[command(after_help = "Examples:
  sentrix-box build
  sentrix-box build --no-plugins --base-image sentrix-base:local
  sentrix-box build --if-missing --tag sentrix-openclaw:test")]
    Build(Build),
    /// Make a sandbox, wait until its gateway is ready, and print what it is as one JSON object
    #[command(after_help = "Examples:
  sentrix-box up --model anthropic/claude-sonnet-5 --tap-dir ./tap
  sentrix-box up --network own --env-file gateway.env --timeout 60
  sentrix-box up --relax web --channel telegram | jq -r .name")]
    Up(Box<Up>),
    /// List the sandboxes: a table on a terminal, JSONL elsewhere
    #[command(after_help = "Examples:
  sentrix-box status
  sentrix-box status --json | jq -r .name")]
    Status(Status),
    /// Run a command in the sandbox, as a user that is neither the gateway's nor the collector's
    #[command(after_help = r#"Examples:
  sentrix-box exec -- ls -l /state/workspace
  printf %s "$TEXT" | sentrix-box exec --interactive -- cat"#)]
    Exec(Exec),
    /// Say something to the agent and print its answer; without a message, talk on the terminal
    #[command(after_help = r#"Examples:
  sentrix-box agent -m "what is in the workspace?"
  git diff | sentrix-box agent -m -
  sentrix-box agent --json -m hello | jq -r .type"#)]
    Agent(Agent),
    /// Copy standard input and output to a port of the sandbox's loopback
    #[command(after_help = r#"Examples:
  sentrix-box dial 18789
  ncat -lk 127.0.0.1 9000 -c "sentrix-box dial 18789""#)]
    Dial(Dial),
    /// Carry the connections to a tap whose sockets cannot be mounted, until the sandbox ends; `up --tap-by exec` makes such a sandbox
    #[command(after_help = "Examples:
  sentrix-box carry
  sentrix-box carry --tap-dir ./tap")]
    Carry(Carry),
    /// Listen on a port of this machine that leads to the sandbox's gateway (Docker itself publishes nothing)
    #[command(after_help = "Examples:
  sentrix-box publish --listen 127.0.0.1:18789")]
    Publish(Publish),
    /// Link a chat service, with a terminal for its QR code
    #[command(after_help = "Examples:
  sentrix-box login whatsapp")]
    Login(Login),
    /// Show which chat channels are switched on, how each is, and what to do next: a table on a terminal, JSONL elsewhere
    #[command(after_help = "Examples:
  sentrix-box channels
  sentrix-box channels --probe
  sentrix-box channels --json | jq -r 'select(.state != \"connected\") | .next'")]
    Channels(Channels),
    /// Approve a person who has written to the agent and got a code; without a code, list who waits
    #[command(after_help = "Examples:
  sentrix-box pair
  sentrix-box pair telegram
  sentrix-box pair telegram ABCD1234")]
    Pair(Pair),
    /// Print what the gateway says
    #[command(after_help = "Examples:
  sentrix-box logs --tail 50
  sentrix-box logs --follow")]
    Logs(Logs),
    /// Stop the sandbox in its tracks
    #[command(after_help = "Examples:
  sentrix-box pause
  sentrix-box pause --container sentrix-brave-otter")]
    Pause(Target),
    /// Let a paused sandbox go on
    #[command(after_help = "Examples:
  sentrix-box resume")]
    Resume(Target),
    /// Pause the sandbox, cut its network and keep a copy of its record
    #[command(after_help = "Examples:
  sentrix-box quarantine
  sentrix-patrol --follow --flags - | sentrix-box quarantine --on HIGH
  sentrix-box quarantine --undo")]
    Quarantine(Quarantine),
    /// Wait until the sandbox ends (exit 4 when nobody asked for it) or its time is over (exit 0); meanwhile, write changes of
    /// the files that OpenClaw puts into every prompt to workspace_changes.jsonl
    #[command(after_help = "Examples:
  sentrix-box watch --max-state 2048")]
    Watch(Watch),
    /// End the sandbox and remove everything of it but the record
    #[command(after_help = "Examples:
  sentrix-box stop
  sentrix-box stop --log-dir ./agent_logs")]
    Stop(Target),
    /// End the sandboxes whose time is over, and remove what interrupted commands left
    #[command(after_help = "Examples:
  sentrix-box reap")]
    Reap(Reap),
    /// Ask, on the terminal, which provider, key, model and chat services; keep the answers for the next time
    #[command(after_help = "Examples:
  sentrix-box setup
  sentrix-box setup --print")]
    Setup(Setup),
    /// Print what is in force and compare it with what Docker reports (exit 5 when they differ)
    #[command(after_help = "Examples:
  sentrix-box explain
  sentrix-box explain --json | jq .")]
    Explain(Explain),
}

impl Args {
    /// Does what was asked for.
    pub fn run(self) -> Result<Ending, Failure> {
        match self.command {
            Command::Build(args) => crate::build::run(&args),
            Command::Up(args) => crate::up::run(&args),
            Command::Status(args) => crate::status::run(&args),
            Command::Exec(args) => crate::exec::run(&args),
            Command::Agent(args) => crate::agent::run(&args),
            Command::Dial(args) => crate::dial::run(&args),
            Command::Carry(args) => crate::carry::run(&args),
            Command::Publish(args) => crate::publish::run(&args),
            Command::Channels(args) => crate::channels::show(&args),
            Command::Login(args) => crate::channels::login(&args),
            Command::Pair(args) => crate::channels::pair(&args),
            Command::Logs(args) => crate::logs::run(&args),
            Command::Pause(target) => crate::pause::pause(&target),
            Command::Resume(target) => crate::pause::resume(&target),
            Command::Quarantine(args) => crate::quarantine::run(&args),
            Command::Watch(target) => crate::watch::run(&target),
            Command::Stop(target) => crate::stop::run(&target),
            Command::Reap(args) => crate::reap::run(&args),
            Command::Setup(args) => crate::setup::run(&args),
            Command::Explain(args) => crate::explain::run(&args),
        }
    }
}

/// Which sandbox: the one of the log directory, unless another is named.
#[derive(Debug, ClapArgs)]
pub struct Target {
    /// The sandbox, by name or id [default: the one that records into the log directory]
    #[arg(long, value_name = "NAME|ID", env = "SENTRIX_CONTAINER")]
    pub container: Option<String>,

    /// The log directory; .sentrix_sandbox_id in it names the sandbox
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
}

/// How to build.
#[derive(Debug, ClapArgs)]
pub struct Build {
    /// What to call the image
    #[arg(long, value_name = "TAG", env = "SENTRIX_IMAGE", default_value = "sentrix-openclaw:latest")]
    pub tag: String,

    /// What to build on [default: sentrix-base:local, which scripts/base-image.sh makes, if it is there; else what sandbox/Dockerfile says]
    #[arg(long, value_name = "IMAGE", env = "SENTRIX_BASE_IMAGE")]
    pub base_image: Option<String>,

    /// Where the static sentrix-collect and sentrix-relay are [default: target/TRIPLE/release]
    #[arg(long, value_name = "DIR", env = "SENTRIX_PROGRAMS")]
    pub programs: Option<PathBuf>,

    /// Leave out the channel plugins (WhatsApp, Discord, Slack, Signal)
    #[arg(long)]
    pub no_plugins: bool,

    /// Do nothing when there is an image of this name
    #[arg(long)]
    pub if_missing: bool,
}

/// What to make.
#[derive(Debug, ClapArgs)]
pub struct Up {
    /// The host's log directory, made if it is missing
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,

    /// The image
    #[arg(long, value_name = "IMAGE", env = "SENTRIX_IMAGE", default_value = "sentrix-openclaw:latest")]
    pub image: String,

    /// The sandbox's name [default: a new one]
    #[arg(long, value_name = "NAME")]
    pub name: Option<Name>,

    /// none: no network at all; own: one made for this sandbox alone; or the name of one that exists
    #[arg(long, value_name = "none|own|NAME", env = "SENTRIX_NETWORK", default_value = "own")]
    pub network: String,

    /// The directory with the tap's sockets, llm.sock and egress.sock
    #[arg(long, value_name = "DIR")]
    pub tap_dir: Option<PathBuf>,

    /// mount: the tap's directory is mounted; exec: `sentrix-box carry` carries its connections [default: mount, or exec where the engine
    /// runs in a machine of its own, as Docker Desktop does]
    #[arg(long, value_name = "mount|exec", env = "SENTRIX_TAP_BY", value_parser = tap_by)]
    pub tap_by: Option<TapBy>,

    /// A volume for OpenClaw's state that outlives the sandbox [default: one that does not]
    #[arg(long, value_name = "NAME")]
    pub volume: Option<String>,

    /// The model, as provider/model [default: what the image says]
    #[arg(long, value_name = "MODEL", env = "SENTRIX_MODEL")]
    pub model: Option<String>,

    /// Let go of a denial: exec, files, web, subagents, apply-patch or tool-search
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub relax: Vec<Relaxation>,

    /// Switch a chat service on: telegram, discord, slack, whatsapp or signal (its tokens, given as variables, do the same)
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = channel)]
    pub channel: Vec<Channel>,

    /// Ask the model not to think
    #[arg(long)]
    pub no_reasoning: bool,

    /// OpenClaw's configuration instead of the one in the image; @TOKEN@ and @MODEL@ in it are filled in
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// A variable for the gateway; without a value, the one of this environment
    #[arg(short, long = "env", value_name = "KEY[=VALUE]")]
    pub environment: Vec<String>,

    /// KEY=VALUE lines for the gateway; - is standard input
    #[arg(long, value_name = "FILE|-")]
    pub env_file: Option<PathBuf>,

    /// Close a log file after this many minutes
    #[arg(long, value_name = "N", env = "SENTRIX_ROTATE_MINS", value_parser = minutes)]
    pub rotate_mins: Option<f64>,

    /// Memory in MiB; with channel plugins the gateway needs 3072
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(6..=1 << 30))]
    pub memory: u64,

    /// Processors; never more than there are
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub cpus: u32,

    /// Processes and threads
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub pids: u32,

    /// Minutes after which `sentrix-box reap` ends the sandbox (0.5 is half of one); 0: never
    #[arg(long, value_name = "MINUTES", env = "SENTRIX_TIMEOUT", default_value = "60", value_parser = minutes)]
    pub timeout: f64,

    /// Seconds that a stop may take: a busy gateway drains its runs first
    #[arg(long, value_name = "SECONDS", default_value_t = 330)]
    pub stop_timeout: u32,

    /// Seconds to wait for the gateway
    #[arg(long, value_name = "SECONDS", default_value_t = 240)]
    pub ready_timeout: u64,
}

/// How to list.
#[derive(Debug, ClapArgs)]
pub struct Status {
    /// JSONL on a terminal too
    #[arg(long)]
    pub json: bool,
}

/// What to run.
#[derive(Debug, ClapArgs)]
pub struct Exec {
    #[command(flatten)]
    pub target: Target,

    /// Hand standard input to the command (secrets go there: arguments can be read by whoever may read the engine's events)
    #[arg(short, long)]
    pub interactive: bool,

    /// The user and group inside
    #[arg(long, value_name = "UID:GID", default_value = sentrix_sandbox::hardening::RELAY_USER)]
    pub user: String,

    /// The command
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}

/// How to talk.
#[derive(Debug, ClapArgs)]
pub struct Agent {
    #[command(flatten)]
    pub target: Target,

    /// What to say; - or nothing where standard input is no terminal: standard input
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,

    /// The conversation
    #[arg(long, value_name = "KEY", default_value = "main")]
    pub session: String,

    /// Print what happens as JSON lines: delta, thinking, tool_call, tool_result, and the end
    #[arg(long)]
    pub json: bool,

    /// Do not show the thinking (on a terminal)
    #[arg(long)]
    pub no_thinking: bool,

    /// Seconds of silence after which an answer is given up: a gateway whose provider fails may never say so
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..))]
    pub silence: u64,
}

/// Where to dial.
#[derive(Debug, ClapArgs)]
pub struct Dial {
    #[command(flatten)]
    pub target: Target,

    /// The port on the sandbox's loopback
    #[arg(value_name = "PORT", default_value_t = sentrix_sandbox::hardening::GATEWAY_PORT)]
    pub port: u16,
}

/// What to carry.
#[derive(Debug, ClapArgs)]
pub struct Carry {
    #[command(flatten)]
    pub target: Target,

    /// The directory with the tap's sockets, llm.sock and egress.sock [default: the one that `up` was given]
    #[arg(long, value_name = "DIR")]
    pub tap_dir: Option<PathBuf>,
}

/// What to watch.
#[derive(Debug, ClapArgs)]
pub struct Watch {
    #[command(flatten)]
    pub target: Target,

    /// Pause the sandbox when the agent's state is larger than this; 0: never
    #[arg(long, value_name = "MIB", env = "SENTRIX_MAX_STATE", default_value_t = 4096)]
    pub max_state: u64,
}

/// Where to listen.
#[derive(Debug, ClapArgs)]
pub struct Publish {
    #[command(flatten)]
    pub target: Target,

    /// The address and port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:18789")]
    pub listen: std::net::SocketAddr,
}

/// What to link.
#[derive(Debug, ClapArgs)]
pub struct Login {
    #[command(flatten)]
    pub target: Target,

    /// whatsapp, signal, telegram, discord or slack
    #[arg(value_name = "CHANNEL", value_parser = channel)]
    pub channel: Channel,
}

/// What to show.
#[derive(Debug, ClapArgs)]
pub struct Channels {
    #[command(flatten)]
    pub target: Target,

    /// Have the gateway ask each service whether it can be reached and takes the token
    #[arg(long)]
    pub probe: bool,

    /// JSONL on a terminal too
    #[arg(long)]
    pub json: bool,
}

/// Whom to approve.
#[derive(Debug, ClapArgs)]
pub struct Pair {
    #[command(flatten)]
    pub target: Target,

    /// Where the person wrote: telegram, discord, slack, whatsapp or signal; all of them when only listing
    #[arg(value_name = "CHANNEL", value_parser = channel)]
    pub channel: Option<Channel>,

    /// The code that the person was given
    #[arg(value_name = "CODE", value_parser = code)]
    pub code: Option<String>,

    /// JSONL on a terminal too
    #[arg(long, conflicts_with = "code")]
    pub json: bool,
}

/// What to print.
#[derive(Debug, ClapArgs)]
pub struct Logs {
    #[command(flatten)]
    pub target: Target,

    /// Only the last lines
    #[arg(long, value_name = "N")]
    pub tail: Option<u32>,

    /// Go on as more comes
    #[arg(short, long)]
    pub follow: bool,
}

/// How to quarantine.
#[derive(Debug, ClapArgs)]
pub struct Quarantine {
    #[command(flatten)]
    pub target: Target,

    /// Where to keep the copy [default: quarantine/NAME-TIME beside the log directory]
    #[arg(long, value_name = "DIR", conflicts_with = "undo")]
    pub snapshot: Option<PathBuf>,

    /// Give the network back and let the sandbox go on
    #[arg(long)]
    pub undo: bool,

    /// Wait for a flag of this severity or a higher one among the JSON lines of standard input; without one, nothing is done
    #[arg(long, value_name = "SEVERITY", conflicts_with = "undo")]
    pub on: Option<Severity>,
}

/// What to reap.
#[derive(Debug, ClapArgs)]
pub struct Reap {
    /// Only this sandbox, and no leftovers
    #[arg(long, value_name = "NAME")]
    pub container: Option<Name>,
}

/// How to set up.
#[derive(Debug, ClapArgs)]
pub struct Setup {
    /// Print what would run, without secrets, in place of the record
    #[arg(long)]
    pub print: bool,

    /// Ask nothing: the answers from last time
    #[arg(long)]
    pub last: bool,

    /// Do not ask the provider whether it takes the key
    #[arg(long)]
    pub no_check: bool,

    /// Put KEY=VALUE lines for `sentrix run` into this file, readable by you alone; what else stands in it stays. Secrets are among them
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,

    /// Where the answers are kept [default: sentrix/setup.json in XDG_CONFIG_HOME or ~/.config]
    #[arg(long, value_name = "FILE", env = "SENTRIX_ANSWERS")]
    pub answers: Option<PathBuf>,
}

/// What to explain.
#[derive(Debug, ClapArgs)]
pub struct Explain {
    #[command(flatten)]
    pub target: Target,

    /// JSONL on a terminal too
    #[arg(long)]
    pub json: bool,
}

fn channel(text: &str) -> Result<Channel, String> {
    let known = Channel::ALL.into_iter().find(|channel| channel.id() == text);
    known.ok_or_else(|| "not one of telegram, discord, slack, whatsapp, signal".to_owned())
}

fn tap_by(text: &str) -> Result<TapBy, String> {
    let known = [TapBy::Mount, TapBy::Exec].into_iter().find(|by| by.to_string() == text);
    known.ok_or_else(|| "not mount or exec".to_owned())
}

fn code(text: &str) -> Result<String, String> {
    let shape = (4..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    shape.then(|| text.to_owned()).ok_or_else(|| "not a pairing code".to_owned())
}

/// A year of minutes is more than anybody means.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=525_600.0).contains(&minutes) {
        Ok(minutes)
    } else {
        Err("not between 0 and 525600".to_owned())
    }
}
