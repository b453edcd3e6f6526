//! A turn: one message of the model in a run, with what led to it.

mod plain;
mod write;

use crate::Text;
use crate::lenient::{self, Fields, Texts};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One message of the model, as `sentrix-patrol turns` prints it and `sentrix-patrol judge` reads it.
///
/// All but `run_id_ts` may be absent on the wire; offsets are bytes in `source_file`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Turn {
    /// Version of this record; 1.
    pub v: u32,
    /// Always `turn`.
    #[serde(rename = "type")]
    pub kind: RecordKind,
    /// `<runId>_<ts>`: the name of the turn.
    pub run_id_ts: String,
    /// The run that the turn belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Epoch milliseconds of the turn's last event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<i64>,
    /// File name (not path) of the log file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_file: Option<String>,
    /// First byte of the event (or of the first delta) in `source_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// One past its last byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
    /// blake3 (hex) of the source bytes of the events that make the turn: with `run_id_ts`, its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// Who served the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What was said to the model since its last message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_messages: Vec<Message>,
    /// What tools gave back since its last message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_results: Vec<ToolResult>,
    /// What the model thought.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub thinking: Text,
    /// What the model said.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub text: Text,
    /// What the model asked tools to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// False for a run that never reached its end event and was rebuilt from its deltas.
    pub complete: bool,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Box<RawValue>>,
}

/// The `type` field of a turn record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// The only kind there is so far.
    #[default]
    Turn,
}

/// A message to the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `user`, `system`, `developer`, …
    pub role: String,
    /// Its text; content that was not a string stands here as JSON.
    pub content: String,
}

/// What a tool gave back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ToolResult {
    /// The id of the call that it answers.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its text; content that was not a string stands here as JSON.
    pub content: String,
}

/// A tool call of the model.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What the tool was to do.
    pub arguments: Arguments,
}

/// A tool call's arguments: JSON, or the string as it came where it was not valid JSON.
#[derive(Debug, Clone)]
pub struct Arguments(Box<RawValue>);

impl Arguments {
    /// Takes what a model wrote: kept as JSON when it parses as JSON, else as a string.
    pub fn from_model(text: &str) -> Self {
        let json = serde_json::from_str::<Box<RawValue>>(text).ok();
        Self(json.unwrap_or_else(|| quoted(text)))
    }

    /// Takes JSON as it is.
    pub fn from_json(json: Box<RawValue>) -> Self {
        Self(json)
    }

    /// The JSON as it stands in the record.
    pub fn json(&self) -> &RawValue {
        &self.0
    }

    /// The arguments as text: a string decoded, anything else as JSON.
    pub fn text(&self) -> Cow<'_, str> {
        lenient::text(&self.0)
    }
}

