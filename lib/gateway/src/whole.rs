//! The whole of an answer. What the gateway tells while a run goes on is told seldom, and what was said just before a tool call may be left
//! out, in the final message too (seen in OpenClaw 2026.9). Its transcript has all of it.

use crate::text::text_of;
use serde_json::Value;

/// How many messages of the transcript are asked for: an answer of more is left as it was told.
pub(crate) const MESSAGES: u32 = 100;

/// The answer as the transcript has it, if that is all that was told and more: `told` in its order, with what was left out.
pub(crate) fn whole(history: &Value, told: &str) -> Option<String> {
    let messages = history["messages"].as_array()?;
    let asked = messages.iter().rposition(|message| message["role"] == "user")?;
    let answers = messages[asked + 1..].iter().filter(|message| message["role"] == "assistant");
    let texts: Vec<String> = answers.filter_map(text_of).filter(|text| !text.trim().is_empty()).collect();
    let whole = texts.join("\n\n");
    (whole.len() > told.len() && holds(&whole, told)).then_some(whole)
}

/// Whether the words of a text are what another one is without some of it. Blanks between messages are told in other ways.
fn holds(whole: &str, told: &str) -> bool {
    let mut rest = whole.chars().filter(|c| !c.is_whitespace());
    told.chars().filter(|c| !c.is_whitespace()).all(|c| rest.any(|other| other == c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn history(answers: &[&str]) -> Value {
        let mut messages = vec![
            json!({"role": "assistant", "content": "from before"}),
            json!({"role": "user", "content": "go on"}),
        ];
        for answer in answers {
            messages.push(json!({"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": answer}, {"type": "toolCall", "id": "t"}]}));
            messages.push(json!({"role": "toolResult", "content": "done"}));
        }
        json!({"messages": messages})
    }

    #[test]
    fn what_was_left_out_comes_back_and_nothing_else_is_put_in() {
        let all = history(&["I write a note into it.", "", "I read it."]);
        let text = "I write a note into it.\n\nI read it.";
        assert_eq!(whole(&all, "I write a note int\n\nI read it.").as_deref(), Some(text));
        assert_eq!(whole(&all, "I read it.").as_deref(), Some(text));
        assert_eq!(whole(&all, text), None);
        // Of another answer, or not written down yet.
        assert_eq!(whole(&all, "I do something else."), None);
        assert_eq!(whole(&history(&["I write"]), "I write a note int"), None);
        for odd in [
            json!(null),
            json!({"messages": 7}),
            json!({"messages": [{"role": "assistant", "content": text}]}),
        ] {
            assert_eq!(whole(&odd, "I read it."), None);
        }
    }
}
