//! The parts of a turn that are judged, one text each.

use sentrix_record::{ToolCall, Turn};
use serde::Deserialize;
use std::borrow::Cow;

/// Which kind of part a text is: rules name the kinds that they apply to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What was said to the model.
    User,
    /// What the model said.
    Assistant,
    /// What the model thought.
    Thinking,
    /// What the model asked a tool to do: the arguments.
    ToolCall,
    /// What a tool gave back.
    ToolResult,
}

impl Field {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::User, Self::Assistant, Self::Thinking, Self::ToolCall, Self::ToolResult];
}

/// One text of a turn.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Its kind.
    pub field: Field,
    /// Where it stands in its list (`user_messages[2]`); 0 for `text` and `thinking`.
    pub index: usize,
    /// The role of a message (`user`, `system`), the name of the tool that gave a result, else empty.
    pub name: &'a str,
    /// The text as it came. Offsets of findings count in it.
    pub text: Cow<'a, str>,
    /// The call, when the part is a tool call; `text` are its arguments (a string decoded, anything else as JSON).
    pub call: Option<&'a ToolCall>,
}

impl<'a> Part<'a> {
    /// Every part of a turn that holds text, in the order in which it was said.
    pub fn of(turn: &'a Turn) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut push = |field, index, name: &'a str, text: Cow<'a, str>, call: Option<&'a ToolCall>| {
            if !text.is_empty() || call.is_some() {
                parts.push(Self { field, index, name, text, call });
            }
        };
        for (index, message) in turn.user_messages.iter().enumerate() {
            push(Field::User, index, &message.role, Cow::Borrowed(&message.content), None);
        }
        for (index, result) in turn.tool_results.iter().enumerate() {
            push(Field::ToolResult, index, &result.name, Cow::Borrowed(&result.content), None);
        }
        push(Field::Thinking, 0, "", Cow::Borrowed(&turn.thinking), None);
        push(Field::Assistant, 0, "", Cow::Borrowed(&turn.text), None);
        for (index, call) in turn.tool_calls.iter().enumerate() {
            push(Field::ToolCall, index, &call.name, call.arguments.text(), Some(call));
        }
        parts
    }

    /// The name of the part in a finding: `text`, `thinking`, `user_messages[0]`, …
    pub fn path(&self) -> String {
        match self.field {
            Field::User => format!("user_messages[{}]", self.index),
            Field::Assistant => "text".to_owned(),
            Field::Thinking => "thinking".to_owned(),
            Field::ToolCall => format!("tool_calls[{}]", self.index),
            Field::ToolResult => format!("tool_results[{}]", self.index),
        }
    }
}
