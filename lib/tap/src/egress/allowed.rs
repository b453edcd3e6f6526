//! The list of hosts.

use std::collections::BTreeSet;
use std::str::FromStr;

const HTTPS: u16 = 443;

/// Which hosts may be connected to.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    hosts: BTreeSet<(String, u16)>,
    /// Any public host, ports 80 and 443: for fetching web pages.
    pub web: bool,
    /// Addresses that are not of the public network as well: for a service of one's own.
    pub private: bool,
}

/// A host that is none.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not HOST or HOST:PORT")]
pub struct BadHost(String);

/// A channel or tool, by the hosts that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Telegram's Bot API.
    Telegram,
    /// Discord: REST, gateway, attachments.
    Discord,
    /// Slack: Web API, socket mode, files.
    Slack,
    /// WhatsApp Web.
    Whatsapp,
    /// Signal.
    Signal,
    /// Any public web page.
    WebFetch,
}

impl FromStr for Channel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "telegram" => Ok(Self::Telegram),
            "discord" => Ok(Self::Discord),
            "slack" => Ok(Self::Slack),
            "whatsapp" => Ok(Self::Whatsapp),
            "signal" => Ok(Self::Signal),
            "web-fetch" => Ok(Self::WebFetch),
            _ => Err("one of telegram, discord, slack, whatsapp, signal, web-fetch"),
        }
    }
}

impl Channel {
    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Telegram => &["api.telegram.org"],
            Self::Discord => {
                &["discord.com", "gateway.discord.gg", "cdn.discordapp.com", "media.discordapp.net"]
            }
            Self::Slack => &["slack.com", "wss-primary.slack.com", "wss-backup.slack.com", "files.slack.com"],
            Self::Whatsapp => {
                &["web.whatsapp.com", "mmg.whatsapp.net", "media.whatsapp.net", "static.whatsapp.net"]
            }
            Self::Signal => &[
                "chat.signal.org",
                "storage.signal.org",
                "cdn.signal.org",
                "cdn2.signal.org",
                "cdn3.signal.org",
            ],
            Self::WebFetch => &[],
        }
    }
}

impl Allowed {
    /// Adds the hosts of a channel.
    pub fn add_channel(&mut self, channel: Channel) {
        self.web |= channel == Channel::WebFetch;
        self.hosts.extend(channel.hosts().iter().map(|host| ((*host).to_owned(), HTTPS)));
    }

    /// Adds `HOST` (port 443) or `HOST:PORT`.
    ///
    /// # Errors
    /// [`BadHost`] for anything else, patterns among it: the list is of hosts, each by its name.
    pub fn add(&mut self, text: &str) -> Result<(), BadHost> {
        let bad = || BadHost(text.chars().take(100).collect());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, port.parse().ok().filter(|port| *port != 0).ok_or_else(bad)?)
            }
            _ => (text, HTTPS),
        };
        let shape = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.is_empty() || !host.bytes().all(shape) {
            return Err(bad());
        }
        self.hosts.insert((host, port));
        Ok(())
    }

    /// Whether a host may be connected to.
    pub(crate) fn covers(&self, host: &str, port: u16) -> bool {
        let listed = |(known, at): &(String, u16)| known == host && *at == port;
        (self.web && matches!(port, 80 | HTTPS)) || self.hosts.iter().any(listed)
    }

    /// The hosts on the list.
    pub fn hosts(&self) -> impl Iterator<Item = String> + '_ {
        self.hosts.iter().map(|(host, port)| format!("{host}:{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_a_port_and_nothing_like_it() {
        let mut allowed = Allowed::default();
        allowed.add("Example.com").unwrap();
        allowed.add("other.example:8443").unwrap();
        allowed.add_channel(Channel::Telegram);
        assert!(
            allowed.covers("example.com", 443)
                && allowed.covers("other.example", 8443)
                && allowed.covers("api.telegram.org", 443)
        );
        for (host, port) in [
            ("example.com", 80),
            ("evil.example.com", 443),
            ("example.com.evil", 443),
            ("notexample.com", 443),
            ("", 443),
        ] {
            assert!(!allowed.covers(host, port), "{host}:{port}");
        }
        for bad in ["", "*.example.com", "a b", "host:0", "host:x", "https://host"] {
            assert!(allowed.add(bad).is_err(), "{bad}");
        }
    }
}
