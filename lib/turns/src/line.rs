//! One line of a record: what it is, decided with as little work as is sound.

use crate::string::end_and_escapes;
use memchr::{memchr, memchr2};
use sentrix_record::Text;
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
const TS: &[u8; 6] = b"{\"ts\":";

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
    pub(crate) text: Text,
    #[serde(rename = "rawThinking")]
    pub(crate) thinking: Text,
}

/// Reads a usual end event; anything else about the line (another field, another type, half a surrogate pair) needs the
/// patience of [`classify`].
pub(crate) fn usual_end(event: &[u8]) -> Option<UsualEnd<'_>> {
    if !event.starts_with(TS) {
        return None;
    }
    plain_end(event)
        .or_else(|| serde_json::from_slice(event).ok())
        .filter(|end: &UsualEnd<'_>| end.event == END_EVENT)
}

/// The same where the fields stand in their usual order.
fn plain_end(event: &[u8]) -> Option<UsualEnd<'_>> {
    if leads_with_zero(event) {
        return None;
    }
    let (ts, rest) = digits(blank(behind(event, TS)?))?;
    let whole = std::str::from_utf8(event).ok()?;
    let (name, rest) = string(whole, value(rest, b"\"event\":")?)?;
    let (run, rest) = string(whole, value(rest, b"\"runId\":")?)?;
    // The texts are looked at when they are read.
    if lenient::has_control(&event[..event.len() - rest.len()]) {
        return None;
    }
    let (text, rest) = Text::read(end_of(whole, value(rest, b"\"rawText\":")?)?)?;
    let (thinking, rest) = Text::read(end_of(whole, value(rest.as_bytes(), b"\"rawThinking\":")?)?)?;
    let Cow::Borrowed(event) = name else { return None };
    (rest == "}").then_some(UsualEnd { ts, event, run, text, thinking })
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

/// Reads what a usual delta says that has its usual fields and no other.
pub(crate) fn usual_text<'a>(event: &'a [u8], usual: &Usual) -> Option<DeltaText<'a>> {
    if lenient::has_control(event) || leads_with_zero(event) {
        return None;
    }
    let whole = std::str::from_utf8(event).ok()?;
    let mut rest = &event[usual.whose.end..];
    if let Some(kind) = value(rest, b"\"evtType\":") {
        // What it holds is passed over, so it must be harmless.
        let kind = behind(kind, b"\"")?;
        let name = kind.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_').count();
        rest = behind(&kind[name..], b"\"")?;
    }
    let (delta, rest) = string(whole, value(rest, b"\"delta\":")?)?;
    let (content, rest) = match value(rest, b"\"content\":") {
        Some(content) => string(whole, content)?,
        None => (Cow::Borrowed(""), rest),
    };
    let name = DELTA_EVENTS[usize::from(usual.thinking)];
    (rest == b"}").then_some(DeltaText { event: Cow::Borrowed(name), delta, content })
}

/// Whether the time begins with a zero: JSON knows no such number but zero itself.
fn leads_with_zero(event: &[u8]) -> bool {
    behind(event, TS).is_some_and(|time| blank(time).first() == Some(&b'0'))
}

/// The value, and what stands behind it, of a key that follows a comma.
#[inline]
fn value<'a, const N: usize>(rest: &'a [u8], key: &[u8; N]) -> Option<&'a [u8]> {
    Some(blank(behind(blank(behind(rest, b",")?), key)?))
}

/// What stands behind bytes that come first. Their number is known when this is compiled, so that they are compared in place.
#[inline]
fn behind<'a, const N: usize>(bytes: &'a [u8], first: &[u8; N]) -> Option<&'a [u8]> {
    bytes.split_first_chunk().filter(|(begin, _)| *begin == first).map(|(_, rest)| rest)
}

/// The JSON string without raw control characters that the rest of an event begins with, and what stands behind it.
fn string<'a>(event: &'a str, rest: &'a [u8]) -> Option<(Cow<'a, str>, &'a [u8])> {
    let (end, escapes) = end_and_escapes(behind(rest, b"\"")?)?;
    let text = if escapes {
        Cow::Owned(serde_json::from_slice(&rest[..end + 2]).ok()?)
    } else {
        Cow::Borrowed(end_of(event, &rest[1..])?.get(..end)?)
    };
    Some((text, &rest[end + 2..]))
}

/// The end of an event that these bytes are, as the text that the event is known to be.
fn end_of<'a>(event: &'a str, rest: &[u8]) -> Option<&'a str> {
    event.get(event.len().checked_sub(rest.len())?..)
}

/// Classifies the trimmed bytes of a line. `plain` says that no [`SUSPECT`] string stands in it.
pub(crate) fn classify(event: &[u8], plain: bool) -> Line<'_> {
    if event.is_empty() {
        return Line::Frame;
    }
    if plain && let Some((delta, _)) = usual_delta(event) {
        return Line::Delta(delta);
    }
    match lenient::object(event) {
        Ok(fields) => parsed(fields),
        Err(error) => Line::Bad(why(event, &error)),
    }
}

/// A delta in the shape in which every version of OpenClaw and of the collectors writes it:
/// `{"ts":1,"event":"assistant_text_stream","runId":"…",…}`, with or without blanks after colons and commas.
pub(crate) fn usual_delta(event: &[u8]) -> Option<(Delta<'_>, Usual)> {
    let usual = usual(event)?;
    let time = behind(&event[..usual.whose.start], TS)?;
    let delta = Delta { run: Cow::Borrowed(run_of(event, &usual.whose)?), ts: number(blank(time))? };
    Some((delta, usual))
}

