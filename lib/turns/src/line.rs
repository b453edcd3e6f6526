//! One line of a record: what it is, decided with as little work as is sound.

use memchr::{memchr, memchr2};
use sentrix_record::exchange::{EXCHANGE, EXCHANGE_START};
use sentrix_record::lenient::{self, Fields};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

/// The event names of the raw stream's deltas; all share this beginning.
const DELTA_EVENTS: [&str; 2] = ["assistant_text_stream", "assistant_thinking_stream"];
/// The event that ends a message of the model.
const END_EVENT: &str = "assistant_message_end";
/// The collector's own event for what it could not record.
const GAP_EVENT: &str = "sentrix_gap";

/// Byte strings without which a line of the usual shape can hold nothing but a delta. Inside a JSON string the quotes
/// would be escaped, so these only match keys and whole values; `\u00` may spell any of them in another way.
pub(crate) const SUSPECT: [&str; 8] = [
    "\"rawText\"",
    "\"raw_text\"",
    "\"messages\"",
    "\"body\"",
    "\"payload\"",
    "\"request\"",
    "\"response\"",
    "\\u00",
];

/// How a usual delta begins.
const TS: &[u8] = b"{\"ts\":";

/// What a line is.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    /// Brackets, commas and blanks between events.
    Frame,
    /// A piece of a run's text or thinking.
    Delta(Delta<'a>),
    /// Any other event.
    Event(Event<'a>),
    /// Not an event.
    Bad(String),
}

/// A piece of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Delta<'a> {
    /// The run, as it stands in the event.
    pub(crate) run: Cow<'a, str>,
    /// Epoch milliseconds.
    pub(crate) ts: i64,
}

/// An event that was parsed.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) kind: Kind,
    /// The run, empty where there is none.
    pub(crate) run: Cow<'a, str>,
    /// `ts` as text, `0` where there is none: the second half of the turn's name.
    pub(crate) ts: Cow<'a, str>,
    pub(crate) fields: Fields<'a>,
}

/// What an event means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The end of a message.
    End,
    /// A mark that something is missing.
    Gap,
    /// An exchange with a model provider.
    Exchange,
    /// The announcement of one.
    ExchangeStart,
    /// Carried along.
    Other,
}

/// The event's bytes in a line of a log file: without indentation, commas and brackets around it.
pub(crate) fn trim(line: &[u8]) -> &[u8] {
    // What every collector writes, without the care below.
    if let Some([b'{', ..]) = line.strip_prefix(b"  ")
        && let [b' ', b' ', usual @ .., b'\n'] = line
        && usual.last() == Some(&b'}')
    {
        return usual;
    }
    let mut bytes = line.trim_ascii();
    bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while let [b'[' | b',', rest @ ..] = bytes {
        bytes = rest.trim_ascii_start();
    }
    while let [rest @ .., b',' | b']'] = bytes {
        bytes = rest.trim_ascii_end();
    }
    bytes
}

/// An end event in the shape in which OpenClaw writes it, read in one go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsualEnd<'a> {
    pub(crate) ts: i64,
    event: &'a str,
    #[serde(rename = "runId", borrow)]
    pub(crate) run: Cow<'a, str>,
    #[serde(rename = "rawText")]
    pub(crate) text: String,
    #[serde(rename = "rawThinking")]
    pub(crate) thinking: String,
}

/// Reads a usual end event; anything else about the line (another field, another type, half a surrogate pair) needs the
/// patience of [`classify`].
pub(crate) fn usual_end(event: &[u8]) -> Option<UsualEnd<'_>> {
    if !event.starts_with(TS) {
        return None;
    }
    serde_json::from_slice(event).ok().filter(|end: &UsualEnd<'_>| end.event == END_EVENT)
}

/// A delta's kind, text and full text, read in one go where it has the usual types.
#[derive(Debug, Deserialize)]
pub(crate) struct DeltaText<'a> {
    #[serde(borrow)]
    pub(crate) event: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) delta: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) content: Cow<'a, str>,
}

