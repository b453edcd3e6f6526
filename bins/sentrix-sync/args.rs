//! The command line.

use crate::size::Size;
use clap::Parser;
use std::path::PathBuf;

/// Copy log files out of a sandbox as they grow.
///
/// Takes collectors' log files and nothing else. Growing files are copied event by event, closed ones are checked against
/// the source's manifest. What was copied is never written over, cut or removed: where the source contradicts it, that is
/// recorded as a sentrix_gap event in a log file of its own (…-sync.json), nothing more is taken from that file, and the exit
/// code is 5. Exit codes: 0 ok, 2 usage, 3 some files could not be read, 4 disk, lock or source, 5 contradiction.
#[derive(Debug, Parser)]
#[command(after_help = r#"Examples:
  sentrix-sync --container sentrix-brave-otter --follow
  sentrix-sync --from /mnt/agent_logs --log-dir ./agent_logs
  sentrix-sync --via "ssh HOST sentrix-collect serve --log-dir DIR" --emit | sentrix-patrol - --flags -"#)]
#[command(name = "sentrix-sync", version, max_term_width = 110)]
pub struct Args {
    /// Copy from this directory: a bind mount, a volume, an archive.
    #[arg(long, value_name = "DIR", env = "SENTRIX_SYNC_FROM", conflicts_with_all = ["container", "via"])]
    pub from: Option<PathBuf>,
    /// Copy out of this container (id or name), through DOCKER_HOST's engine: by offset while it runs; once more, as a whole, when it
    /// has ended or is paused.
    #[arg(long, value_name = "ID", env = "SENTRIX_SYNC_CONTAINER", conflicts_with = "via")]
    pub container: Option<String>,
    /// Copy what this command serves: "ssh HOST sentrix-collect serve --log-dir DIR".
    #[arg(long, value_name = "COMMAND")]
    pub via: Option<String>,
    /// Read in the container as this user [default: the one that records in the sandbox].
    #[arg(long, value_name = "UID:GID", requires = "container")]
    pub user: Option<String>,
    /// The log directory in the container [default: the sandbox's].
    #[arg(long, value_name = "DIR", requires = "container")]
    pub path: Option<String>,
    /// Where to copy to.
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
    /// A name for the source. A new one begins a new history: for a directory that a new sandbox was given [default: the directory's path, the container's id].
    #[arg(long, value_name = "NAME", env = "SENTRIX_SYNC_SOURCE")]
    pub source: Option<String>,
    /// Keep copying as the source grows.
    #[arg(long)]
    pub follow: bool,
    /// Print each event that was never printed before, as JSONL. What was printed is remembered in the log directory; only a
    /// death in mid-print repeats events, at most one batch of 32 KiB or one event.
    #[arg(long)]
    pub emit: bool,
    /// Copy no file longer than this.
    #[arg(long, value_name = "SIZE", env = "SENTRIX_SYNC_MAX_FILE", default_value = "1G")]
    pub max_file: Size,
    /// Say only what went wrong.
    #[arg(long, short)]
    pub quiet: bool,
}
