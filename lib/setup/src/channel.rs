//! How people reach the agent: chat services.

use serde::{Deserialize, Serialize};

/// A chat service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A bot of BotFather's.
    Telegram,
    /// A bot of an application.
    Discord,
    /// An app in a workspace, over a socket.
    Slack,
    /// A phone, linked by a QR code.
    WhatsApp,
    /// A phone number of its own.
    Signal,
}

/// Something that a channel needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The variable that it goes into.
    pub variable: &'static str,
    /// What to ask for.
    pub title: &'static str,
    /// Where it comes from.
    pub help: &'static str,
    /// Whether it is shown while it is typed.
    pub secret: bool,
    /// What it begins with, where that is sure.
    pub prefix: Option<&'static str>,
}

const TELEGRAM: [Field; 1] = [Field {
    variable: "TELEGRAM_BOT_TOKEN",
    title: "Telegram bot token",
    help: "from @BotFather: 123456789:AA…",
    secret: true,
    prefix: None,
}];
const DISCORD: [Field; 1] = [Field {
    variable: "DISCORD_BOT_TOKEN",
    title: "Discord bot token",
    help: "discord.com/developers/applications, your application, Bot",
    secret: true,
    prefix: None,
}];
const SLACK: [Field; 2] = [
    Field {
        variable: "SLACK_BOT_TOKEN",
        title: "Slack bot token",
        help: "api.slack.com/apps, your app, OAuth & Permissions: xoxb-…",
        secret: true,
        prefix: Some("xoxb-"),
    },
    Field {
        variable: "SLACK_APP_TOKEN",
        title: "Slack app token",
        help: "api.slack.com/apps, your app, Basic Information, scope connections:write: xapp-…",
        secret: true,
        prefix: Some("xapp-"),
    },
];
const SIGNAL: [Field; 1] = [Field {
    variable: "SIGNAL_ACCOUNT",
    title: "Signal number",
    help: "the number that the agent answers on, with its country: +15551234567",
    secret: false,
    prefix: Some("+"),
}];

impl Channel {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Telegram, Self::Discord, Self::Slack, Self::WhatsApp, Self::Signal];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Telegram => "Telegram",
            Self::Discord => "Discord",
            Self::Slack => "Slack",
            Self::WhatsApp => "WhatsApp",
            Self::Signal => "Signal",
        }
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

    /// What it needs.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Telegram => &TELEGRAM,
            Self::Discord => &DISCORD,
            Self::Slack => &SLACK,
            Self::WhatsApp => &[],
            Self::Signal => &SIGNAL,
        }
    }

    /// What is left to do once the sandbox runs.
    pub fn after(self) -> Option<&'static str> {
        match self {
            Self::WhatsApp => Some("scan the QR code of `sentrix-box login whatsapp` with the phone"),
            Self::Signal => Some("link the number with `sentrix-box login signal`"),
            _ => None,
        }
    }
}