/// Reads what a delta says.
pub(crate) fn delta_text(event: &[u8]) -> Option<DeltaText<'_>> {
    serde_json::from_slice(event).ok().or_else(|| {
        let fields = lenient::object(event).ok()?;
        let [event, delta, content] = ["event", "delta", "content"].map(|name| text(&fields, &[name]));
        Some(DeltaText { event, delta, content })
    })
}

/// Classifies the trimmed bytes of a line. `plain` says that no [`SUSPECT`] string stands in it.
pub(crate) fn classify(event: &[u8], plain: bool) -> Line<'_> {
    if event.is_empty() {
        return Line::Frame;
    }
    if plain && let Some(delta) = usual_delta(event) {
        return Line::Delta(delta);
    }
    match lenient::object(event) {
        Ok(fields) => parsed(fields),
        Err(error) => Line::Bad(why(event, &error)),
    }
}

/// A delta in the shape in which every version of OpenClaw and of the collectors writes it:
/// `{"ts":1,"event":"assistant_text_stream","runId":"…",…}`, with or without blanks after colons and commas.
fn usual_delta(event: &[u8]) -> Option<Delta<'_>> {
    let whose = usual_middle(event)?;
    let time = event[..whose.start].strip_prefix(TS)?;
    Some(Delta { run: Cow::Borrowed(run_of(event, &whose)?), ts: number(blank(time))? })
}

/// The run of a usual delta; `whose` is its [`usual_middle`], which ends behind the run's closing quote.
pub(crate) fn run_of<'a>(event: &'a [u8], whose: &Range<usize>) -> Option<&'a str> {
    let run = &event[..whose.end - 1];
    std::str::from_utf8(&run[memchr::memrchr(b'"', run)? + 1..]).ok()
}

/// Where in a usual delta the bytes stand that say whose it is: from behind the time to behind the run's name.
pub(crate) fn usual_middle(event: &[u8]) -> Option<Range<usize>> {
    let (_, rest) = digits(blank(event.strip_prefix(TS)?))?;
    let start = event.len() - rest.len();
    let rest = blank(rest.strip_prefix(b",")?).strip_prefix(b"\"event\":")?;
    let rest = blank(rest).strip_prefix(b"\"assistant_t")?;
    let rest = rest.strip_prefix(b"ext_stream\",").or_else(|| rest.strip_prefix(b"hinking_stream\","))?;
    let rest = blank(rest).strip_prefix(b"\"runId\":")?;
    let rest = blank(rest).strip_prefix(b"\"")?;
    let end = memchr2(b'"', b'\\', rest.get(..rest.len().min(256))?)?;
    // The last byte must close the object: a torn line is not a delta.
    (rest[end] == b'"' && event.last() == Some(&b'}')).then_some(start..event.len() - rest.len() + end + 1)
}

fn blank(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b" ").unwrap_or(bytes)
}

fn digits(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    Some((number(&bytes[..end])?, &bytes[end..]))
}

/// The number that these digits are.
pub(crate) fn number(digits: &[u8]) -> Option<i64> {
    let number = |sum: i64, digit: &u8| sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'));
    digits.iter().try_fold(0, number).filter(|_| !digits.is_empty())
}

fn parsed(fields: Fields<'_>) -> Line<'_> {
    let name = text(&fields, &["event"]);
    let run = text(&fields, &["runId", "run_id"]);
    if DELTA_EVENTS.contains(&&*name) && fields.get("rawText").is_none() {
        let ts = fields.get("ts").and_then(lenient::integer).unwrap_or(0);
        return Line::Delta(Delta { run, ts });
    }
    let kind = match &*name {
        END_EVENT => Kind::End,
        GAP_EVENT => Kind::Gap,
        // A message under another name is judged all the same: no name may hide it.
        _ if fields.get("rawText").is_some() || fields.get("raw_text").is_some() => Kind::End,
        EXCHANGE => Kind::Exchange,
        EXCHANGE_START => Kind::ExchangeStart,
        _ => Kind::Other,
    };
    let ts = match text(&fields, &["ts"]) {
        ts if ts.is_empty() => Cow::Borrowed("0"),
        ts => ts,
    };
    Line::Event(Event { kind, run, ts, fields })
}

/// The first of the named fields that is there and not empty, as text.
pub(crate) fn text<'a>(fields: &Fields<'a>, names: &[&str]) -> Cow<'a, str> {
    names
        .iter()
        .filter_map(|&name| fields.get(name))
        .map(lenient::text)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// Says what is wrong without quoting a byte of it.
