//! The part of the command line that is about models.

use std::path::PathBuf;

/// Whom to ask is in the environment, because keys are: OPENAI_API_KEY or POLICE_OPENAI_API_KEY, ANTHROPIC_API_KEY or
/// POLICE_ANTHROPIC_API_KEY, OPENAI_BASE_URL and ANTHROPIC_BASE_URL for other servers (a local one needs no key), POLICE_MODEL,
/// POLICE_MAX_TOKENS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Asking a model")]
pub struct ModelArgs {
    /// Most requests to the model in one go, with --follow until the program ends.
    #[arg(long, value_name = "N", env = "SENTRIX_MAX_CALLS")]
    pub max_calls: Option<u64>,
    /// Most money spent, in US dollars.
    #[arg(long, value_name = "USD", env = "SENTRIX_MAX_COST", value_parser = dollars)]
    pub max_cost: Option<f64>,
    /// A table of prices that goes on top of the built-in one.
    #[arg(long, value_name = "FILE", env = "SENTRIX_PRICES")]
    pub prices: Option<PathBuf>,
    /// How many flags are investigated at once.
    #[arg(long, value_name = "N", env = "SENTRIX_CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: u16,
    /// Seconds until an answer has to be there.
    #[arg(long, value_name = "SECS", env = "SENTRIX_MODEL_TIMEOUT", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub model_timeout: u64,
    /// Bytes of the record in one prompt: the flagged turn first (in several prompts where it is longer), then its neighbours.
    #[arg(long, value_name = "N", env = "SENTRIX_CONTEXT_BYTES", default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(4096..))]
    pub context_bytes: u32,
}

fn dollars(word: &str) -> Result<f64, String> {
    let number: f64 = word.parse().map_err(|_| format!("{word:?} is not a number"))?;
    if number >= 0.0 { Ok(number) } else { Err(format!("{word} is not an amount")) }
}
