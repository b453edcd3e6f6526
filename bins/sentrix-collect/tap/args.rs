//! The command line of `tap`.

use crate::minutes::Minutes;
use crate::size::Size;
use clap::Args;
use sentrix_tap::{Channel, GuardMode, Listen, Provider};
use std::path::PathBuf;

/// Stand between a sandbox and its model providers: put the real key in, forward, and record what passes.
///
/// The sandbox asks for /anthropic/v1/messages, /openai/v1/responses, /google/v1beta/models/…, /openrouter/api/v1/chat/completions and
/// so on, with no key or any. Keys come from ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY, OPENROUTER_API_KEY, XAI_API_KEY,
/// TOGETHER_API_KEY, MISTRAL_API_KEY, GROQ_API_KEY, or from --key-file. Prints one line of JSON when it is ready.
/// HTTPS_PROXY and NO_PROXY of this machine are honoured. TERM and INT end it; USR1 closes the log file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentrix-collect tap --listen unix:tap/llm.sock --egress unix:tap/egress.sock
  sentrix-collect tap --listen 127.0.0.1:8080 --upstream ollama=http://localhost:11434
  sentrix-collect tap --listen unix:tap/llm.sock --guard mask --channel telegram")]
pub struct TapArgs {
    /// Where the sandbox asks for models: unix:PATH, or HOST:PORT on the loopback
    #[arg(long, value_name = "unix:PATH|HOST:PORT")]
    pub listen: Listen,

    /// Where it asks for connections (CONNECT), to the hosts that are allowed
    #[arg(long, value_name = "unix:PATH|HOST:PORT")]
    pub egress: Option<Listen>,

    /// Where the record is kept
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,

    /// A host that may be connected to, with its port if that is not 443 (repeatable)
    #[arg(long, value_name = "HOST[:PORT]", env = "SENTRIX_ALLOW", value_delimiter = ',')]
    pub allow: Vec<String>,

    /// The hosts of a channel or tool: telegram, discord, slack, whatsapp, signal, web-fetch (repeatable)
    #[arg(long, value_name = "NAME", env = "SENTRIX_CHANNELS", value_delimiter = ',')]
    pub channel: Vec<Channel>,

    /// Allowed hosts may have addresses that are not of the public network
    #[arg(long)]
    pub allow_private: bool,

    /// What is done with secrets on their way to a model: off, flag, mask or block
    #[arg(long, value_name = "WHAT", env = "SENTRIX_GUARD", default_value = "flag")]
    pub guard: GuardMode,

    /// Another address for a provider, or a server of your own: ollama=http://localhost:11434 (repeatable)
    #[arg(long, value_name = "NAME=URL", env = "SENTRIX_UPSTREAMS", value_delimiter = ',', value_parser = Provider::parse)]
    pub upstream: Vec<Provider>,

    /// NAME=KEY lines, readable by you alone; they go before the environment
    #[arg(long, value_name = "FILE", env = "SENTRIX_KEY_FILE")]
    pub key_file: Option<PathBuf>,

    /// `demo`: answer as a scripted model, which needs no key and is none
    #[arg(long, value_name = "demo", value_parser = ["demo"])]
    pub provider: Option<String>,

    /// Keep the bytes of requests and answers in the record as well
    #[arg(long)]
    pub raw: bool,

    /// Prices that go on top of the built-in ones: [[price]] with model, input, output (and cache_read, cache_write), US dollars for a
    /// million tokens
    #[arg(long, value_name = "FILE", env = "SENTRIX_PRICES")]
    pub prices: Option<PathBuf>,

    /// Seconds that a model may think before its answer begins
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    pub first_byte_secs: u64,

    /// Seconds that an answer may rest between two pieces
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub idle_secs: u64,

    /// Close a log file after this many minutes (0.5 is half of one); 0: never because of its age
    #[arg(long, value_name = "N", env = "SENTRIX_ROTATE_MINS", default_value = "10")]
    pub rotate_mins: Minutes,

    /// Close a log file of this size (such as 500K, 64M, 1G); 0: never because of its size
    #[arg(long, value_name = "SIZE", env = "SENTRIX_ROTATE_BYTES", default_value = "64M")]
    pub rotate_bytes: Size,
}
