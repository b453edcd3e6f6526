//! OpenClaw's settings: the strict ones of the image, and one tested patch for each thing that the operator asks for instead.
//!
//! A setting that is not asked for stays as it is: every patch names the keys that it needs and touches no others.

mod channel;
mod provider;
mod relax;

pub use channel::Channel;
pub use relax::{BadRelaxation, ExecMode, Relaxation};

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The strict settings, with `@TOKEN@` and `@MODEL@` where the sandbox puts its own.
pub const TEMPLATE: &str = include_str!("../../../../sandbox/openclaw.json");

/// What the operator wants otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What is let go of.
    pub relaxations: BTreeSet<Relaxation>,
    /// How hard the model thinks: `off`, `low`, `high`, `adaptive`, …
    pub thinking: Option<String>,
    /// Whether people see the thinking: `off`, `on` or `stream`.
    pub reasoning: Option<String>,
    /// The model as `provider/model`, for a provider that OpenClaw does not know by itself.
    pub model: Option<String>,
    /// Chat services, with what they need to know.
    pub channels: BTreeMap<Channel, BTreeMap<&'static str, String>>,
    /// Whether everything but models leaves through the tap's CONNECT proxy.
    pub proxy: bool,
}

/// Settings that cannot be changed: they are no JSON object.
#[derive(Debug, thiserror::Error)]
#[error("not a JSON object: {0}")]
pub struct BadSettings(String);

impl Wishes {
    /// Whether the image's own settings do.
    pub fn is_empty(&self) -> bool {
        self.relaxations.is_empty()
            && self.thinking.is_none()
            && self.reasoning.is_none()
            && self.channels.is_empty()
            && !self.model.as_deref().is_some_and(provider::is_foreign)
    }

    /// The settings with all that is wished for in them.
    ///
    /// # Errors
    /// When they are no JSON object.
    pub fn applied(&self, settings: &str) -> Result<String, BadSettings> {
        let mut settings: Value =
            serde_json::from_str(settings).map_err(|error| BadSettings(error.to_string()))?;
        if !settings.is_object() {
            return Err(BadSettings("it is something else".to_owned()));
        }
        for relaxation in &self.relaxations {
            relaxation.apply(&mut settings);
        }
        for (path, value) in [("thinkingDefault", &self.thinking), ("reasoningDefault", &self.reasoning)] {
            if let Some(value) = value {
                settings["agents"]["defaults"][path] = json!(value);
            }
        }
        if let Some(model) = &self.model {
            provider::add(&mut settings, model);
        }
        for (channel, fields) in &self.channels {
            channel.add(&mut settings, fields);
        }
        let leaves = !self.channels.is_empty() || self.relaxations.contains(&Relaxation::Web);
        if self.proxy && leaves {
            settings["proxy"] = json!({"enabled": true, "proxyUrl": "http://127.0.0.1:8081"});
        }
        serde_json::to_string_pretty(&settings).map_err(|error| BadSettings(error.to_string()))
    }
}

/// The list at this key of an object, made if it is not there.
fn list<'a>(object: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    if !object[key].is_array() {
        object[key] = json!([]);
    }
    match &mut object[key] {
        Value::Array(list) => list,
        _ => unreachable!("it was made a list just now"),
    }
}

fn add(object: &mut Value, key: &str, words: &[&str]) {
    let list = list(object, key);
    for word in words {
        if !list.iter().any(|known| known == word) {
            list.push(json!(word));
        }
    }
}

fn remove(object: &mut Value, key: &str, words: &[&str]) {
    list(object, key).retain(|known| !words.iter().any(|word| known == word));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(wishes: &Wishes) -> Value {
        serde_json::from_str(&wishes.applied(TEMPLATE).unwrap()).unwrap()
    }

    fn template() -> Value {
        serde_json::from_str(TEMPLATE).unwrap()
    }

    #[test]
    fn without_a_wish_nothing_changes() {
        assert!(Wishes::default().is_empty());
        assert_eq!(applied(&Wishes::default()), template());
    }

    #[test]
    fn each_relaxation_changes_its_own_keys_alone() {
        let keys: [(Relaxation, &[&str]); 6] = [
            (Relaxation::Exec(ExecMode::Full), &["/tools/allow", "/tools/deny", "/tools/exec/mode"]),
            (Relaxation::Files, &["/tools/fs/workspaceOnly"]),
            (
                Relaxation::Web,
                &["/tools/allow", "/tools/deny", "/tools/web/fetch/enabled", "/tools/web/search/enabled"],
            ),
            (Relaxation::Subagents, &["/tools/allow", "/tools/deny"]),
            (Relaxation::ApplyPatch, &["/tools/allow", "/tools/deny", "/tools/exec/applyPatch/enabled"]),
            (Relaxation::ToolSearch, &["/tools/toolSearch"]),
        ];
        for (relaxation, touched) in keys {
            let wishes = Wishes { relaxations: BTreeSet::from([relaxation]), ..Wishes::default() };
            let (mut relaxed, mut strict) = (applied(&wishes), template());
            assert_ne!(relaxed, strict, "{relaxation:?}");
            for key in touched {
                for settings in [&mut relaxed, &mut strict] {
                    if let Some(value) = settings.pointer_mut(key) {
                        *value = Value::Null;
                    }
                }
            }
            strict["tools"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            relaxed["tools"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            assert_eq!(relaxed, strict, "{relaxation:?}");
        }
    }

    #[test]
    fn exec_is_allowed_and_no_longer_denied() {
        let wishes =
            Wishes { relaxations: BTreeSet::from([Relaxation::Exec(ExecMode::Full)]), ..Wishes::default() };
        let tools = &applied(&wishes)["tools"];
        assert_eq!(tools["exec"]["mode"], "full");
        assert!(tools["allow"].as_array().unwrap().contains(&json!("exec")));
        assert!(!tools["deny"].as_array().unwrap().contains(&json!("group:runtime")));
        assert!(tools["deny"].as_array().unwrap().contains(&json!("group:automation")));
    }

    #[test]
    fn settings_that_are_no_object_are_refused() {
        for bad in ["", "[]", "{ // comment\n}", "null"] {
            assert!(Wishes::default().applied(bad).is_err(), "{bad}");
        }
    }
}
