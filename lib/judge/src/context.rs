//! What came before a turn, for its judges to understand it by.

use crate::{fence, parts};
use sentrix_record::Turn;
use serde_json::{Value, json};

/// Most bytes of one field, and of all of them.
const FIELD: usize = 800;
const ALL: usize = 3200;

/// The ends of what a turn holds, bounded, as a line for a prompt.
pub fn context(turn: &Turn) -> String {
    let mut left = ALL;
    let mut fields: Vec<Value> = Vec::new();
    // What was said last is nearest to what follows.
    for (name, text) in parts::fields(turn).iter().rev() {
        let from = parts::ceil(text, text.len().saturating_sub(FIELD.min(left)));
        if from == text.len() {
            break;
        }
        left -= text.len() - from;
        fields.push(json!({"field": name, "cut": from > 0, "content": &text[from..]}));
    }
    fields.reverse();
    fence::data(&json!({"before": fields}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_whatever_came_before() {
        let turn = Turn {
            text: "ä".repeat(100_000).into(),
            thinking: "t".repeat(100_000).into(),
            ..Turn::default()
        };
        let context = context(&turn);
        assert!(context.len() < 2 * ALL && context.contains("\"cut\":true"));
        assert!(super::context(&Turn::default()).contains("[]"));
    }
}
