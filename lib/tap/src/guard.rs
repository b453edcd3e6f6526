//! Secrets on their way out: what is new in a request is looked at before it leaves.

use crate::key::Key;
use sentrix_record::exchange::{ExchangeMessage, Guarded};
use sentrix_record::{Category, Finding, Message, Severity, ToolResult, Turn};
use sentrix_rules::{RuleSet, Scanner};
use serde_json::Value;
use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// What stands in the place of a secret.
const MASK: &str = "[masked by Sentrix]";
/// Personal data leaves with almost every message; what is worth stopping is what opens or pays for something.
const LEAST: Severity = Severity::High;

/// So many secrets, and system prompts, are remembered.
const REMEMBERED: usize = 10_000;

/// What is done with secrets on their way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuardMode {
    /// Nothing is looked at.
    Off,
    /// It is recorded.
    Flag,
    /// It is recorded, and does not leave: a mask stands in its place.
    Mask,
    /// It is recorded, and the request does not leave.
    Block,
}

impl FromStr for GuardMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "flag" => Ok(Self::Flag),
            "mask" => Ok(Self::Mask),
            "block" => Ok(Self::Block),
            _ => Err("one of off, flag, mask, block"),
        }
    }
}

impl GuardMode {
    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Flag => "flag",
            Self::Mask => "mask",
            Self::Block => "block",
        }
    }
}

/// Looks at what leaves.
pub(crate) struct Guard {
    mode: GuardMode,
    scanner: Scanner,
    /// The operator's own keys: none of them has any business in a request.
    keys: Vec<Key>,
    memory: Mutex<Memory>,
}

/// What was looked at, and found, before: the conversation comes again with every request, and is looked at once.
#[derive(Default)]
struct Memory {
    systems: HashSet<blake3::Hash>,
    secrets: Vec<String>,
}

/// What was found in a request.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub guarded: Vec<Guarded>,
    pub block: bool,
}

impl Guard {
    pub(crate) fn new(mode: GuardMode, mut keys: Vec<Key>) -> Result<Self, String> {
        // One key may be for several providers.
        keys.sort_by(|one, other| one.reveal().cmp(other.reveal()));
        keys.dedup_by(|one, other| one.reveal() == other.reveal());
        let rules = RuleSet::builtin().map_err(|error| error.to_string())?;
        let scanner = Scanner::new(&rules);
        if mode != GuardMode::Off {
            let scanner = scanner.clone();
            // Beside the first requests, which else wait for the automata that they need. Without a thread they do.
            let _they_wait =
                std::thread::Builder::new().name("rules".to_owned()).spawn(move || scanner.prepare());
        }
        Ok(Self { mode, scanner, keys, memory: Mutex::default() })
    }

    /// Looks at the system prompt, if it is new, and the new messages of a request.
    pub(crate) fn look(&self, system: Option<&str>, new: &[ExchangeMessage], body: &Value) -> Found {
        let mut found = Found::default();
        if self.mode == GuardMode::Off {
            return found;
        }
        let mut turn = as_turn(new);
        if let Some(text) = system.filter(|text| self.is_new(text)) {
            turn.user_messages.push(Message { role: "system".to_owned(), content: text.to_owned() });
        }
        let mut secrets = Vec::new();
        for finding in self.scanner.judge(&turn).findings {
            if finding.category != Category::PiiLeak || finding.severity < LEAST {
                continue;
            }
            secrets.extend(quoted(&turn, &finding).map(ToOwned::to_owned));
            let Finding { rule, label, snippet, .. } = finding;
            found.guarded.push(self.guarded(&rule, &label, &snippet));
        }
        for key in &self.keys {
            if says(&turn, key.reveal()) || new.iter().any(|message| holds(message, key.reveal())) {
                secrets.push(key.reveal().to_owned());
                let what = "the operator's own key for a provider";
                found.guarded.push(self.guarded("guard.operator-key", "OPERATOR_KEY", what));
            }
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|secret| !memory.secrets.contains(secret));
        memory.secrets.extend(secrets);
        let much = memory.secrets.len().saturating_sub(REMEMBERED);
        memory.secrets.drain(..much);
        if self.mode == GuardMode::Block {
            if found.guarded.is_empty() && contains(body, &memory.secrets) {
                let what = "what was stopped before is still in the conversation";
                found.guarded.push(self.guarded("guard.again", "STOPPED_BEFORE", what));
            }
            found.block = !found.guarded.is_empty();
        }
        found
    }

    fn is_new(&self, system: &str) -> bool {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.systems.len() >= REMEMBERED {
            memory.systems.clear();
        }
        memory.systems.insert(blake3::hash(system.as_bytes()))
    }

    fn guarded(&self, rule: &str, label: &str, snippet: &str) -> Guarded {
        let action = self.mode.word().to_owned();
        Guarded { rule: rule.to_owned(), label: label.to_owned(), snippet: snippet.to_owned(), action }
    }