/// The run of a usual delta; `whose` is that of its [`Usual`], which ends behind the run's closing quote.
pub(crate) fn run_of<'a>(event: &'a [u8], whose: &Range<usize>) -> Option<&'a str> {
    let run = &event[..whose.end - 1];
    std::str::from_utf8(&run[memchr::memrchr(b'"', run)? + 1..]).ok()
}

/// What a usual delta shows at its beginning.
#[derive(Debug)]
pub(crate) struct Usual {
    /// Where the bytes stand that say whose it is: from behind the time to behind the run's name.
    pub(crate) whose: Range<usize>,
    /// It is a piece of the thinking, not of the text.
    pub(crate) thinking: bool,
}

/// Looks at the beginning of a usual delta.
pub(crate) fn usual(event: &[u8]) -> Option<Usual> {
    let (_, rest) = digits(blank(behind(event, TS)?))?;
    let start = event.len() - rest.len();
    let rest = behind(value(rest, b"\"event\":")?, b"\"assistant_t")?;
    let thinking = rest.first() == Some(&b'h');
    let rest = if thinking { behind(rest, b"hinking_stream\"") } else { behind(rest, b"ext_stream\"") }?;
    let rest = behind(value(rest, b"\"runId\":")?, b"\"")?;
    let whose = start..event.len() - rest.len() + run_end(rest)? + 1;
    // The last byte must close the object: a torn line is not a delta.
    (event.last() == Some(&b'}')).then_some(Usual { whose, thinking })
}

/// The run's name that the bytes begin with, up to its closing quote.
pub(crate) fn run_at(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(&bytes[..run_end(bytes)?]).ok()
}

/// Where the closing quote stands of a run's name without escapes.
fn run_end(bytes: &[u8]) -> Option<usize> {
    memchr2(b'"', b'\\', &bytes[..bytes.len().min(256)]).filter(|end| bytes[*end] == b'"')
}

#[inline]
fn blank(bytes: &[u8]) -> &[u8] {
    behind(bytes, b" ").unwrap_or(bytes)
}

#[inline]
fn digits(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    Some((number(&bytes[..end])?, &bytes[end..]))
}

/// The number that these digits are.
pub(crate) fn number(digits: &[u8]) -> Option<i64> {
    let value = |digit: &u8| i64::from(digit - b'0');
    match digits.len() {
        0 => None,
        // Always below what the type holds.
        1..=18 => Some(digits.iter().fold(0, |sum, digit| sum * 10 + value(digit))),
        _ => digits.iter().try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(value(digit))),
    }
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

    /// Events as they are written, and as they could be.
    fn spelt(event: &str) -> Vec<String> {
        let changes = [
            ("", ""),
            ("\":", "\": "),
            (",\"", ", \""),
            ("TEXT", r#"a\n\"b\" \u00e9 é } , {"#),
            ("TEXT", r"half \ud83d pair"),
            ("TEXT", r"no such escape \x"),
            ("TEXT", "a\ttab"),
            ("TEXT", "\u{0}"),
            ("\"ts\":17", "\"ts\":017"),
            ("\"ts\":17", "\"ts\":-17"),
            ("\"ts\":17", "\"ts\":1.7"),
            ("\"ts\":17", "\"ts\":99999999999999999999"),
            ("\"TEXT\"", "17"),
            ("\"TEXT\"", "\"TEXT"),
            ("\"TEXT\"", "\"TEXT\",\"more\":1"),
            ("\"TEXT\"", "\"TEXT\",\"event\":\"x\""),
            ("text_delta", r#"\x"#),
            ("\"evtType\":\"text_delta\",", ""),
            (",\"content\":\"\"", ""),
            ("}", "}}"),
            ("}", "} x"),
            ("\"r\"", r#""\u0072""#),
        ];
        changes.iter().map(|(from, to)| event.replacen(from, to, 99)).collect()
    }

    #[test]
    fn the_short_way_reads_what_the_long_one_reads() {
        let delta = r#"{"ts":17,"event":"assistant_text_stream","runId":"r","evtType":"text_delta","delta":"TEXT","content":""}"#;
        let end =
            r#"{"ts":17,"event":"assistant_message_end","runId":"r","rawText":"TEXT","rawThinking":"TEXT"}"#;
        let (mut deltas, mut ends) = (0, 0);
        for event in spelt(delta).into_iter().chain(spelt(&delta.replace("text_s", "thinking_s"))) {
            let short = usual(event.as_bytes()).and_then(|usual| usual_text(event.as_bytes(), &usual));
            let Some(short) = short else { continue };
            let long = delta_text(event.as_bytes()).unwrap();
            assert_eq!((&short.event, &short.delta), (&long.event, &long.delta), "{event}");
            assert_eq!(short.content, long.content, "{event}");
            deltas += 1;
        }
        for event in spelt(end) {
            let Some(short) = plain_end(event.as_bytes()) else { continue };
            let long: UsualEnd<'_> = serde_json::from_str(&event).unwrap();
            assert_eq!((short.ts, &short.run, short.event), (long.ts, &long.run, long.event), "{event}");
            assert_eq!((short.text, short.thinking), (long.text, long.thinking), "{event}");
            ends += 1;
        }
        // The usual ones do take the short way.
        assert!(deltas >= 12 && ends >= 5, "{deltas} {ends}");
    }
}