fn why(event: &[u8], error: &serde_json::Error) -> String {
    if std::str::from_utf8(event).is_err() {
        return "not UTF-8".to_owned();
    }
    match error.classify() {
        serde_json::error::Category::Eof => "torn: the line ends inside an event".to_owned(),
        serde_json::error::Category::Data => "not a JSON object".to_owned(),
        _ => format!("not JSON from byte {} of the line", error.column()),
    }
}

/// The messages that led to a run, where an event carries the request (or is one).
pub(crate) fn messages<'a>(fields: &Fields<'a>) -> Option<&'a RawValue> {
    ["messages", "body", "payload", "request"].iter().find_map(|&name| {
        let value = fields.get(name)?;
        match value.get().as_bytes().first() {
            Some(b'[') => holds_objects(value).then_some(value),
            Some(b'{') => {
                let inner = lenient::object(value.get().as_bytes()).ok()?;
                inner.get("messages").filter(|messages| messages.get().starts_with('['))
            }
            _ => None,
        }
    })
}

fn holds_objects(list: &RawValue) -> bool {
    let bytes = list.get().as_bytes();
    memchr(b'{', bytes).is_some_and(|at| bytes[1..at].iter().all(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(line: &str) -> Option<(String, i64)> {
        match classify(trim(line.as_bytes()), true) {
            Line::Delta(delta) => Some((delta.run.into_owned(), delta.ts)),
            _ => None,
        }
    }

    #[test]
    fn deltas_of_both_collectors_are_known_without_parsing() {
        let ours = r#"  {"ts":17,"event":"assistant_text_stream","runId":"r","evtType":"text_delta","delta":"}","content":""}"#;
        let python = r#"  {"ts": 17, "event": "assistant_thinking_stream", "runId": "r", "delta": "x"},"#;
        assert!(usual_delta(trim(ours.as_bytes())).is_some());
        assert!(usual_delta(trim(python.as_bytes())).is_some());
        assert_eq!(delta(ours), Some(("r".into(), 17)));
        assert_eq!(delta(python), Some(("r".into(), 17)));
    }

    #[test]
    fn a_torn_delta_is_bad() {
        let torn = br#"{"ts":17,"event":"assistant_text_stream","runId":"r","delta":"abc"#;
        assert!(matches!(classify(torn, true), Line::Bad(_)));
    }

    #[test]
    fn a_message_cannot_hide_behind_the_name_of_a_delta() {
        let line = br#"{"ts":17,"event":"assistant_text_stream","runId":"r","rawText":"secret"}"#;
        assert!(matches!(classify(line, false), Line::Event(Event { kind: Kind::End, .. })));
        let spelt =
            br#"{"ts":17,"event":"assistant_text_stream","runId":"r","\u0065vent":"assistant_message_end"}"#;
        assert!(matches!(classify(spelt, false), Line::Event(Event { kind: Kind::End, .. })));
    }

    #[test]
    fn brackets_and_commas_are_frame() {
        for line in ["[", "]", ",", "", "  ", "[\r", "],"] {
            assert!(matches!(classify(trim(line.as_bytes()), true), Line::Frame), "{line:?}");
        }
        assert_eq!(trim(b"[{\"a\":[1]}],"), b"{\"a\":[1]}");
    }

    #[test]
    fn errors_never_quote_the_line() {
        let Line::Bad(why) = classify(b"{\"password\": hunter2}", true) else { panic!("not bad") };
        assert!(!why.contains("hunter2"), "{why}");
    }

    #[test]
    fn messages_are_found_where_the_python_version_looked() {
        for line in [
            r#"{"messages":[{"role":"user"}]}"#,
            r#"{"body":{"messages":[{"role":"user"}]}}"#,
            r#"{"request":[ {"role":"user"}]}"#,
        ] {
            assert!(messages(&lenient::object(line.as_bytes()).unwrap()).is_some(), "{line}");
        }
        assert!(messages(&lenient::object(br#"{"body":"x","payload":[1]}"#).unwrap()).is_none());
    }
}
