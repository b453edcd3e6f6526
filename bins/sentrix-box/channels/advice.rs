//! What to do next about a channel.

use super::row::{Row, State};

/// In one sentence; nothing where nothing is to be done.
pub fn next(row: &Row, probed: bool) -> Option<String> {
    let channel = &row.channel;
    Some(match row.state {
        State::NoPlugin => "the image has no plugin for it: `sentrix build` makes one that has, `sentrix run --memory 3072` starts it".to_owned(),
        State::Unconfigured => format!("it lacks a token or an account: `sentrix setup` asks for it, or `sentrix run --channel {channel} -e …`"),
        State::Unlinked => format!("`sentrix login {channel}` links it"),
        State::Stopped | State::Blocked => "`sentrix-box logs --tail 50` shows why it does not run".to_owned(),
        State::Starting | State::Recovering if row.last_error.is_some() => {
            "`sentrix logs --kind connect --tail 5` shows whether its servers were reached".to_owned()
        }
        State::Starting | State::Recovering if !probed => "`sentrix channels --probe` asks the service".to_owned(),
        State::Starting | State::Recovering => "it is still connecting: look again in a minute".to_owned(),
        State::Running | State::Connected if row.waiting > 0 => "`sentrix pair` lists who waits".to_owned(),
        State::Running | State::Connected if row.policy.as_deref() == Some("pairing") => {
            format!("write to it; who is new gets a code for `sentrix pair {channel} CODE`")
        }
        State::Running | State::Connected => return None,
    })
}
