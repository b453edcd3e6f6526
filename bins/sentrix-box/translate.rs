//! Variables that are settings: the Python version passed them on, and OpenClaw never read them. Here they do what they say.

use sentrix_cli::{Failure, note};
use sentrix_sandbox::openclaw::{Channel, ExecMode, Relaxation, Wishes};

const THINKING: [&str; 9] = ["off", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max", "ultra"];

/// Whether the variable is a setting; if so, it is among the wishes now.
pub fn translate(wishes: &mut Wishes, key: &str, value: &str, place: &str) -> Result<bool, Failure> {
    let bad = |choices: &str| {
        Err(Failure::usage(format!("{place}: {key} is not one of {choices}"))
            .next("what it names stays denied until it is one of these"))
    };
    match (key, value) {
        ("OPENCLAW_TOOLS_EXEC_SECURITY", "deny") => {}
        ("OPENCLAW_TOOLS_EXEC_SECURITY", "allowlist") => relax(wishes, Relaxation::Exec(ExecMode::Allowlist)),
        ("OPENCLAW_TOOLS_EXEC_SECURITY", "full") => relax(wishes, Relaxation::Exec(ExecMode::Full)),
        ("OPENCLAW_TOOLS_EXEC_SECURITY", _) => return bad("deny, allowlist, full"),
        ("OPENCLAW_TOOLS_FS_WORKSPACE_ONLY", "true" | "1" | "yes") => {}
        ("OPENCLAW_TOOLS_FS_WORKSPACE_ONLY", "false" | "0" | "no") => relax(wishes, Relaxation::Files),
        ("OPENCLAW_TOOLS_FS_WORKSPACE_ONLY", _) => return bad("true, false"),
        ("OPENCLAW_SANDBOX_MODE", mode) => {
            if mode != "off" {
                note(
                    "OPENCLAW_SANDBOX_MODE: OpenClaw's own sandbox stays off, it would need Docker inside; every agent is in ours",
                );
            }
        }
        ("OPENCLAW_THINK", level) if THINKING.contains(&level) => wishes.thinking = Some(level.to_owned()),
        ("OPENCLAW_THINK", _) => return bad(&THINKING.join(", ")),
        ("OPENCLAW_REASONING", "off" | "false") => wishes.reasoning = Some("off".to_owned()),
        ("OPENCLAW_REASONING", "on" | "true") => wishes.reasoning = Some("on".to_owned()),
        ("OPENCLAW_REASONING", "stream") => wishes.reasoning = Some("stream".to_owned()),
        ("OPENCLAW_REASONING", _) => return bad("off, on, stream"),
        ("OPENCLAW_DEFAULT_MODEL", model) if model.contains('/') => wishes.model = Some(model.to_owned()),
        ("OPENCLAW_DEFAULT_MODEL", _) => return bad("the form provider/model"),
        _ => return Ok(channel(wishes, key, value)),
    }
    Ok(true)
}

fn relax(wishes: &mut Wishes, relaxation: Relaxation) {
    wishes.relaxations.insert(relaxation);
}

/// A chat service's token switches the service on.
fn channel(wishes: &mut Wishes, key: &str, value: &str) -> bool {
    let Some((channel, setting)) = Channel::of_variable(key) else { return false };
    if !value.is_empty() {
        wishes.channels.entry(channel).or_default().insert(setting, value.to_owned());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(pairs: &[(&str, &str)]) -> Wishes {
        let mut wishes = Wishes::default();
        for (key, value) in pairs {
            assert!(translate(&mut wishes, key, value, "-e").unwrap(), "{key}");
        }
        wishes
    }

    #[test]
    fn the_strict_values_wish_for_nothing() {
        let strict = [
            ("OPENCLAW_TOOLS_EXEC_SECURITY", "deny"),
            ("OPENCLAW_TOOLS_FS_WORKSPACE_ONLY", "true"),
            ("OPENCLAW_SANDBOX_MODE", "all"),
        ];
        assert!(wishes(&strict).is_empty());
    }

    #[test]
    fn each_variable_becomes_what_it_names() {
        let relaxed = wishes(&[
            ("OPENCLAW_TOOLS_EXEC_SECURITY", "full"),
            ("OPENCLAW_TOOLS_FS_WORKSPACE_ONLY", "false"),
            ("OPENCLAW_THINK", "high"),
            ("OPENCLAW_REASONING", "true"),
            ("OPENCLAW_DEFAULT_MODEL", "openai/gpt-5.4"),
            ("TELEGRAM_BOT_TOKEN", "1:x"),
        ]);
        let kinds: Vec<_> = relaxed.relaxations.iter().collect();
        assert_eq!(kinds, [&Relaxation::Exec(ExecMode::Full), &Relaxation::Files]);
        assert_eq!((relaxed.thinking.as_deref(), relaxed.reasoning.as_deref()), (Some("high"), Some("on")));
        assert_eq!(relaxed.model.as_deref(), Some("openai/gpt-5.4"));
        assert_eq!(relaxed.channels[&Channel::Telegram]["botToken"], "1:x");
    }

    #[test]
    fn a_value_that_means_nothing_is_refused_and_not_quoted() {
        for key in
            ["OPENCLAW_TOOLS_EXEC_SECURITY", "OPENCLAW_THINK", "OPENCLAW_REASONING", "OPENCLAW_DEFAULT_MODEL"]
        {
            let refused = translate(&mut Wishes::default(), key, "sk-secret", "-e").unwrap_err().to_string();
            assert!(refused.contains(key) && !refused.contains("sk-secret"), "{refused}");
        }
    }

    #[test]
    fn other_variables_are_left_to_the_gateway() {
        assert!(!translate(&mut Wishes::default(), "TZ", "UTC", "-e").unwrap());
    }
}
