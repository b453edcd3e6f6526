//! The command line.

use crate::minutes::Minutes;
use crate::size::Size;
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

/// Record an OpenClaw raw stream into log files that lose nothing.
///
/// Follows FILE as it grows and writes each of its lines, byte for byte, into log files in DIR: JSON arrays, valid after
/// every append. Goes on exactly where it was, however it was stopped. TERM and INT end it; USR1 closes the log file.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  sentrix-collect --input ~/.openclaw/logs/raw-stream.jsonl
  sentrix-collect --input raw.jsonl --log-dir ./agent_logs --once
  sentrix-collect verify && sentrix-collect logs --tail 20")]
#[command(name = "sentrix-collect", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Args {
    /// What else to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to collect.
    #[command(flatten)]
    pub collect: Collect,
}

/// What to do instead of collecting.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check every log file against the manifest and its hash chain (exit 5 when one does not hold)
    #[command(after_help = "Examples:
  sentrix-collect verify ./agent_logs")]
    Verify(Verify),
    /// Print the events of log files as JSONL
    #[command(after_help = "Examples:
  sentrix-collect cat ./agent_logs | jq -c .event
  zcat 20260310T014033.json.gz | sentrix-collect cat - | sentrix-patrol - --flags - --state none")]
    Cat(Cat),
    /// Look at the record: a table on a terminal, JSONL elsewhere
    Logs(Logs),
    /// Answer sentrix-sync over standard input and output (it starts this by itself, through docker exec or ssh)
    #[command(after_help = r#"Examples:
  sentrix-sync --via "ssh HOST sentrix-collect serve --log-dir DIR""#)]
    Serve(Serve),
    #[cfg(feature = "tap")]
    Tap(Box<crate::tap::TapArgs>),
}

/// How to collect.
#[derive(Debug, ClapArgs)]
pub struct Collect {
    /// The raw stream: a file to follow, an open descriptor (/dev/fd/3), or - for standard input
    #[arg(short, long, value_name = "FILE|-", env = "OPENCLAW_RAW_STREAM_PATH")]
    pub input: Option<PathBuf>,

    /// Where to write the log files
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,

    /// Close a log file after this many minutes (0.5 is half of one); 0: never because of its age
    #[arg(long, value_name = "N", env = "SENTRIX_ROTATE_MINS", default_value = "10")]
    pub rotate_mins: Minutes,

    /// Close a log file of this size (such as 500K, 64M, 1G); 0: never because of its size
    #[arg(long, value_name = "SIZE", env = "SENTRIX_ROTATE_BYTES", default_value = "64M")]
    pub rotate_bytes: Size,

    /// Remove the oldest closed log files beyond this number; 0: keep all
    #[arg(long, value_name = "N", env = "SENTRIX_RETAIN_FILES", default_value = "0")]
    pub retain_files: u64,

    /// Remove the oldest closed log files beyond this many bytes in all; 0: keep all
    #[arg(long, value_name = "SIZE", env = "SENTRIX_RETAIN_BYTES", default_value = "0")]
    pub retain_bytes: Size,

    /// Record what is there now, and end
    #[arg(long)]
    pub once: bool,
}

/// What to verify.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The log directory [default: that of --log-dir]
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// The log directory
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
}

/// What to print.
#[derive(Debug, ClapArgs)]
pub struct Cat {
    /// Log files, directories of them, or - for standard input
    #[arg(value_name = "PATH", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub paths: Vec<PathBuf>,
}

/// What to serve.
#[derive(Debug, ClapArgs)]
pub struct Serve {
    /// The log directory
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
}

/// What to show of the record.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  sentrix-collect logs --tail 20
  sentrix-collect logs --follow --kind exchange,gap
  sentrix-collect logs --since 2h --grep password --json | jq .")]
pub struct Logs {
    /// Log directories or log files
    #[arg(value_name = "PATH", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub paths: Vec<PathBuf>,

    /// Only the last events
    #[arg(short = 'n', long, value_name = "N")]
    pub tail: Option<usize>,

    /// Go on as more comes
    #[arg(short, long)]
    pub follow: bool,

    /// JSONL on a terminal too: the events as they were recorded
    #[arg(long, conflicts_with = "table")]
    pub json: bool,

    /// A table elsewhere too
    #[arg(long)]
    pub table: bool,

    /// Only these kinds of events
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<crate::logs::Kind>,

    /// The pieces of messages too; without this, whole messages only
    #[arg(long, conflicts_with = "kind")]
    pub all: bool,

    /// Only the run whose id begins so
    #[arg(long, value_name = "ID")]
    pub run: Option<String>,

    /// Only events that hold this text, in capitals or not
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,

    /// Only events since then: 10m, 2h, 3d ago, or a time such as 2026-11-23T00:54:51Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// Only events before then
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,

    /// Long texts in full
    #[arg(long)]
    pub full: bool,
}
