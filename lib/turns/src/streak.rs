//! A streak: deltas of one run, one after the other, which nearly all of a raw stream is.

use crate::line;
use memchr::{memchr2, memmem};
use std::ops::Range;
use std::sync::LazyLock;

/// The key of a delta's text; made once, since nearly every streak needs it.
static DELTA: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\"delta\":"));

/// How the deltas of one run and one event name are written, so that the next one is known without parsing it.
///
/// The first one was found to be a plain delta. Another one that has the same bytes around its time and around the JSON
/// strings `evtType`, `delta` and `content` is a plain delta of the same run, whatever those strings hold: no key can hide
/// inside a value. So nothing else of it needs to be looked at.
#[derive(Debug)]
pub(crate) struct Streak<'a> {
    /// Up to the digits of the time: what stands between two events, and the event's beginning.
    head: &'a [u8],
    /// How much of the head stands before the event.
    frame: usize,
    /// How many digits the time has.
    digits: usize,
    /// From behind the digits to the opening quote of the text, as the newest event has it.
    middle: &'a [u8],
    /// Where in the middle the value of `evtType` stands, if it stands right before the text.
    kind: Option<Range<usize>>,
    /// From the closing quote of the text to the opening quote of the content; empty where no content stands there.
    between: &'a [u8],
    /// From the closing quote of the last string to the end of the line.
    foot: &'a [u8],
    /// Both, around an empty content: what nearly always stands behind the text.
    tail: &'a [u8],
    /// How much of the foot stands behind the event.
    trail: usize,
    /// Whose they are: an index of the scanner's.
    pub(crate) run: usize,
}

/// Deltas of one run, one after the other: places in the bytes that they were looked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Whose they are.
    pub(crate) run: usize,
    /// From the first event to the end of the last.
    pub(crate) events: Range<usize>,
    /// The digits of the last one's time.
    pub(crate) time: Range<usize>,
    /// Where the next line begins.
    pub(crate) next: usize,
}

impl<'a> Streak<'a> {
    /// A streak like the event at `event` of the bytes, which holds no suspicious bytes; `line` is its line, and one with a
    /// comma alone before it where there is one. `run` is called with the run's name.
    pub(crate) fn begin(
        bytes: &'a [u8],
        line: Range<usize>,
        event: Range<usize>,
        run: impl FnOnce(&str) -> usize,
    ) -> Option<(Self, Stretch)> {
        let lines = &bytes[line.clone()];
        let frame = event.start - line.start;
        let bytes = &bytes[event.clone()];
        let whose = line::usual(bytes)?.whose;
        let first = bytes[..whose.start].iter().position(u8::is_ascii_digit)?;
        let key = whose.end + DELTA.find(&bytes[whose.end..])?;
        let text = behind_quote(bytes, key + DELTA.needle().len())?;
        let closing = text + string_end(&bytes[text..])?;
        let content = content(&bytes[closing..]);
        let last = closing + content;
        let last = if content == 0 { last } else { last + string_end(&bytes[last..])? };
        let streak = Self {
            head: &lines[..frame + first],
            frame,
            digits: whose.start - first,
            middle: &bytes[whose.start..text],
            kind: kind(bytes, whose.end, key).map(|kind| kind.start - whose.start..kind.end - whose.start),
            between: &bytes[closing..closing + content],
            foot: &lines[frame + last..],
            tail: if last == closing + content { &lines[frame + closing..] } else { &[] },
            trail: line.end - event.end,
            run: run(line::run_of(bytes, &whose)?),
        };
        let time = event.start + first..event.start + whose.start;
        let stretch = Stretch { run: streak.run, events: event, time, next: line.end };
        Some((streak, stretch))
    }

    /// The deltas of the streak that stand at `start` of the bytes and behind it. Says none in case of doubt.
    pub(crate) fn follow(&mut self, bytes: &'a [u8], start: usize) -> Option<Stretch> {
        let (mut last, mut next) = (start, start);
        while let Some(length) = self.next(&bytes[next..]) {
            last = next;
            next += length;
        }
        let time = last + self.head.len();
        (next > start).then(|| Stretch {
            run: self.run,
            events: start + self.frame..next - self.trail,
            time: time..time + self.digits,
            next,
        })
    }

    /// The length of the line that `rest` begins with, if it is the next of the streak.
    #[inline]
    fn next(&mut self, rest: &'a [u8]) -> Option<usize> {
        let start = self.head.len();
        let behind = start + self.digits;
        let mut text = behind + self.middle.len();
        // A shorter one of another kind at the very end of the bytes is left to the caller.
        let front = rest.get(..text)?;
        if !same(&front[..start], self.head) || !all_digits(&front[start..behind]) {
            return None;
        }
        if front[behind..] != *self.middle {
            text = behind + self.other_kind(&rest[behind..])?;
        }
        let closing = text + string_end(&rest[text..])?;
        let next = closing + self.tail.len();
        match rest.get(closing..next) {
            Some(tail) if !tail.is_empty() && same(tail, self.tail) => Some(next),
            _ => self.other_content(rest, closing),
        }
    }

