//! The agents, as a `state` message tells of them: the agent itself, and the sub-agents that were heard of.

use crate::record::Picture;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The client has eight desks.
const DESKS: usize = 8;
/// How long a sub-agent is shown after its last word.
const SHOWN: Duration = Duration::from_secs(1800);
/// Who was silent for so long does nothing.
const SILENT: Duration = Duration::from_secs(30);
const SUBAGENT: &str = ":subagent:";

/// Sub-agents by their session.
#[derive(Debug, Default)]
pub struct Agents {
    heard: BTreeMap<String, (Instant, bool)>,
}

impl Agents {
    /// Something was heard from a session.
    pub fn hear(&mut self, session: &str, goes_on: bool, now: Instant) {
        if !session.contains(SUBAGENT) || session.len() > 256 {
            return;
        }
        if self.heard.len() >= 64 && !self.heard.contains_key(session) {
            let oldest = self.heard.iter().min_by_key(|(_, (at, _))| *at).map(|(session, _)| session.clone());
            oldest.map(|oldest| self.heard.remove(&oldest));
        }
        self.heard.insert(session.to_owned(), (now, goes_on));
    }

    /// The agents: the main one first, then by name; every id once.
    pub fn describe(&self, picture: &Picture, busy: bool, now: Instant) -> Value {
        let working = busy || picture.activity.running.is_some() && recent(picture.activity.at);
        let agent = |id: &str, name: &str, role: &str, working: bool, risk: &str, session: &str| {
            let status = if working { "working" } else { "idle" };
            json!({"id": id, "name": name, "role": role, "status": status, "riskScore": risk, "sessionKey": session})
        };
        let mut main = agent("main", "Main agent", "primary", working, picture.risk, "agent:main:main");
        main["lastSeen"] = picture.activity.at.into();
        main["runId"] = picture.activity.run.as_deref().into();
        let mut agents = vec![main];
        let today = sentrix_record::epoch_millis(std::time::SystemTime::now());
        let mut subs: Vec<(String, &String, bool, Duration)> = Vec::new();
        for (session, (at, goes_on)) in &self.heard {
            let silent = now.saturating_duration_since(*at);
            if silent < SHOWN {
                let id = session.rsplit(':').next().unwrap_or_default();
                let short: String = id.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
                subs.push((format!("Sub-agent {short}"), session, *goes_on && silent < SILENT, silent));
            }
        }
        subs.sort();
        let subs = subs.iter().take(DESKS - 1);
        agents.extend(subs.map(|(name, session, working, silent)| {
            let mut sub = agent(session, name, "subagent", *working, "normal", session);
            sub["lastSeen"] = (today - i64::try_from(silent.as_millis()).unwrap_or(i64::MAX)).into();
            sub
        }));
        Value::Array(agents)
    }
}

/// Whether a time of the record is of this minute.
fn recent(at: Option<i64>) -> bool {
    let now = sentrix_record::epoch_millis(std::time::SystemTime::now());
    at.is_some_and(|at| (now - at).abs() < 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_agent_is_first_and_no_id_comes_twice() {
        let now = Instant::now();
        let mut agents = Agents::default();
        for number in 0..100 {
            agents.hear(&format!("agent:main:subagent:{number}"), true, now);
            agents.hear("agent:main:web-1", true, now);
        }
        let picture = Picture { risk: "high", ..Picture::default() };
        let all = agents.describe(&picture, true, now);
        let all = all.as_array().unwrap();
        assert_eq!(
            (all.len(), all[0]["role"].as_str(), all[0]["riskScore"].as_str()),
            (8, Some("primary"), Some("high"))
        );
        let ids: std::collections::BTreeSet<_> = all.iter().map(|agent| agent["id"].as_str()).collect();
        assert_eq!(ids.len(), 8);
        assert_eq!(agents.describe(&picture, false, now + SHOWN).as_array().unwrap().len(), 1);
    }
}
