//! How a channel is, out of three answers of the gateway: `channels.status`, `channels.pairing.list`, and the settings of `config.get`.

use super::{advice, plain};
use serde::Serialize;
use serde_json::Value;

/// Of the table.
pub const HEAD: [&str; 6] = ["CHANNEL", "CONFIGURED", "STATE", "POLICY", "WAITING", "LAST ERROR"];
/// How much of an error stands in the table.
const ERROR: usize = 72;
/// What stands among the channels in the settings and is none.
const NONE: [&str; 2] = ["defaults", "modelByChannel"];

/// How far a channel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is switched on, and OpenClaw has nothing that could speak it.
    NoPlugin,
    /// It lacks a token or an account.
    Unconfigured,
    /// No phone is linked to it.
    Unlinked,
    /// It does not run.
    Stopped,
    /// OpenClaw has given it up until something is mended.
    Blocked,
    /// It is not connected yet.
    Starting,
    /// It was connected, and tries again.
    Recovering,
    /// It runs, and its kind does not say whether it is connected.
    Running,
    /// It is connected.
    Connected,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::NoPlugin => "no plugin",
            Self::Unconfigured => "not set up",
            Self::Unlinked => "not linked",
            Self::Stopped => "stopped",
            Self::Blocked => "blocked",
            Self::Starting => "connecting",
            Self::Recovering => "reconnecting",
            Self::Running => "running",
            Self::Connected => "connected",
        }
    }

    /// What an account's status says. Fields that a channel does not have are absent or null.
    fn of(account: &Value) -> Self {
        let is = |key: &str| account[key].as_bool();
        let lifecycle = account["lifecycle"].as_str().unwrap_or_default();
        match (is("running").unwrap_or(false), is("connected")) {
            _ if is("configured") == Some(false) => Self::Unconfigured,
            _ if is("linked") == Some(false) => Self::Unlinked,
            (true, Some(true)) => Self::Connected,
            _ if lifecycle == "blocked" => Self::Blocked,
            (false, _) => Self::Stopped,
            _ if lifecycle == "recovering" => Self::Recovering,
            (true, Some(false)) => Self::Starting,
            (true, None) if lifecycle == "starting" => Self::Starting,
            (true, None) => Self::Running,
        }
    }
}

/// One account of one channel.
#[derive(Debug, Serialize)]
pub struct Row {
    pub channel: String,
    account: Option<String>,
    pub state: State,
    /// Unknown where nothing can speak the channel.
    configured: Option<bool>,
    running: bool,
    connected: bool,
    pub policy: Option<String>,
    group_policy: Option<String>,
    pub waiting: usize,
    pub last_error: Option<String>,
    pub next: Option<String>,
}

/// Every channel that is switched on.
pub fn rows(status: &Value, pairing: &Value, settings: &Value, probed: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for (channel, accounts) in status["channelAccounts"].as_object().into_iter().flatten() {
        let accounts = accounts.as_array().map(Vec::as_slice).unwrap_or_default();
        rows.extend(accounts.iter().filter(|account| is_on(account)).map(|account| told(channel, account)));
    }
    // The gateway knows nothing of a channel that has no plugin.
    let named = settings
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, one)| is_on(one) && !NONE.contains(&name.as_str()));
    for (channel, _) in named.filter(|(name, _)| status["channelAccounts"][name.as_str()].is_null()) {
        rows.push(Row::new(channel, None, State::NoPlugin));
    }
    rows.retain(|row| is_on(&settings[row.channel.as_str()]));
    for row in &mut rows {
        row.policy = row.setting(settings, "dmPolicy");
        row.group_policy = row.setting(settings, "groupPolicy");
        row.waiting = row.count(pairing);
        row.next = advice::next(row, probed);
    }
    rows
}

/// What does not say otherwise is on.
fn is_on(one: &Value) -> bool {
    one["enabled"].as_bool() != Some(false)
}

fn told(channel: &str, account: &Value) -> Row {
    let id = account["accountId"].as_str().map(plain::name);
    let mut row = Row::new(channel, id, State::of(account));
    row.configured = account["configured"].as_bool();
    row.running = account["running"].as_bool().unwrap_or(false);
    row.connected = row.state == State::Connected;
    row.last_error = account["lastError"].as_str().filter(|text| !text.is_empty()).map(plain::line);
    row
}

impl Row {
    fn new(channel: &str, account: Option<String>, state: State) -> Self {
        Self {
            channel: plain::name(channel),
            account,
            state,
            configured: None,
            running: false,
            connected: false,
            policy: None,
            group_policy: None,
            waiting: 0,
            last_error: None,
            next: None,
        }
    }

    /// An account's own setting goes before its channel's.
    fn setting(&self, settings: &Value, key: &str) -> Option<String> {
        let channel = &settings[self.channel.as_str()];
        let own = self.account.as_deref().map_or(&Value::Null, |id| &channel["accounts"][id][key]);
        own.as_str().or_else(|| channel[key].as_str()).map(plain::name)
    }