    /// The length of the line, if the text ends at `closing` and some content stands behind it.
    fn other_content(&mut self, rest: &'a [u8], closing: usize) -> Option<usize> {
        let content = closing + self.between.len();
        if rest.get(closing..content)? != self.between {
            return None;
        }
        let last = match self.between {
            [] => closing,
            _ => content + string_end(&rest[content..])?,
        };
        let next = last + self.foot.len();
        if rest.get(last..next)? != self.foot {
            return None;
        }
        if last == content {
            self.tail = &rest[closing..next];
        }
        Some(next)
    }

    /// The length of the middle of an event that has another `evtType`.
    fn other_kind(&mut self, rest: &'a [u8]) -> Option<usize> {
        let kind = self.kind.clone()?;
        let (before, after) = (&self.middle[..kind.start], &self.middle[kind.end..]);
        let value = rest.strip_prefix(before)?;
        let end = kind.start + string_end(value)?;
        if !rest[end..].starts_with(after) {
            return None;
        }
        let text = end + after.len();
        self.middle = &rest[..text];
        self.kind = Some(kind.start..end);
        Some(text)
    }
}

/// Where the inside of a string begins whose opening quote stands here, or behind one blank.
fn behind_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = at + usize::from(bytes.get(at) == Some(&b' '));
    (bytes.get(quote) == Some(&b'"')).then_some(quote + 1)
}

/// Where the value of `evtType` stands, if it is all that stands between the run's name and the key at `key`.
fn kind(bytes: &[u8], run: usize, key: usize) -> Option<Range<usize>> {
    let rest = bytes[run..key].strip_prefix(b",")?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest).strip_prefix(b"\"evtType\":")?;
    let start = behind_quote(bytes, key - rest.len())?;
    let end = start + string_end(&bytes[start..])?;
    matches!(&bytes[end..key], b"\"," | b"\", ").then_some(start..end)
}

/// How many bytes stand between the closing quote here and the inside of the string `content`, if that comes next; or 0.
fn content(rest: &[u8]) -> usize {
    let keys = [&b"\",\"content\":\""[..], b"\", \"content\": \""];
    keys.into_iter().find(|key| rest.starts_with(key)).map_or(0, <[u8]>::len)
}

/// Where the JSON string ends whose inside begins here: at its closing quote.
#[inline]
pub(crate) fn string_end(bytes: &[u8]) -> Option<usize> {
    // Most are a few letters long.
    let mut at = 0;
    while at < 24
        && let Some(near) = bytes.get(at..).and_then(<[u8]>::first_chunk)
    {
        let near = u64::from_le_bytes(*near);
        let mark = zeros(near ^ repeated(b'"')) | zeros(near ^ repeated(b'\\'));
        if mark != 0 {
            at += mark.trailing_zeros() as usize / 8;
            if bytes[at] == b'"' {
                return Some(at);
            }
            at += 2;
        } else {
            at += 8;
        }
    }
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

const fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// A word whose lowest bit that is set is in the first byte that is zero.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeated(1)) & !word & repeated(0x80)
}

/// Whether two stretches are equal; without a call for the usual lengths.
#[inline]
fn same(bytes: &[u8], known: &[u8]) -> bool {
    /// Both ends, which together are all of it.
    #[inline]
    fn ends<const N: usize>(bytes: &[u8], known: &[u8]) -> bool {
        bytes.first_chunk::<N>() == known.first_chunk() && bytes.last_chunk::<N>() == known.last_chunk()
    }
    if bytes.len() != known.len() {
        return false;
    }
    match known.len() {
        8..=16 => ends::<8>(bytes, known),
        17..=32 => ends::<16>(bytes, known),
        _ => bytes == known,
    }
}