    /// Puts a mask in the place of what was found, in this request or before, if that is wanted; says whether the body was changed.
    pub(crate) fn mask(&self, body: &mut Value) -> bool {
        if self.mode != GuardMode::Mask {
            return false;
        }
        let secrets = self.memory.lock().unwrap_or_else(PoisonError::into_inner).secrets.clone();
        !secrets.is_empty() && cover(body, &secrets)
    }
}

fn says(turn: &Turn, key: &str) -> bool {
    turn.user_messages.iter().any(|message| message.content.contains(key))
}

/// Whether any string of a body holds one of these.
fn contains(value: &Value, secrets: &[String]) -> bool {
    match value {
        Value::String(text) => secrets.iter().any(|secret| text.contains(secret.as_str())),
        Value::Array(items) => items.iter().any(|item| contains(item, secrets)),
        Value::Object(fields) => fields.values().any(|field| contains(field, secrets)),
        _ => false,
    }
}

fn holds(message: &ExchangeMessage, key: &str) -> bool {
    message.content.contains(key)
        || message.tool_calls.iter().any(|call| call.arguments.json().get().contains(key))
}

fn as_turn(new: &[ExchangeMessage]) -> Turn {
    let mut turn = Turn { run_id_ts: "guard".to_owned(), ..Turn::default() };
    for message in new {
        match message.role.as_str() {
            "tool" => turn.tool_results.push(ToolResult {
                id: message.tool_call_id.clone().unwrap_or_default(),
                name: message.name.clone().unwrap_or_default(),
                content: message.content.clone(),
            }),
            // What the model said itself it knows already.
            "assistant" => {}
            _ => turn
                .user_messages
                .push(Message { role: message.role.clone(), content: message.content.clone() }),
        }
    }
    turn
}

/// What a finding points at.
fn quoted<'a>(turn: &'a Turn, finding: &Finding) -> Option<&'a str> {
    let (list, index) = finding.field.strip_suffix(']')?.split_once('[')?;
    let index: usize = index.parse().ok()?;
    let text = match list {
        "user_messages" => &turn.user_messages.get(index)?.content,
        "tool_results" => &turn.tool_results.get(index)?.content,
        _ => return None,
    };
    text.get(finding.start..finding.end).map(str::trim).filter(|secret| secret.len() >= 4)
}

fn cover(value: &mut Value, secrets: &[String]) -> bool {
    match value {
        Value::String(text) => {
            let mut changed = false;
            for secret in secrets {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), MASK);
                    changed = true;
                }
            }
            changed
        }
        Value::Array(items) => items.iter_mut().fold(false, |changed, item| cover(item, secrets) | changed),
        Value::Object(fields) => {
            fields.values_mut().fold(false, |changed, field| cover(field, secrets) | changed)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(role: &str, content: &str) -> ExchangeMessage {
        ExchangeMessage { role: role.to_owned(), content: content.to_owned(), ..ExchangeMessage::default() }
    }

    #[test]
    fn a_card_and_the_operators_key_are_found_and_masked_now_and_later() {
        let guard = Guard::new(GuardMode::Mask, vec![Key::new("sk-operator-1").unwrap()]).unwrap();
        let messages =
            [said("user", "pay with 4539 5787 6362 1486 please"), said("tool", "KEY=sk-operator-1")];
        let body = json!({"messages": [{"content": [{"text": "pay with 4539 5787 6362 1486 please"}]}, {"content": "KEY=sk-operator-1"}]});
        let found = guard.look(None, &messages, &body);
        assert_eq!(found.guarded.len(), 2, "{found:?}");
        assert!(
            found
                .guarded
                .iter()
                .all(|one| !one.snippet.contains("4539 5787") && !one.snippet.contains("sk-op"))
        );
        // The conversation comes again with the next request, in which nothing is new.
        for new in [&messages[..], &[]] {
            let mut body = body.clone();
            guard.look(None, new, &body);
            assert!(guard.mask(&mut body));
            assert!(!body.to_string().contains("4539 5787") && !body.to_string().contains("sk-operator-1"));
        }
    }

    #[test]
    fn what_was_stopped_stays_stopped() {
        let guard = Guard::new(GuardMode::Block, Vec::new()).unwrap();
        let body = json!({"messages": [{"content": "card 4539 5787 6362 1486"}]});
        assert!(guard.look(None, &[said("user", "card 4539 5787 6362 1486")], &body).block);
        assert!(guard.look(None, &[], &body).block);
        assert!(!guard.look(None, &[], &json!({"messages": [{"content": "card"}]})).block);
    }

    #[test]
    fn the_system_prompt_is_looked_at_once() {
        let guard = Guard::new(GuardMode::Flag, Vec::new()).unwrap();
        let look = || guard.look(Some("MEMORY.md: card 4539 5787 6362 1486"), &[], &json!({})).guarded.len();
        assert_eq!((look(), look()), (1, 0));
    }

    #[test]
    fn ordinary_words_pass() {
        let guard = Guard::new(GuardMode::Block, Vec::new()).unwrap();
        let words = "What is still open on my list? Order 10482 from 2026-11-20.";
        let found = guard.look(None, &[said("user", words)], &json!({"input": words}));
        assert!(!found.block && found.guarded.is_empty());
    }
}
