//! The command line.

use crate::alerts_args::AlertsArgs;
use crate::model_args::ModelArgs;
use clap::{Parser, Subcommand, ValueEnum};
use sentrix_record::Severity;
use std::path::PathBuf;

/// Investigate what was flagged: flags in, cases out.
///
/// Works off the flags of patrol_flags.jsonl that have no case in police.db, most severe first, then oldest. Every case becomes a row
/// of police.db and a file in reports/, and cites the bytes of the record that it rests on. Without a key the case is written from
/// the evidence itself, and says so. Exit codes: 0 ok, 2 usage, 3 some flags could not be investigated (they are named, and tried
/// again later), 4 disk or database, 5 a damaged database or changed evidence.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  sentrix-police
  sentrix-police --follow --escalation high_only
  sentrix-police --judge offline --archive /srv/old_logs")]
#[command(name = "sentrix-police", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub work: WorkArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Investigate one flag now, whatever its severity and however often it failed.
    #[command(after_help = "Examples:
  sentrix-police investigate
  sentrix-police investigate --flag-id 1")]
    Investigate(InvestigateArgs),
    /// List the cases, newest first, or the flags that wait for one.
    #[command(after_help = "Examples:
  sentrix-police list
  sentrix-police list --waiting --json | jq .last_failure")]
    List(ListArgs),
    /// Show a case; --evidence reads the bytes that it cites again and checks them.
    #[command(after_help = "Examples:
  sentrix-police show 3f2a --evidence
  sentrix-police show 3f2a --json | jq -r .case_facts")]
    Show(ShowArgs),
    /// Print a case as JSON, Markdown or a self-contained HTML page.
    #[command(after_help = "Examples:
  sentrix-police report 3f2a --format html >case.html")]
    Report(ReportArgs),
}

#[derive(Debug, clap::Args)]
pub struct Place {
    /// The log directory.
    #[arg(long, value_name = "DIR", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub log_dir: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct WorkArgs {
    #[command(flatten)]
    pub place: Place,
    /// Keep investigating as flags come.
    #[arg(long)]
    pub follow: bool,
    /// Which flags are investigated.
    #[arg(long, value_enum, env = "SENTRIX_ESCALATION", default_value_t = Escalation::MediumAbove)]
    pub escalation: Escalation,
    #[command(flatten)]
    pub investigation: InvestigationArgs,
    /// With --follow: look for flags at least this often, in seconds.
    #[arg(long, value_name = "SECS", default_value_t = 5, env = "SENTRIX_POLL_SECS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub poll: u64,
    /// Say only what went wrong.
    #[arg(long, short)]
    pub quiet: bool,
}

/// How to investigate.
#[derive(Debug, clap::Args)]
pub struct InvestigationArgs {
    /// Who investigates: `offline` (no key, no network), `llm`, or `auto` (a model when there is a key for one).
    #[arg(long, value_enum, default_value_t = Judge::Auto, env = "SENTRIX_JUDGE")]
    pub judge: Judge,
    /// Further directories where old log files may be (plain, .gz or .zst).
    #[arg(long, value_name = "DIR", env = "SENTRIX_ARCHIVE", value_delimiter = ':')]
    pub archive: Vec<PathBuf>,
    /// After this many failed attempts a flag is left open for a person.
    #[arg(long, value_name = "N", env = "SENTRIX_ATTEMPTS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub attempts: u32,
    /// Seconds before a failed investigation is tried again; each time twice as long, up to an hour.
    #[arg(long, value_name = "SECS", env = "SENTRIX_BACKOFF", default_value_t = 30)]
    pub backoff: u64,
    #[command(flatten)]
    pub model: ModelArgs,
    #[command(flatten)]
    pub alerts: AlertsArgs,
}

/// Who investigates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Judge {
    /// A model, or nobody.
    Llm,
    /// The evidence itself.
    #[value(alias = "rules")]
    Offline,
    /// A model when there is a key or a base URL, else the evidence itself.
    Auto,
}

/// From which severity on flags are investigated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Escalation {
    /// All of them.
    LowAbove,
    /// MEDIUM and HIGH.
    MediumAbove,
    /// HIGH alone.
    HighOnly,
}

impl Escalation {
    /// The least severity.
    pub fn least(self) -> Severity {
        match self {
            Self::LowAbove => Severity::Low,
            Self::MediumAbove => Severity::Medium,
            Self::HighOnly => Severity::High,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct InvestigateArgs {
    #[command(flatten)]
    pub place: Place,
    /// The flag: its id, the beginning of it, or a number (1 is the latest) [default: the first of the queue].
    #[arg(long, value_name = "ID|N")]
    pub flag_id: Option<String>,
    #[command(flatten)]
    pub investigation: InvestigationArgs,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub place: Place,
    /// The flags that have no case, in the order in which they are investigated.
    #[arg(long)]
    pub waiting: bool,
    /// How many at the most.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub limit: u32,
    /// JSONL, on a terminal too.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub place: Place,
    /// The case, or the flag: an id or the beginning of one.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Read the cited bytes again and check them (exit 3 when some are missing, 5 when some have changed).
    #[arg(long)]
    pub evidence: bool,
    /// With --evidence: print the bytes too. They may hold secrets.
    #[arg(long, requires = "evidence")]
    pub raw: bool,
    /// Further directories where old log files may be.
    #[arg(long, value_name = "DIR", env = "SENTRIX_ARCHIVE", value_delimiter = ':')]
    pub archive: Vec<PathBuf>,
    /// JSON, on a terminal too.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub place: Place,
    /// The case, or its flag: an id or the beginning of one.
    #[arg(value_name = "ID")]
    pub id: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Md)]
    pub format: Format,
}

/// What a report is printed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As the report files are.
    Json,
    /// Markdown.
    Md,
    /// A self-contained page.
    Html,
}
