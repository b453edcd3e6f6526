//! Chat services: switched on by what they need to know, strangers only after a pairing code. The first stranger who is let in would become
//! the owner of commands, were there none: the template names one that nobody can be.

use super::add;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A chat service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// A bot.
    Telegram,
    /// A bot.
    Discord,
    /// An app, over a socket.
    Slack,
    /// A phone, linked by a QR code.
    WhatsApp,
    /// A number of its own.
    Signal,
}

/// Variable, channel, and the setting that it becomes.
const VARIABLES: [(&str, Channel, &str); 5] = [
    ("TELEGRAM_BOT_TOKEN", Channel::Telegram, "botToken"),
    ("DISCORD_BOT_TOKEN", Channel::Discord, "token"),
    ("SLACK_BOT_TOKEN", Channel::Slack, "botToken"),
    ("SLACK_APP_TOKEN", Channel::Slack, "appToken"),
    ("SIGNAL_ACCOUNT", Channel::Signal, "account"),
];

impl Channel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Telegram, Self::Discord, Self::Slack, Self::WhatsApp, Self::Signal];

    /// The channel and the setting that a variable is for.
    pub fn of_variable(name: &str) -> Option<(Self, &'static str)> {
        VARIABLES.iter().find(|(variable, ..)| *variable == name).map(|(_, channel, key)| (*channel, *key))
    }

    /// Its name in OpenClaw.
    pub fn id(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::WhatsApp => "whatsapp",
            Self::Signal => "signal",
        }
    }

    pub(super) fn add(self, settings: &mut Value, fields: &BTreeMap<&'static str, String>) {
        let channel = &mut settings["channels"][self.id()];
        *channel =
            json!({"enabled": true, "dmPolicy": "pairing", "groupPolicy": "disabled", "configWrites": false});
        for (key, value) in fields {
            channel[*key] = json!(value);
        }
        add(&mut settings["plugins"], "allow", &[self.id()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_on_with_pairing() {
        let mut settings = json!({"plugins": {"allow": []}});
        let (channel, key) = Channel::of_variable("SLACK_APP_TOKEN").unwrap();
        channel.add(&mut settings, &BTreeMap::from([(key, "xapp-1".to_owned())]));
        assert_eq!(settings["channels"]["slack"]["appToken"], "xapp-1");
        assert_eq!(settings["channels"]["slack"]["dmPolicy"], "pairing");
        assert_eq!(settings["plugins"]["allow"], json!(["slack"]));
        assert_eq!(Channel::of_variable("PATH"), None);
    }
}
