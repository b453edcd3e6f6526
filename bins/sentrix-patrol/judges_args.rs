//! The part of the command line that is about models.

use std::path::PathBuf;

/// Whom to ask is in the environment, because keys are: OPENAI_API_KEY or PATROL_OPENAI_API_KEY, ANTHROPIC_API_KEY or
/// PATROL_ANTHROPIC_API_KEY, OPENAI_BASE_URL and ANTHROPIC_BASE_URL for other servers (a local one needs no key), PATROL_MODEL
/// (several with commas), PATROL_MAX_TOKENS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Judging by models")]
pub struct JudgesArgs {
    /// Most requests to models in one sweep, with --follow in one hour.
    #[arg(long, value_name = "N", env = "SENTRIX_MAX_CALLS")]
    pub max_calls: Option<u64>,
    /// Most money spent on models in one sweep, with --follow in one hour, in US dollars.
    #[arg(long, value_name = "USD", env = "SENTRIX_MAX_COST", value_parser = dollars)]
    pub max_cost: Option<f64>,
    /// A table of prices that goes on top of the built-in one.
    #[arg(long, value_name = "FILE", env = "SENTRIX_PRICES")]
    pub prices: Option<PathBuf>,
    /// How many agents are assigned to a turn; half of them, rounded up, have to vote. Suspicious streams get more.
    #[arg(long, value_name = "N", env = "SENTRIX_VOTES", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub votes: u16,
    /// How many questions are asked at once.
    #[arg(long, value_name = "N", env = "SENTRIX_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,
    /// Put two turns whose verdict is known before a model after every N of its votes; one that misjudges them is asked no more,
    /// and what it cleared since is reopened. 0 for never.
    #[arg(long, value_name = "N", env = "SENTRIX_CANARY_EVERY", default_value_t = 50)]
    pub canary_every: u64,
    /// A name for the model that you choose; another one reviews everything again.
    #[arg(long, value_name = "NAME", env = "PATROL_MODEL_VERSION", default_value = "")]
    pub model_version: String,
    /// Seconds until an answer has to be there.
    #[arg(long, value_name = "SECS", env = "SENTRIX_MODEL_TIMEOUT", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub model_timeout: u64,
}

fn dollars(word: &str) -> Result<f64, String> {
    let number: f64 = word.parse().map_err(|_| format!("{word:?} is not a number"))?;
    if number >= 0.0 { Ok(number) } else { Err(format!("{word} is not an amount")) }
}