#[inline]
fn all_digits(bytes: &[u8]) -> bool {
    if let (8..=16, Some(first), Some(last)) = (bytes.len(), bytes.first_chunk(), bytes.last_chunk()) {
        let value = |digits: &[u8; 8]| u64::from_ne_bytes(*digits) ^ repeated(b'0');
        // A byte above 9 gets, or has, its highest bit; a carry comes only from one that has it.
        let more = |digits: u64| digits.wrapping_add(repeated(0x80 - 10)) | digits;
        return (more(value(first)) | more(value(last))) & repeated(0x80) == 0;
    }
    bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"ts":1773106832677,"event":"assistant_text_stream","runId":"r","evtType":"text_start","delta":"","content":""}"#;

    /// How long the line is that the streak of the first one takes for the next.
    fn follow(first: &str, next: &str) -> Option<usize> {
        let event = first.find('{').unwrap()..first.rfind('}').unwrap() + 1;
        let (mut streak, stretch) = Streak::begin(first.as_bytes(), 0..first.len(), event.clone(), |run| {
            assert_eq!(run, "r");
            7
        })
        .unwrap();
        assert_eq!((stretch.run, stretch.events, stretch.next), (7, event, first.len()));
        let stretch = streak.follow(next.as_bytes(), 0)?;
        assert!(next[stretch.events.clone()].starts_with('{') && next[stretch.events.clone()].ends_with('}'));
        assert!(next[stretch.time.clone()].bytes().all(|byte| byte.is_ascii_digit()));
        Some(stretch.next)
    }

    fn layouts(event: &str) -> [String; 5] {
        let spaced = event.replace("\":", "\": ").replace(",\"", ", \"");
        [
            format!("{event}\n"),
            format!("  {spaced},\n"),
            format!("  {spaced},\r\n"),
            format!(",\n  {event}\n"),
            format!(",\n  {spaced}\n"),
        ]
    }

    #[test]
    fn time_and_texts_may_differ() {
        let texts = [
            "",
            "b",
            "12345678",
            "1234567\\\"",
            r#"quote \" \\"#,
            r"\u00e9",
            "}",
            "é日本",
            r#"long \"},\n text"#,
        ];
        for text in texts {
            for (kind, content) in [("text_delta", ""), ("text_end", text), ("", "the whole text so far")] {
                let event = FIRST
                    .replace("1773106832677", "1773106832999")
                    .replace("text_start", kind)
                    .replace(r#""delta":"""#, &format!(r#""delta":"{text}""#))
                    .replace(r#""content":"""#, &format!(r#""content":"{content}""#));
                for (first, next) in layouts(FIRST).iter().zip(layouts(&event)) {
                    let more = format!("{next}{first}");
                    assert_eq!(follow(first, &more), Some(more.len()), "{first}{next}");
                    assert_eq!(follow(first, &next), Some(next.len()), "{first}{next}");
                }
            }
        }
    }

    #[test]
    fn nothing_else_may_differ() {
        for (from, to) in [
            (r#""content":"""#, r#""content":"","rawText":"hidden""#),
            (r#""content":"""#, r#""content":"\"","rawText":"hidden""#),
            (r#""delta":"""#, r#""delta":"","rawText":"hidden""#),
            (r#""delta":"""#, r#""delta":"b","rawText":"hidden","d":"""#),
            (r#""evtType":""#, r#""rawText":"hidden","evtType":""#),
            (r#"text_start""#, r#"x","rawText":"hidden""#),
            (r#"text_start""#, r#"x","rawText":"hidden","evtType":"text_start""#),
            ("1773106832677", "17731068326770"),
            ("1773106832677", "177310683267"),
            ("1773106832677", "177310683267e"),
            ("1773106832677", "1773106832:77"),
            ("1773106832677", "/773106832677"),
            ("\"r\"", "\"s\""),
            ("assistant_text_stream", "assistant_message_end"),
            (r#""delta":"""#, r#""delta":"torn \"#),
            (r#""content":""}"#, r#""content":"torn"#),
            (r#""content":""}"#, r#""content":""} x"#),
        ] {
            let other = FIRST.replace(from, to);
            for (first, next) in layouts(FIRST).iter().zip(layouts(&other)) {
                assert_eq!(follow(first, &next), None, "{first}{next}");
            }
        }
        for end in 0..FIRST.len() {
            assert_eq!(follow(&format!("{FIRST}\n"), &FIRST[..end]), None);
        }
    }

    #[test]
    fn strings_end_where_their_quote_is() {
        for inside in [
            "",
            "a",
            "1234567",
            "12345678",
            "123456789 and more",
            r#"\""#,
            r"1234567\\",
            r#"12345678\"x"#,
            "ü\\\\",
        ] {
            for behind in ["", "x", " something behind it \" and more"] {
                assert_eq!(
                    string_end(format!("{inside}\"{behind}").as_bytes()),
                    Some(inside.len()),
                    "{inside}"
                );
            }
        }
        for torn in ["", "a", "12345678901", r#"1234567\""#, r#"\"#] {
            assert_eq!(string_end(torn.as_bytes()), None, "{torn}");
        }
    }

    #[test]
    fn digits_and_nothing_else() {
        for good in ["1", "1773106832", "1773106832677", "0000000000000000", "12345678901234567890"] {
            assert!(all_digits(good.as_bytes()));
            for at in 0..good.len() {
                for bad in [b'/', b':', b'0' | 0x80, b' ', 0, b'p'] {
                    let mut other = good.as_bytes().to_vec();
                    other[at] = bad;
                    assert!(!all_digits(&other), "{other:?}");
                }
            }
        }
    }
}
