//! What the operator is told while the tap runs: each thing once a while, not once a request.

use sentrix_cli::{note, warn};
use sentrix_tap::Notice;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The same line is not said again before this.
const QUIET: Duration = Duration::from_secs(30);
/// So many lines are remembered: what the sandbox makes us say must not fill our memory.
const REMEMBERED: usize = 256;

/// Says it, unless it was said just now.
pub fn say(notice: Notice) {
    static SAID: LazyLock<Mutex<HashMap<String, Instant>>> = LazyLock::new(Mutex::default);
    let line = words(&notice);
    {
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|_, at| at.elapsed() < QUIET);
        if said.len() >= REMEMBERED || said.contains_key(&line) {
            return;
        }
        said.insert(line.clone(), Instant::now());
    }
    // Only a record that cannot be written is our own failure.
    if matches!(notice, Notice::Record(_)) { warn(line) } else { note(line) }
}

fn words(notice: &Notice) -> String {
    match notice {
        Notice::WrongKey { provider, sent: true } => {
            format!("{provider} does not accept the key; set the right one and start the tap again")
        }
        Notice::WrongKey { provider, sent: false } => {
            format!(
                "{provider} wants a key and none was given; set its variable (ANTHROPIC_API_KEY and the like) or --key-file"
            )
        }
        Notice::Failed { provider, why } => format!("{provider}: {why}"),
        Notice::Guarded { provider, what, action } => {
            let done = match action.as_str() {
                "mask" => "was masked on its way to",
                "block" => "was stopped on its way to",
                _ => "went to",
            };
            format!("{what} {done} {provider}; the exchange's record has the rule")
        }
        Notice::Refused { host, why } => {
            format!("no connection to {host}: {why}; --allow HOST or --channel NAME opens one")
        }
        Notice::Record(why) => {
            format!("the tap's record cannot be written, nothing is forwarded until it can: {why}")
        }
    }
}