impl Default for Arguments {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A string as a JSON string.
fn quoted(text: &str) -> Box<RawValue> {
    // Serialising a string to JSON cannot fail, and what it gives is JSON; null is the harmless end of the impossible.
    serde_json::value::to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A line that is no turn.
#[derive(Debug, thiserror::Error)]
pub enum BadTurn {
    /// Not one JSON object in UTF-8.
    #[error("not a JSON object: {0}")]
    Json(#[from] serde_json::Error),
    /// An object without the one field that a turn must have.
    #[error("no run_id_ts")]
    NoId,
}

impl Turn {
    /// Reads a turn record. Fields of an unexpected type are taken as the JSON that they hold, never dropped.
    ///
    /// # Errors
    /// [`BadTurn`] when the line is not a JSON object, or has no `run_id_ts`.
    pub fn from_json(line: &[u8]) -> Result<Self, BadTurn> {
        let turn = plain::turn(line).map_or_else(|| Self::by_fields(line), Ok)?;
        if turn.run_id_ts.is_empty() { Err(BadTurn::NoId) } else { Ok(turn) }
    }

    /// Reads any turn record, field by field.
    fn by_fields(line: &[u8]) -> Result<Self, serde_json::Error> {
        let mut turn = Self::empty();
        lenient::object(line)?.iter().for_each(|(key, value)| turn.set(key, value));
        Ok(turn)
    }

    /// What a record says by leaving all fields out.
    fn empty() -> Self {
        Self { v: 1, complete: true, ..Self::default() }
    }

    fn set(&mut self, key: &str, value: &RawValue) {
        let text = || lenient::text(value).into_owned();
        let some_text = || (value.get() != "null").then(text);
        let offset = || lenient::integer(value).and_then(|number| u64::try_from(number).ok());
        match key {
            "v" => self.v = offset().and_then(|v| u32::try_from(v).ok()).unwrap_or(1),
            "type" => {}
            "run_id_ts" => self.run_id_ts = text(),
            "run_id" => self.run_id = some_text(),
            "ts" => self.ts = lenient::integer(value),
            "source_file" => self.source_file = some_text(),
            "start" => self.start = offset(),
            "end" => self.end = offset(),
            "blake3" => self.blake3 = some_text(),
            "provider" => self.provider = some_text(),
            "model" => self.model = some_text(),
            "user_messages" => self.user_messages = messages(value),
            "tool_results" => self.tool_results = tool_results(value),
            "thinking" => self.thinking = text().into(),
            "text" => self.text = text().into(),
            "tool_calls" => self.tool_calls = tool_calls(value),
            "complete" => self.complete = value.get() != "false",
            _ => {
                self.extra.insert(key.to_owned(), value.to_owned());
            }
        }
    }
}

fn list<T>(value: &RawValue, one: fn(&RawValue) -> T) -> Vec<T> {
    lenient::elements(value).into_iter().map(one).collect()
}

/// Messages: nearly always objects of strings.
fn messages(value: &RawValue) -> Vec<Message> {
    lenient::texts(value)
        .map_or_else(|| list(value, message), |texts| texts.into_iter().map(plain_message).collect())
}

/// Results of tools: as nearly always.
fn tool_results(value: &RawValue) -> Vec<ToolResult> {
    lenient::texts(value)
        .map_or_else(|| list(value, tool_result), |texts| texts.into_iter().map(plain_result).collect())
}

fn plain_message(mut texts: Texts<'_>) -> Message {
    Message { role: texts.take("role"), content: texts.take("content") }
}

fn plain_result(mut texts: Texts<'_>) -> ToolResult {
    ToolResult { id: texts.take("id"), name: texts.take("name"), content: texts.take("content") }
}

/// Tool calls: nearly always objects.
fn tool_calls(value: &RawValue) -> Vec<ToolCall> {
    lenient::objects(value)
        .map_or_else(|| list(value, tool_call), |calls| calls.iter().map(call_of).collect())
}

/// The named fields of an object, or `None` when the value is not one.
fn fields(value: &RawValue) -> Option<Fields<'_>> {
    lenient::object(value.get().as_bytes()).ok()
}

fn field(fields: &Fields<'_>, name: &str) -> String {
    fields.get(name).map(|value| lenient::text(value).into_owned()).unwrap_or_default()
}

fn message(value: &RawValue) -> Message {
    fields(value).map_or_else(
        || Message { role: "user".to_owned(), content: lenient::text(value).into_owned() },
        |fields| Message { role: field(&fields, "role"), content: field(&fields, "content") },
    )
}

fn tool_result(value: &RawValue) -> ToolResult {
    fields(value).map_or_else(
        || ToolResult { content: lenient::text(value).into_owned(), ..ToolResult::default() },
        |fields| ToolResult {
            id: field(&fields, "id"),
            name: field(&fields, "name"),
            content: field(&fields, "content"),
        },
    )
}

fn tool_call(value: &RawValue) -> ToolCall {
    let Some(fields) = fields(value) else {
        return ToolCall { arguments: Arguments(value.to_owned()), ..ToolCall::default() };
    };
    call_of(&fields)
}

fn call_of(fields: &Fields<'_>) -> ToolCall {
    let arguments = fields.get("arguments").map(|arguments| Arguments(arguments.to_owned()));
    ToolCall {
        id: field(fields, "id"),
        name: field(fields, "name"),
        arguments: arguments.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_comes_back_as_it_went() {
        let line = r#"{"v":1,"type":"turn","run_id_ts":"r_1","run_id":"r","ts":1,"user_messages":[{"role":"user","content":"hi"}],"text":"yes","tool_calls":[{"id":"c","name":"exec","arguments":{"command":"id"}}],"complete":false,"later":{"a":1}}"#;
        let turn = Turn::from_json(line.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&turn).unwrap(), line);
    }

    #[test]
    fn hostile_types_keep_their_content() {
        let line = br#"{"run_id_ts":5,"text":{"a":["secret"]},"user_messages":"lone","tool_calls":[7],"tool_results":null,"ts":"x"}"#;
        let turn = Turn::from_json(line).unwrap();
        assert_eq!(turn.run_id_ts, "5");
        assert_eq!(turn.text, r#"{"a":["secret"]}"#);
        assert_eq!(turn.user_messages[0].content, "lone");
        assert_eq!(turn.tool_calls[0].arguments.text(), "7");
        assert_eq!(turn.ts, None);
    }

    #[test]
    fn a_plain_turn_is_read_as_any_other() {
        let slowly = |line: &str| {
            Turn::by_fields(line.as_bytes()).ok().and_then(|turn| serde_json::to_string(&turn).ok())
        };
        let texts = [
            r#""a\n\u00e9 é""#,
            r#""half \ud83d pair""#,
            r#""no \x escape""#,
            "\"a\ttab\"",
            "null",
            "7",
            r#"{"a":"b"}"#,
        ];
        let mut plain_ones = 0;
        for text in texts {
            for other in texts {
                for line in [
                    format!(r#"{{"run_id_ts":{text},"text":{other},"ts":"5","later":{text}}}"#),
                    format!(r#"{{"run_id_ts":"r","thinking":{text},"text":"x","thinking":{other}}}"#),
                    format!(
                        r#"{{"run_id_ts":"r","user_messages":[{{"role":{text},"content":{other},"role":"user"}}]}}"#
                    ),
                    format!(
                        r#"{{"run_id_ts":"r","tool_results":[{{"content":{text}}},{{"id":{other}}}],"run_id":{text}}}"#
                    ),
                    format!(
                        r#"{{"run_id_ts":"r","tool_calls":[{{"name":{text},"arguments":{other}}}],"complete":false}}"#
                    ),
                    format!(r#"{{"run_id_ts":"r","tool_calls":{text},"user_messages":{other}}} "#),
                ] {
                    if let Some(turn) = plain::turn(line.as_bytes()) {
                        plain_ones += 1;
                        assert_eq!(serde_json::to_string(&turn).ok(), slowly(&line), "{line}");
                    }
                    let read = Turn::from_json(line.as_bytes())
                        .ok()
                        .and_then(|turn| serde_json::to_string(&turn).ok());
                    assert!(read.is_none() || read == slowly(&line), "{line}");
                }
            }
        }
        assert!(plain_ones > 30, "{plain_ones}");
        assert!(plain::turn(b"{\"run_id_ts\":\"r\",\"text\":\"\xff\"}").is_none());
    }

    #[test]
    fn what_is_no_turn_is_refused() {
        assert!(matches!(Turn::from_json(b"{}"), Err(BadTurn::NoId)));
        assert!(matches!(Turn::from_json(b"[1]"), Err(BadTurn::Json(_))));
    }

    #[test]
    fn arguments_that_are_not_json_stay_a_string() {
        assert_eq!(Arguments::from_model("{\"a\":1}").text(), "{\"a\":1}");
        assert_eq!(Arguments::from_model("{\"a\":").json().get(), r#""{\"a\":""#);
    }
}
