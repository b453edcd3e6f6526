//! The part of the command line that is about telling somebody.

use crate::tell::{Channel, Channels};
use sentrix_alert::{Command, Hook};
use sentrix_cli::Failure;
use sentrix_record::Severity;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Alerts")]
pub struct AlertsArgs {
    /// Run this shell command for every case, with the record on its standard input; tried again until it ends with 0.
    #[arg(long, value_name = "CMD", env = "SENTRIX_POLICE_EXEC", hide_env_values = true)]
    pub exec: Option<String>,
    /// POST every case to this URL, signed with SENTRIX_WEBHOOK_SECRET; tried again until it answers with 2xx. (A URL that is a
    /// password is better given in the variable: arguments can be seen.)
    #[arg(long, value_name = "URL", env = "SENTRIX_POLICE_WEBHOOK", hide_env_values = true)]
    pub webhook: Option<String>,
    /// A file that holds the secret, instead of SENTRIX_WEBHOOK_SECRET.
    #[arg(long, value_name = "FILE", env = "SENTRIX_WEBHOOK_SECRET_FILE")]
    pub webhook_secret_file: Option<PathBuf>,
    /// Tell only of cases at least this severe.
    #[arg(long, value_name = "SEVERITY", env = "SENTRIX_POLICE_ALERT_ON", default_value = "LOW", value_parser = severity)]
    pub alert_on: Severity,
    /// Seconds that the command may take for one case.
    #[arg(long, value_name = "SECS", env = "SENTRIX_EXEC_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub exec_timeout: u64,
}

fn severity(word: &str) -> Result<Severity, String> {
    word.parse::<Severity>().map_err(|error| error.to_string())
}

impl AlertsArgs {
    /// Who is to be told.
    pub fn channels(&self) -> Result<Channels, Failure> {
        let mut channels = Vec::new();
        if let Some(line) = &self.exec {
            // Keys are none of a command's business.
            let keys = std::env::vars_os()
                .filter_map(|(name, _)| name.into_string().ok())
                .filter(|name| {
                    name.ends_with("_API_KEY") || name.contains("_WEBHOOK") || name == "SENTRIX_POLICE_EXEC"
                })
                .collect();
            channels.push(Channel::Exec(Command::new(line, Duration::from_secs(self.exec_timeout), keys)));
        }
        if let Some(url) = &self.webhook {
            let hook = Hook::new(url, self.secret()?.as_deref(), None).map_err(|error| {
                Failure::usage("--webhook").because(error).next("give it as https://HOST/PATH")
            })?;
            channels.push(Channel::Hook(Box::new(hook)));
        }
        Ok(Channels::new(channels, self.alert_on))
    }

    fn secret(&self) -> Result<Option<String>, Failure> {
        let secret = match &self.webhook_secret_file {
            None => std::env::var("SENTRIX_WEBHOOK_SECRET").ok(),
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("cannot read the web hook's secret in {}", path.display()))
                    .because(error)
            })?),
        };
        Ok(secret.map(|secret| secret.trim().to_owned()).filter(|secret| !secret.is_empty()))
    }
}
