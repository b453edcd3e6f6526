//! What of a conversation is on record already: OpenClaw sends all of it again with every request.

use sentrix_record::exchange::{Before, ExchangeMessage, ExchangeResponse};
use std::collections::HashSet;

/// So many digests are remembered at least, and twice as many at most.
const GENERATION: usize = 200_000;
/// OpenClaw puts a message of its own behind the last one, and leaves it out of the next request.
const INTERNAL: &str = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>";

type Digest = [u8; 32];

/// Digests of the conversations' beginnings that are on record: each of a message and of all before it, so that one digest stands for a
/// whole beginning, whosever conversation it is.
#[derive(Debug, Default)]
pub(crate) struct History {
    young: HashSet<Digest>,
    old: HashSet<Digest>,
}

/// A conversation as a request has it.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    digests: Vec<Digest>,
    /// How many of its messages may be continued by an answer: all, and those without OpenClaw's own at the end.
    ends: Vec<usize>,
}

impl Conversation {
    /// Takes the digests of a request's messages.
    pub(crate) fn new(provider: &str, messages: &[ExchangeMessage]) -> Self {
        let mut last = *blake3::hash(provider.as_bytes()).as_bytes();
        let digests: Vec<Digest> = messages
            .iter()
            .map(|message| {
                last = chain(&last, message);
                last
            })
            .collect();
        let own = messages.iter().rev().take_while(|message| message.content.starts_with(INTERNAL)).count();
        let mut ends = vec![digests.len()];
        if own > 0 {
            ends.push(digests.len() - own);
        }
        Self { digests, ends }
    }

    /// Names it: the digest of its first message.
    pub(crate) fn name(&self) -> String {
        self.digests.first().map(|digest| hex(digest)[..32].to_owned()).unwrap_or_default()
    }
}

impl History {
    /// How many messages at the beginning of a conversation are on record, and their digest.
    pub(crate) fn before(&self, conversation: &Conversation) -> Option<Before> {
        let at = conversation.digests.iter().rposition(|digest| self.has(digest))?;
        Some(Before { messages: at as u64 + 1, blake3: hex(&conversation.digests[at]) })
    }

    /// Takes note that a conversation, and the answer to it, are on record.
    pub(crate) fn add(&mut self, conversation: &Conversation, answer: Option<&ExchangeResponse>) {
        for digest in &conversation.digests {
            self.insert(*digest);
        }
        let Some(answer) = answer else { return };
        // The answer comes back as a message of the next request: it need not be recorded again.
        for message in as_messages(answer) {
            for end in &conversation.ends {
                if let Some(last) = end.checked_sub(1).and_then(|at| conversation.digests.get(at)) {
                    self.insert(chain(last, &message));
                }
            }
        }
    }

    fn has(&self, digest: &Digest) -> bool {
        self.young.contains(digest) || self.old.contains(digest)
    }

    fn insert(&mut self, digest: Digest) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest);
    }
}

/// The answer as a dialect may hand it back: in one message.
fn as_messages(answer: &ExchangeResponse) -> [ExchangeMessage; 1] {
    [ExchangeMessage {
        role: "assistant".to_owned(),
        content: answer.text.clone(),
        tool_calls: answer.tool_calls.clone(),
        ..ExchangeMessage::default()
    }]
}

/// What a message says, hashed behind all before it. Its thinking and the ids of its calls do not count: dialects leave them out or write them
/// otherwise when they hand an answer back.
fn chain(before: &Digest, message: &ExchangeMessage) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before);
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(&message.role);
    field(message.content.trim());
    for call in &message.tool_calls {
        field(&call.name);
        field(&canonical(&call.arguments.text()));
    }
    field(if message.is_error { "error" } else { "" });
    *hasher.finalize().as_bytes()
}

/// JSON without the freedom of white space and order.
fn canonical(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .map_or_else(|_| json.to_owned(), |value| value.to_string())
}

fn hex(digest: &Digest) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::{Arguments, ToolCall};

    fn said(role: &str, content: &str) -> ExchangeMessage {
        ExchangeMessage { role: role.to_owned(), content: content.to_owned(), ..ExchangeMessage::default() }
    }

    #[test]
    fn only_what_is_new_is_new() {
        let mut history = History::default();
        let internal = said("user", &format!("{INTERNAL}\nnow"));
        let first = [said("user", "hi"), internal.clone()];
        let conversation = Conversation::new("p", &first);
        assert_eq!(history.before(&conversation), None);
        let call = ToolCall {
            id: "t".into(),
            name: "read".into(),
            arguments: Arguments::from_model("{\"b\":1, \"a\":2}"),
        };
        let answer = ExchangeResponse {
            text: "Let me see.".into(),
            tool_calls: vec![call.clone()],
            ..ExchangeResponse::default()
        };
        history.add(&conversation, Some(&answer));
        // The next request: without the internal message, with the answer, the tool's result, and an internal message.
        let again =
            ToolCall { id: "other".into(), arguments: Arguments::from_model("{\"a\":2,\"b\":1}"), ..call };
        let answered = ExchangeMessage {
            thinking: "hm".into(),
            tool_calls: vec![again],
            ..said("assistant", "Let me see.")
        };
        let second = [said("user", "hi"), answered, said("tool", "text"), internal];
        let before = history.before(&Conversation::new("p", &second)).unwrap();
        assert_eq!(before.messages, 2, "the result and the internal message are new");
    }

    #[test]
    fn a_changed_beginning_is_new() {
        let mut history = History::default();
        history.add(&Conversation::new("p", &[said("user", "a"), said("assistant", "b")]), None);
        let forged = Conversation::new("p", &[said("user", "A"), said("assistant", "b")]);
        assert_eq!(history.before(&forged), None);
        assert_eq!(history.before(&Conversation::new("q", &[said("user", "a")])), None);
    }

    #[test]
    fn two_hundred_turns_are_stored_once() {
        let (mut history, mut messages, mut stored, mut new) = (History::default(), Vec::new(), 0, 0);
        for turn in 0..200 {
            let question = format!("question {turn} {}", "x".repeat(500));
            let answer = ExchangeResponse {
                text: format!("answer {turn} {}", "y".repeat(500)),
                ..ExchangeResponse::default()
            };
            new += question.len() + answer.text.len();
            messages.push(said("user", &question));
            let conversation = Conversation::new("p", &messages);
            let known = history.before(&conversation).map_or(0, |before| before.messages as usize);
            stored += answer.text.len()
                + messages[known..].iter().map(|message| message.content.len()).sum::<usize>();
            history.add(&conversation, Some(&answer));
            messages.push(said("assistant", &answer.text));
        }
        assert_eq!(stored, new);
    }
}
