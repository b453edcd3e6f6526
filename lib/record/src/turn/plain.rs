//! Turns whose fields hold what they should, as nearly all do: read in one go, where any other is read field by field.

use super::{Turn, call_of, plain_message, plain_result};
use crate::lenient::{self, Borrowed, Fields, Texts};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;

/// The turn; `None` when a field holds something else, or when the line is not plain text, which is checked here because what is
/// read in one go is not looked at again.
pub(super) fn turn(line: &[u8]) -> Option<Turn> {
    if lenient::has_control(line) {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    serde_json::from_str::<Plain>(line).ok().map(|plain| plain.0)
}

struct Plain(Turn);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Turn;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a turn")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Turn, A::Error> {
        let mut turn = Turn::empty();
        while let Some(key) = map.next_key::<Borrowed<'de>>()? {
            match &*key.0 {
                "text" => turn.text = map.next_value::<Borrowed<'de>>()?.0.into_owned().into(),
                "thinking" => turn.thinking = map.next_value::<Borrowed<'de>>()?.0.into_owned().into(),
                "user_messages" => {
                    let messages = map.next_value::<Vec<Texts<'de>>>()?;
                    turn.user_messages = messages.into_iter().map(plain_message).collect();
                }
                "tool_results" => {
                    let results = map.next_value::<Vec<Texts<'de>>>()?;
                    turn.tool_results = results.into_iter().map(plain_result).collect();
                }
                "tool_calls" => {
                    let calls = map.next_value::<Vec<Fields<'de>>>()?;
                    turn.tool_calls = calls.iter().map(call_of).collect();
                }
                key => turn.set(key, map.next_value()?),
            }
        }
        Ok(turn)
    }
}
