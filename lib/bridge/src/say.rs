//! What a browser is told.

use serde_json::{Value, json};
use std::collections::VecDeque;

/// An answer that is so long costs more to say again than another frame does.
const LONG: usize = 2 << 10;

/// Something to tell a browser.
#[derive(Debug, Clone, PartialEq)]
pub enum Say {
    /// A frame as it is.
    Frame(String),
    /// A `state` message. One that waits is replaced by the next: whoever asks oftener than it reads gets the latest.
    State(String),
    /// More of an answer. One that waits for a slow reader, or is long, is made one with the next: fewer are sent, and nothing is missed.
    Delta {
        /// The answer's id.
        id: String,
        /// What is new.
        added: String,
        /// The whole so far.
        accumulated: String,
    },
}

impl Say {
    /// A frame of a type with a payload.
    pub fn frame(kind: &str, payload: &Value) -> Self {
        Self::Frame(json!({"type": kind, "payload": payload}).to_string())
    }

    /// The end of an answer.
    pub fn response(id: &str, text: &str) -> Self {
        Self::Frame(json!({"type": "response", "id": id, "payload": {"text": text}}).to_string())
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Frame(text) | Self::State(text) => text.len(),
            Self::Delta { id, added, accumulated } => id.len() + added.len() + accumulated.len(),
        }
    }

    /// The text of the frame.
    pub fn text(self) -> String {
        match self {
            Self::Frame(text) | Self::State(text) => text,
            Self::Delta { id, added, accumulated } => delta_frame(&id, &added, &accumulated),
        }
    }
}

/// The oftenest frame of all, written without a tree of values being built for it.
fn delta_frame(id: &str, added: &str, accumulated: &str) -> String {
    let mut bytes = Vec::with_capacity(128 + id.len() + added.len() + accumulated.len() * 9 / 8);
    let mut put = |name: &str, text: &str| {
        bytes.extend_from_slice(name.as_bytes());
        // Text into memory: there is nothing that could fail.
        let _written = serde_json::to_writer(&mut bytes, text);
    };
    put("{\"type\":\"response.delta\",\"id\":", id);
    put(",\"payload\":{\"text\":", added);
    put(",\"accumulated\":", accumulated);
    bytes.extend_from_slice(b"}}");
    // It was made of text alone.
    String::from_utf8(bytes).unwrap_or_default()
}

/// What waits to be told, up to a weight.
#[derive(Debug)]
pub struct Outbox {
    waiting: VecDeque<Say>,
    weight: usize,
    limit: usize,
}

impl Outbox {
    /// An empty one.
    pub fn new(limit: usize) -> Self {
        Self { waiting: VecDeque::new(), weight: 0, limit }
    }

    /// Adds to its end, for one who reads slowly or not; false when too much waits.
    pub fn push(&mut self, say: Say, slow: bool) -> bool {
        if let Say::State(_) = say
            && let Some(old) = self.waiting.iter_mut().find(|old| matches!(old, Say::State(_)))
        {
            self.weight = self.weight - old.weight() + say.weight();
            *old = say;
            return self.waiting.len() <= 1 || self.weight <= self.limit;
        }
        let merged = match (self.waiting.back_mut(), &say) {
            (
                Some(Say::Delta { id, added, accumulated }),
                Say::Delta { id: new_id, added: new, accumulated: whole },
            ) if id == new_id && (slow || whole.len() >= LONG) => {
                self.weight += new.len() + whole.len();
                self.weight -= accumulated.len();
                added.push_str(new);
                accumulated.clone_from(whole);
                true
            }
            _ => false,
        };
        if !merged {
            self.weight += say.weight();
            self.waiting.push_back(say);
        }
        // One frame may be as long as it likes.
        self.waiting.len() <= 1 || self.weight <= self.limit
    }

    /// The next one.
    pub fn pop(&mut self) -> Option<Say> {
        let say = self.waiting.pop_front()?;
        self.weight = self.weight.saturating_sub(say.weight());
        if self.waiting.is_empty() {
            // An idle session keeps nothing.
            *self = Self::new(self.limit);
        }
        Some(say)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(id: &str, added: &str, accumulated: &str) -> Say {
        let own = str::to_owned;
        Say::Delta { id: own(id), added: own(added), accumulated: own(accumulated) }
    }

    #[test]
    fn a_delta_is_written_as_any_other_frame() {
        for text in ["", "a", "\"\\\n\u{1}\u{7f}\u{2028}</script>", "żółć 😀"] {
            let frame: Value = serde_json::from_str(&delta(text, text, text).text()).unwrap();
            let payload = json!({"text": text, "accumulated": text});
            assert_eq!(frame, json!({"type": "response.delta", "id": text, "payload": payload}));
        }
    }

    #[test]
    fn deltas_that_wait_become_one_and_order_is_kept() {
        let mut outbox = Outbox::new(1000);
        for say in [delta("a", "x", "x"), delta("a", "y", "xy"), delta("b", "z", "z"), delta("a", "!", "xy!")]
        {
            assert!(outbox.push(say, true));
        }
        assert!(outbox.push(Say::response("a", "xy!"), true));
        let all: Vec<Say> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(all[..3], [delta("a", "xy", "xy"), delta("b", "z", "z"), delta("a", "!", "xy!")]);
        assert_eq!((all.len(), outbox.weight), (4, 0));
    }

    #[test]
    fn who_reads_fast_is_told_each_delta_until_the_answer_is_long() {
        let mut outbox = Outbox::new(1 << 20);
        let text = "x".repeat(LONG + 5);
        for end in [10, 20, LONG - 1, LONG, LONG + 5] {
            assert!(outbox.push(delta("a", "x", &text[..end]), false));
        }
        let all: Vec<Say> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(all[..2], [delta("a", "x", &text[..10]), delta("a", "x", &text[..20])]);
        assert_eq!(all[2..], [delta("a", "xxx", &text)]);
    }

    #[test]
    fn a_state_that_waits_is_replaced_by_the_next() {
        let mut outbox = Outbox::new(100);
        assert!(outbox.push(Say::response("a", "x"), false));
        assert!((0..1000).all(|n| outbox.push(Say::State(format!("{n:0>40}")), false)));
        assert!(outbox.push(Say::Frame("z".to_owned()), false));
        let all: Vec<String> = std::iter::from_fn(|| outbox.pop()).map(Say::text).collect();
        assert_eq!((all.len(), all[1].trim_start_matches('0'), outbox.weight), (3, "999", 0));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut outbox = Outbox::new(100);
        assert!(outbox.push(Say::Frame("x".repeat(500)), false));
        assert!(!outbox.push(Say::Frame("x".to_owned()), false));
        let mut outbox = Outbox::new(100);
        assert!((0..10_000).all(|n| outbox.push(delta("a", "", &n.to_string()), true)));
    }
}
