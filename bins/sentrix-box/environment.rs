//! What the operator hands to the gateway: KEY=VALUE lines in a file that only the sandbox reads, never its environment as Docker shows it.
//! Variables that are settings of OpenClaw become settings, because OpenClaw itself does not read them.

use crate::args::Up;
use crate::translate::translate;
use sentrix_cli::Failure;
use sentrix_sandbox::openclaw::Wishes;
use std::io::Read;
use std::path::Path;

/// What the record depends on, and what is made anew for each sandbox: not for sale.
const OURS: [&str; 5] = [
    "OPENCLAW_RAW_STREAM",
    "OPENCLAW_RAW_STREAM_PATH",
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_GATEWAY_TOKEN",
];
/// The model providers' keys: where there is a tap, it has them, and nobody inside.
const KEYS: [&str; 9] = [
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "OPENROUTER_API_KEY",
    "XAI_API_KEY",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "TOGETHER_API_KEY",
];

/// What was handed over.
#[derive(Default)]
pub struct Given {
    /// KEY=VALUE lines for the gateway.
    pub lines: String,
    /// What becomes a setting.
    pub wishes: Wishes,
}

/// Reads all of it.
pub fn given(args: &Up) -> Result<Given, Failure> {
    let mut given = Given::default();
    let mut take = |pair: &str, place: &str| -> Result<(), Failure> {
        let (key, value) = checked(pair, place)?;
        if args.tap_dir.is_some() && KEYS.contains(&key) {
            return Err(Failure::usage(format!("{place}: {key} is not for the sandbox: there is a tap"))
                .next("set it where `sentrix-collect tap` runs; `sentrix run` does that by itself"));
        }
        if !translate(&mut given.wishes, key, value, place)? {
            given.lines.push_str(&format!("{key}={value}\n"));
        }
        Ok(())
    };
    if let Some(path) = &args.env_file {
        for (number, line) in read(path)?.lines().enumerate() {
            let line = line.trim_start();
            if !line.is_empty() && !line.starts_with('#') {
                take(line, &format!("{} line {}", path.display(), number + 1))?;
            }
        }
    }
    for pair in &args.environment {
        if pair.contains('=') {
            take(pair, "-e")?;
        } else {
            let value = std::env::var(pair).map_err(|_| {
                Failure::usage(format!("-e {pair}: there is no such variable here"))
                    .next("give -e KEY=VALUE or set it first")
            })?;
            take(&format!("{pair}={value}"), "-e")?;
        }
    }
    given.wishes.relaxations.extend(args.relax.iter().copied());
    if args.no_reasoning {
        given.wishes.thinking = Some("off".to_owned());
        given.wishes.reasoning = Some("off".to_owned());
    }
    given.wishes.model = args.model.clone().or(given.wishes.model);
    given.wishes.proxy = args.tap_dir.is_some();
    for channel in &args.channel {
        given.wishes.channels.entry(*channel).or_default();
    }
    Ok(given)
}

/// A message names the key at most: the value may be a secret.
fn checked<'a>(pair: &'a str, place: &str) -> Result<(&'a str, &'a str), Failure> {
    let key = pair.split_once('=').map(|(key, _)| key.trim_start_matches("export ")).unwrap_or_default();
    let shape = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if key.is_empty() || !key.bytes().all(shape) || key.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Failure::usage(format!("{place}: not of the form KEY=VALUE")));
    }
    if OURS.contains(&key) {
        return Err(Failure::usage(format!(
            "{place}: {key} is set by the sandbox itself: the record depends on it"
        )));
    }
    let value = pair.split_once('=').map(|(_, value)| value).unwrap_or_default();
    if value.contains(['\n', '\0']) {
        return Err(Failure::usage(format!("{place}: the value of {key} holds a newline")));
    }
    Ok((key, value))
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    outcome.map_err(|error| {
        Failure::usage(format!("cannot read {}", path.display()))
            .because(error)
            .next("it holds KEY=VALUE lines")
    })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::checked;

    fn of(pair: &str) -> Result<(&str, &str), String> {
        checked(pair, "-e").map_err(|failure| failure.to_string())
    }

    #[test]
    fn pairs_are_taken_as_they_are() {
        assert_eq!(of("A_1=x=y $z").unwrap(), ("A_1", "x=y $z"));
        assert_eq!(of("export A=").unwrap(), ("A", ""));
    }

    #[test]
    fn what_is_not_a_pair_is_refused_and_not_quoted() {
        for pair in ["sk-secret", "=sk-secret", "1A=sk-secret", "A B=sk-secret", "A=sk-secret\nB=1"] {
            let refused = of(pair).unwrap_err();
            assert!(!refused.contains("sk-secret"), "{refused}");
        }
    }

    #[test]
    fn the_record_cannot_be_switched_off() {
        assert!(of("OPENCLAW_RAW_STREAM=0").is_err());
    }
}
