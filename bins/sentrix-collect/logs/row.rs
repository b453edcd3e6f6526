//! An event as a line of a table.

use super::event::{Event, Kind};
use jiff::Timestamp;
use sentrix_record::lenient::{self, Fields};

/// The table's head.
pub const HEAD: &str = "TIME (UTC)           WHAT      RUN       TEXT";
/// So much of a text is shown.
const SHOWN: usize = 160;

/// The line of an event. What the agent wrote cannot move the cursor.
pub fn row(event: &Event, full: bool) -> String {
    let time = match Timestamp::from_millisecond(event.ts) {
        Ok(at) if event.ts != 0 => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        _ => "-".to_owned(),
    };
    let run: String = printable(&event.run).chars().take(8).collect();
    let text = printable(&text(event.kind, &event.fields()));
    let shown: String = if full { text.clone() } else { text.chars().take(SHOWN).collect() };
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("{time:<20} {:<9} {run:<9} {shown}{more}", event.kind.word())
}

fn text(kind: Kind, fields: &Fields<'_>) -> String {
    let text =
        |name: &str| fields.get(name).map(|value| lenient::text(value).into_owned()).unwrap_or_default();
    match kind {
        Kind::Message => {
            let (said, thought) = (text("rawText"), text("rawThinking"));
            match (said.is_empty(), thought.is_empty()) {
                (false, true) => said,
                (false, false) => format!("{said}  (thought: {thought})"),
                (true, false) => format!("(thought: {thought})"),
                (true, true) => "(nothing)".to_owned(),
            }
        }
        Kind::Delta => format!("{} {}", text("evtType"), text("delta")),
        Kind::Exchange => exchange(fields),
        Kind::Connect => {
            let (allowed, reason) = (text("allowed") == "true", text("reason"));
            let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
            format!(
                "{}:{} {}{reason}",
                text("host"),
                text("port"),
                if allowed { "allowed" } else { "refused" }
            )
        }
        Kind::Gap => format!("{} {} bytes {}", text("why"), text("bytes"), text("source")),
        Kind::Other => text("event"),
    }
}

fn exchange(fields: &Fields<'_>) -> String {
    let inside = |outer: &str, name: &str| {
        let object = fields.get(outer).and_then(|value| lenient::object(value.get().as_bytes()).ok());
        object
            .and_then(|object| object.get(name).map(|value| lenient::text(value).into_owned()))
            .unwrap_or_default()
    };
    let text =
        |name: &str| fields.get(name).map(|value| lenient::text(value).into_owned()).unwrap_or_default();
    let said = [inside("response", "text"), inside("response", "tool_calls"), inside("error", "message")];
    let said = said.into_iter().find(|text| !text.is_empty() && text != "[]").unwrap_or_default();
    format!("{} {} {said}", text("model"), text("status")).trim_end().to_owned()
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// Marks that change the direction of what follows: they make a line read as another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
