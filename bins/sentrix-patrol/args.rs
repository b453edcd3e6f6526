//! The command line.

use crate::alerts_args::AlertsArgs;
use crate::judges_args::JudgesArgs;
use clap::{Parser, Subcommand, ValueEnum};
use sentrix_cli::Failure;
use std::path::{Path, PathBuf};

/// Review the record of an agent: turns in, flags out.
///
/// Rules are applied offline, without a key; models judge what rules cannot see, when there is a key or a server of your own. What
/// was reviewed is remembered beside the log files, so that a sweep with nothing new costs next to nothing. Exit codes: 0 ok, 1
/// flags were raised (with --exit-code), 2 usage, 3 some input was unreadable or some turns got no verdict (they are counted, and
/// wait for the next sweep), 4 disk or database, 5 damaged database.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  sentrix-patrol ./agent_logs
  sentrix-patrol --follow --judge auto --max-cost 5
  sentrix-patrol --judge rules --exit-code ./agent_logs || echo look
  zcat old/*.json.gz | sentrix-patrol - --flags - --state none")]
#[command(name = "sentrix-patrol", version, max_term_width = 110, args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub patrol: PatrolArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the turns of a record as JSONL.
    #[command(after_help = "Examples:
  sentrix-patrol turns ./agent_logs | jq -r .text")]
    Turns(TurnsArgs),
    /// Read turns as JSONL on standard input, print one verdict a turn; no state is touched.
    #[command(after_help = "Examples:
  sentrix-patrol turns ./agent_logs | sentrix-patrol judge | jq .severity")]
    Judge(JudgeArgs),
    /// Show flags, one a line, as a person would want to read them.
    #[command(after_help = "Examples:
  tail -n 5 ./agent_logs/patrol_flags.jsonl | sentrix-patrol show")]
    Show(ShowArgs),
    /// Turn flags and cases, one a line, into one SARIF 2.1.0 log.
    #[command(after_help = "Examples:
  sentrix-patrol sarif ./agent_logs/patrol_flags.jsonl > flags.sarif
  sentrix-police list --json | sentrix-patrol sarif > cases.sarif")]
    Sarif(SarifArgs),
    /// List, check or explain the rules.
    #[command(after_help = "Examples:
  sentrix-patrol rules list
  sentrix-patrol rules check --rules my-rules.toml
  sentrix-patrol rules explain pii.credit-card")]
    Rules(RulesArgs),
}

#[derive(Debug, clap::Args)]
pub struct PatrolArgs {
    /// Log files, directories of log files, or `-` for events as JSONL on standard input.
    #[arg(value_name = "PATH", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub paths: Vec<PathBuf>,
    /// One sweep, then exit (the default).
    #[arg(long, conflicts_with = "follow")]
    pub once: bool,
    /// Keep sweeping as the record grows.
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub review: ReviewArgs,
    /// Where flags go: a file to append to, or `-` [default: patrol_flags.jsonl in the log directory; standard output when
    /// there is none].
    #[arg(long, value_name = "FILE", env = "SENTRIX_FLAGS")]
    pub flags: Option<PathBuf>,
    /// Where to remember what was reviewed: a file, or `none` [default: patrol_state.db in the log directory].
    #[arg(long, value_name = "FILE", env = "SENTRIX_STATE")]
    pub state: Option<PathBuf>,
    /// How flags are written to standard output [default: text on a terminal, jsonl elsewhere].
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub alerts: AlertsArgs,
    /// Exit 1 when flags were raised.
    #[arg(long)]
    pub exit_code: bool,
    /// Review a run that has no end event after this many silent seconds.
    #[arg(long, value_name = "SECS", default_value_t = 300, env = "SENTRIX_RUN_TIMEOUT")]
    pub run_timeout: u64,
    /// With --follow: look at the log directory at least this often, in seconds.
    #[arg(long, value_name = "SECS", default_value_t = 5, env = "SENTRIX_POLL_SECS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub poll: u64,
    /// Say only what went wrong.
    #[arg(long, short)]
    pub quiet: bool,
}

/// How turns are judged.
#[derive(Debug, clap::Args)]
pub struct ReviewArgs {
    /// Who judges: `rules` (offline), `llm`, or `auto` (rules, and models when a key is there).
    #[arg(long, value_enum, default_value_t = Judge::Auto, env = "SENTRIX_JUDGE")]
    pub judge: Judge,
    /// Rule files of your own, on top of the built-in rules.
    #[arg(long, value_name = "FILE", env = "SENTRIX_RULES", value_delimiter = ':')]
    pub rules: Vec<PathBuf>,
    /// Report only what a rule is at least this sure of, 0 to 1.
    #[arg(long, value_name = "0..1", env = "PATROL_CONFIDENCE_THRESHOLD", default_value_t = 0.6, value_parser = fraction)]
    pub confidence: f64,
    /// A name for the ruleset that you choose; another one reviews everything again.
    #[arg(long, value_name = "NAME", env = "PATROL_RULESET_VERSION", default_value = "")]
    pub ruleset_version: String,
    /// Threads [default: one per processor].
    #[arg(long, value_name = "N", env = "SENTRIX_JOBS", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub jobs: u16,
    #[command(flatten)]
    pub judges: JudgesArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Judge {
    Rules,
    Llm,
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One flag a line.
    Jsonl,
    /// A SARIF 2.1.0 log.
    Sarif,
    /// For people.
    Text,
}

#[derive(Debug, clap::Args)]
pub struct TurnsArgs {
    /// Log files, directories of log files, or `-` for standard input.
    #[arg(value_name = "PATH", env = "SENTRIX_LOG_DIR", default_value = "./agent_logs")]
    pub paths: Vec<PathBuf>,
    /// Threads [default: one per processor].
    #[arg(long, value_name = "N", env = "SENTRIX_JOBS", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub jobs: u16,
}

#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    #[command(flatten)]
    pub review: ReviewArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Files of flags, or `-` for standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct SarifArgs {
    /// Files of flags or cases, or `-` for standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    pub command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Print every rule.
    #[command(after_help = "Examples:
  sentrix-patrol rules list | jq -r .id")]
    List(RulesListArgs),
    /// Run every rule's examples and counter-examples.
    #[command(after_help = "Examples:
  sentrix-patrol rules check --rules my-rules.toml")]
    Check(RuleFiles),
    #[command(after_help = "Examples:
  sentrix-patrol rules explain pii.credit-card")]
    /// Say what a rule looks for, why, and what it takes for one and not for one.
    Explain(ExplainArgs),
}

#[derive(Debug, clap::Args)]
pub struct RuleFiles {
    /// Rule files of your own, on top of the built-in rules.
    #[arg(long, value_name = "FILE", env = "SENTRIX_RULES", value_delimiter = ':')]
    pub rules: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct RulesListArgs {
    #[command(flatten)]
    pub files: RuleFiles,
    /// JSONL, on a terminal too.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The rule's id.
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub files: RuleFiles,
}

fn fraction(word: &str) -> Result<f64, String> {
    let number: f64 = word.parse().map_err(|_| format!("{word:?} is not a number"))?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err(format!("{word} is not between 0 and 1")) }
}

/// Whether the path is there and is neither a file nor a directory: a pipe, say, which cannot be appended to.
fn is_device(path: &Path) -> bool {
    path.metadata().is_ok_and(|stat| !stat.is_file() && !stat.is_dir())
}

/// Whether the paths ask for standard input.
pub fn is_stdin(paths: &[PathBuf]) -> bool {
    matches!(paths, [only] if is_dash(only))
}

/// Standard input is taken alone: beside other paths `-` would be the name of a file, and its input would be left unread.
pub fn alone(paths: &[PathBuf]) -> Result<(), Failure> {
    if paths.len() > 1 && paths.iter().any(|path| is_dash(path)) {
        return Err(Failure::usage("`-` stands alone: standard input is not read beside other paths")
            .next("review it by itself; a file of that name is ./-"));
    }
    Ok(())
}

/// Whether a path is the customary name of standard input or output.
pub fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl PatrolArgs {
    /// What each option allows by itself and the whole does not.
    pub fn check(&self) -> Result<(), Failure> {
        alone(&self.paths)?;
        if self.follow && self.format == Some(Format::Sarif) {
            return Err(Failure::usage("--format sarif is one log that ends with the patrol, and --follow has no end")
                .next("follow with a flags file, and turn that into a log when one is wanted: `sentrix-patrol sarif FILE`"));
        }
        let flags = self.flags_path();
        if let Some(path) = flags.filter(|path| is_device(path)) {
            return Err(Failure::usage(format!(
                "cannot append flags to {}: not a regular file",
                path.display()
            ))
            .next("name a file with --flags, or use `--flags -` for standard output"));
        }
        Ok(())
    }

    /// The directory whose record is swept, when the paths are exactly one directory.
    pub fn log_dir(&self) -> Option<&Path> {
        match self.paths.as_slice() {
            [only] if only.is_dir() => Some(only),
            _ => None,
        }
    }

    /// How long a run may be silent, milliseconds.
    pub fn run_timeout_ms(&self) -> i64 {
        i64::try_from(self.run_timeout).unwrap_or(i64::MAX / 1000).saturating_mul(1000)
    }

    /// Where the state is kept; `None` for a patrol that remembers nothing.
    pub fn state_path(&self) -> Option<PathBuf> {
        match &self.state {
            Some(path) if path.as_os_str() == "none" => None,
            Some(path) => Some(path.clone()),
            None => self.log_dir().map(|dir| dir.join("patrol_state.db")),
        }
    }

    /// The file that flags are appended to; `None` for standard output.
    pub fn flags_path(&self) -> Option<PathBuf> {
        match &self.flags {
            Some(path) if is_dash(path) => None,
            Some(path) => Some(path.clone()),
            // Without state nothing would keep the file from being filled with the same flags at every call.
            None if self.format.is_some() || self.state_path().is_none() => None,
            None => self.log_dir().map(|dir| dir.join("patrol_flags.jsonl")),
        }
    }
}