    fn count(&self, pairing: &Value) -> usize {
        let requests = pairing["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ours = |request: &&Value| {
            request["channel"] == self.channel.as_str()
                && request["accountId"].as_str() == self.account.as_deref()
        };
        requests.iter().filter(ours).count()
    }

    /// The channel, and its account where it is not the only one.
    pub fn name(&self) -> String {
        match self.account.as_deref() {
            None | Some("default") => self.channel.clone(),
            Some(account) => format!("{}/{account}", self.channel),
        }
    }

    /// As a row of the table.
    pub fn cells(&self) -> [String; 6] {
        let configured = match self.configured {
            Some(true) => "yes",
            Some(false) => "no",
            None => "-",
        };
        [
            self.name(),
            configured.to_owned(),
            self.state.word().to_owned(),
            self.policy.clone().unwrap_or_else(|| "-".to_owned()),
            self.waiting.to_string(),
            plain::cut(self.last_error.as_deref().unwrap_or("-"), ERROR),
        ]
    }
}

/// What the real gateway answered: `tests/data/gateway/channels.jsonl`.
#[cfg(test)]
pub fn recorded(when: &str, method: &str) -> Value {
    let all = include_str!("../../../tests/data/gateway/channels.jsonl");
    let mut lines = all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.find(|line| line["when"] == when && line["method"] == method).unwrap()["payload"].clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(when: &str) -> Vec<Row> {
        let settings = recorded(when, "config.get");
        rows(
            &recorded(when, "channels.status"),
            &recorded(when, "channels.pairing.list"),
            &settings["config"]["channels"],
            when == "probed",
        )
    }

    #[test]
    fn a_channel_that_cannot_connect_says_why_and_what_to_do() {
        let rows = of("probed");
        assert_eq!(rows[0].cells()[..5], ["telegram", "yes", "connecting", "pairing", "0"]);
        assert!(
            rows[0].cells()[5]
                .starts_with("Telegram proxy tunnel did not open: proxy answered CONNECT with 502")
        );
        assert!(rows[0].next.as_ref().unwrap().contains("--kind connect"));
    }

    #[test]
    fn a_channel_without_its_plugin_is_not_passed_over() {
        let rows = of("probed");
        let names: Vec<&str> = rows.iter().map(|row| row.channel.as_str()).collect();
        assert_eq!(names, ["telegram", "discord", "whatsapp"]);
        for row in &rows[1..] {
            assert_eq!((row.state, row.configured), (State::NoPlugin, None));
            assert!(row.next.as_ref().unwrap().contains("`sentrix build`"));
        }
    }

    #[test]
    fn who_waits_is_counted_and_the_next_step_is_to_look() {
        let rows = of("waiting");
        assert_eq!(rows[0].cells(), ["telegram", "yes", "connected", "pairing", "1", "-"].map(str::to_owned));
        assert_eq!(rows[0].next.as_deref(), Some("`sentrix pair` lists who waits"));
    }

    #[test]
    fn a_channel_that_is_off_is_not_listed() {
        assert!(of("off").is_empty());
    }

    #[test]
    fn no_token_is_in_a_record() {
        let mut status = recorded("waiting", "channels.status");
        let token = ["123456789", &"AAe2e".repeat(7)].join(":");
        let account = &mut status["channelAccounts"]["telegram"][0];
        account["botToken"] = json!(token);
        account["lastError"] = json!(format!("https://api.telegram.org/bot{token}/getMe: 401"));
        let rows = rows(&status, &json!(null), &json!({"telegram": {"botToken": token}}), false);
        let record = serde_json::to_string(&rows).unwrap();
        assert!(record.contains("/***/getMe: 401") && !record.contains("AAe2e"), "{record}");
    }

    #[test]
    fn every_kind_of_status_has_its_state() {
        for (account, state) in [
            (json!({"configured": false, "running": false}), State::Unconfigured),
            (json!({"configured": true, "linked": false, "running": true}), State::Unlinked),
            (json!({"configured": true, "running": false, "lifecycle": "stopped"}), State::Stopped),
            (json!({"running": false, "lifecycle": "blocked"}), State::Blocked),
            (json!({"running": true, "connected": false, "lifecycle": "recovering"}), State::Recovering),
            (json!({"running": true, "connected": false}), State::Starting),
            (json!({"running": true, "lifecycle": "starting"}), State::Starting),
            (json!({"running": true}), State::Running),
            (json!({"running": true, "connected": true}), State::Connected),
            (json!(null), State::Stopped),
        ] {
            assert_eq!(State::of(&account), state, "{account}");
        }
    }

    #[test]
    fn an_account_has_its_own_name_and_policy() {
        let status = json!({"channelAccounts": {"slack": [{"accountId": "work", "running": true}, {"accountId": "old", "enabled": false}]}});
        let settings = json!({"defaults": {"x": 1}, "slack": {"dmPolicy": "pairing", "accounts": {"work": {"dmPolicy": "allowlist"}}}});
        let rows = rows(&status, &json!({}), &settings, false);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].name().as_str(), rows[0].policy.as_deref()), ("slack/work", Some("allowlist")));
    }
}
