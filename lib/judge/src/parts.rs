//! A turn in parts that a model can read: every byte stands in one of them, and some in two.

use crate::fence;
use sentrix_record::Turn;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::ops::Range;

/// How much of a text is repeated at the beginning of the next part, so that nothing is only seen cut in two.
const OVERLAP: usize = 400;
/// No part is made smaller than this, whatever a server says.
pub(crate) const SMALLEST: usize = 1024;

/// A part: stretches of the turn's fields.
pub(crate) type Part = Vec<Piece>;

/// A stretch of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    field: usize,
    range: Range<usize>,
}

/// A turn's texts, by name, in the order in which they came about.
pub(crate) fn fields(turn: &Turn) -> Vec<(String, Cow<'_, str>)> {
    let mut fields: Vec<(String, Cow<'_, str>)> = Vec::new();
    for (n, message) in turn.user_messages.iter().enumerate() {
        fields.push((format!("user_messages[{n}].role"), message.role.as_str().into()));
        fields.push((format!("user_messages[{n}]"), message.content.as_str().into()));
    }
    for (n, result) in turn.tool_results.iter().enumerate() {
        fields.push((format!("tool_results[{n}].name"), result.name.as_str().into()));
        fields.push((format!("tool_results[{n}]"), result.content.as_str().into()));
    }
    fields.push(("thinking".to_owned(), turn.thinking.as_str().into()));
    fields.push(("text".to_owned(), turn.text.as_str().into()));
    for (n, call) in turn.tool_calls.iter().enumerate() {
        fields.push((format!("tool_calls[{n}].name"), call.name.as_str().into()));
        fields.push((format!("tool_calls[{n}].arguments"), call.arguments.text()));
    }
    fields.retain(|(_, text)| !text.is_empty());
    fields
}

/// Cuts a turn into parts of at most `limit` bytes of text.
pub(crate) fn cut(turn: &Turn, limit: usize) -> Vec<Part> {
    let limit = limit.max(SMALLEST);
    let overlap = OVERLAP.min(limit / 4);
    let mut parts: Vec<Part> = Vec::new();
    let (mut part, mut size) = (Part::new(), 0);
    for (field, (_, text)) in fields(turn).iter().enumerate() {
        let mut at = 0;
        loop {
            let left = text.len() - at;
            // A field that fits into a part of its own is not torn for the sake of a few bytes' room.
            if size > 0 && size + left > limit && (left <= limit || size + SMALLEST > limit) {
                parts.push(std::mem::take(&mut part));
                size = 0;
            }
            let end = if left <= limit - size { text.len() } else { floor(text, at + limit - size) };
            part.push(Piece { field, range: at..end });
            size += end - at;
            if end == text.len() {
                break;
            }
            parts.push(std::mem::take(&mut part));
            size = 0;
            at = floor(text, end - overlap);
        }
    }
    if !part.is_empty() || parts.is_empty() {
        parts.push(part);
    }
    parts
}

/// A part as the line that stands in the prompt.
pub(crate) fn render(turn: &Turn, part: &Part, number: usize, of: usize) -> String {
    let fields = fields(turn);
    let pieces: Vec<Value> = part
        .iter()
        .map(|piece| {
            let (name, text) = &fields[piece.field];
            let mut entry = Map::new();
            entry.insert("field".to_owned(), name.as_str().into());
            if piece.range != (0..text.len()) {
                entry.insert("bytes".to_owned(), json!([piece.range.start, piece.range.end, text.len()]));
            }
            entry.insert("content".to_owned(), text[piece.range.clone()].into());
            Value::Object(entry)
        })
        .collect();
    fence::data(&json!({"part": number + 1, "of": of, "complete": turn.complete, "fields": pieces}))
}

/// The character boundary at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The character boundary at or after a byte.
pub(crate) fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(text: &str, thinking: &str) -> Turn {
        Turn { run_id_ts: "r_1".to_owned(), text: text.into(), thinking: thinking.into(), ..Turn::default() }
    }

    #[test]
    fn every_byte_stands_in_a_part_and_none_is_too_large() {
        let text: String = (0..9000).map(|n| char::from_u32(0x100 + n % 0x4000).unwrap_or('x')).collect();
        for limit in [1, 1024, 1500, 4096, 100_000] {
            let turn = turn(&text, &"t".repeat(3000));
            let fields = fields(&turn);
            let mut seen: Vec<Vec<bool>> = fields.iter().map(|(_, text)| vec![false; text.len()]).collect();
            for part in cut(&turn, limit) {
                assert!(part.iter().map(|piece| piece.range.len()).sum::<usize>() <= limit.max(SMALLEST));
                for piece in &part {
                    assert!(fields[piece.field].1.get(piece.range.clone()).is_some());
                    seen[piece.field][piece.range.clone()].fill(true);
                }
            }
            assert!(seen.iter().flatten().all(|seen| *seen), "limit {limit}");
        }
    }

    #[test]
    fn neighbours_share_a_stretch() {
        let turn = turn(&"abcdefghij".repeat(1000), "");
        let parts = cut(&turn, 4000);
        for pair in parts.windows(2) {
            assert_eq!(pair[0][0].range.end - pair[1][0].range.start, OVERLAP);
        }
    }

    #[test]
    fn an_empty_turn_is_one_part() {
        let turn = turn("", "");
        let parts = cut(&turn, 4000);
        assert_eq!(parts.len(), 1);
        assert!(render(&turn, &parts[0], 0, 1).contains("\"fields\":[]"));
    }
}
