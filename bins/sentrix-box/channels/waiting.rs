//! Who has written to the agent, was given a code, and waits to be let in: the gateway's answer to `channels.pairing.list`.

use super::plain;
use crate::status::unwritable;
use sentrix_cli::Failure;
use serde::Serialize;
use serde_json::Value;

/// Of the table.
pub const HEAD: [&str; 5] = ["CHANNEL", "SENDER", "NAME", "ASKED (UTC)", "UNTIL (UTC)"];
/// How much of a name stands in the table: who waits has chosen it.
const NAME: usize = 40;

/// One who waits.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    pub channel: String,
    account: String,
    sender: String,
    name: Option<String>,
    asked_at: String,
    until: String,
}

impl Waiting {
    /// All of them.
    pub fn all(answer: &Value) -> Vec<Self> {
        let requests = answer["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
        requests.iter().map(Self::read).collect()
    }

    fn read(request: &Value) -> Self {
        let text = |key: &str| plain::name(request[key].as_str().unwrap_or_default());
        Self {
            channel: text("channel"),
            account: text("accountId"),
            sender: text("senderId"),
            name: called(&request["metadata"]),
            asked_at: text("createdAt"),
            until: text("expiresAt"),
        }
    }

    /// As a row of the table.
    pub fn cells(&self) -> [String; 5] {
        let name = plain::cut(self.name.as_deref().unwrap_or("-"), NAME);
        [
            self.channel.clone(),
            plain::cut(&self.sender, NAME),
            name,
            minute(&self.asked_at),
            minute(&self.until),
        ]
    }
}

/// As JSON lines.
pub fn json(all: &[Waiting]) -> Result<Vec<String>, Failure> {
    all.iter().map(|one| serde_json::to_string(one).map_err(unwritable)).collect()
}

/// What the person calls herself. Each service has its own words for it.
fn called(metadata: &Value) -> Option<String> {
    let text = |key: &str| metadata[key].as_str().filter(|text| !text.trim().is_empty());
    let given = [text("firstName").or_else(|| text("name")), text("lastName")];
    let user =
        text("username").or_else(|| text("tag")).map(|user| format!("@{}", user.trim_start_matches('@')));
    let words: Vec<String> = given.into_iter().flatten().map(str::to_owned).chain(user).collect();
    (!words.is_empty()).then(|| plain::name(&words.join(" ")))
}

/// 2026-11-30T01:09:35.868Z as 2026-11-30 01:09.
fn minute(time: &str) -> String {
    plain::cut(&time.replacen('T', " ", 1), 17).trim_end_matches('…').to_owned()
}

/// What to tell where nobody waits.
pub fn nobody(answer: &Value, channel: Option<&str>) -> String {
    let accounts = answer["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let on: Vec<&str> = accounts.iter().filter_map(|account| account["channel"].as_str()).collect();
    match on.as_slice() {
        [] => format!(
            "nobody waits: {} lets people in by a code; `sentrix channels` shows what is switched on",
            channel.map_or_else(
                || "no chat channel".to_owned(),
                |name| format!("{name} is not set up, or none of its accounts")
            )
        ),
        on => format!(
            "nobody waits; who writes to {} for the first time gets a code for `sentrix pair`",
            plain::name(&on.join(", "))
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::recorded;
    use super::*;

    #[test]
    fn who_waits_is_listed_without_a_code() {
        let answer = recorded("waiting", "channels.pairing.list");
        let all = Waiting::all(&answer);
        assert_eq!(json(&all).unwrap().len(), 1);
        assert_eq!(all[0].cells()[..3], ["telegram", "4711", "Ada @ada"]);
        assert_eq!(all[0].cells()[3..], ["2026-11-30 01:15", "2026-11-30 02:15"]);
        assert!(!answer.to_string().contains("\"code\""));
    }

    #[test]
    fn where_nobody_waits_the_next_step_is_said() {
        let said = nobody(&recorded("probed", "channels.pairing.list"), None);
        assert_eq!(
            said,
            "nobody waits; who writes to telegram for the first time gets a code for `sentrix pair`"
        );
        let said = nobody(&recorded("off", "channels.pairing.list"), None);
        assert!(said.contains("no chat channel") && said.contains("`sentrix channels`"), "{said}");
    }
}
