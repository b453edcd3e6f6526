//! A streak: deltas of one run, one after the other, which nearly all of a raw stream is.

use crate::alike::{BEGINNING, Beginning, same};
use crate::line;
use crate::string::string_end;
use memchr::{memchr, memmem};
use sentrix_record::lenient;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

/// The key of a delta's text; made once, since nearly every streak needs it.
static DELTA: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\"delta\":"));

/// How the deltas of one run and one event name are written, so that the next one is known without parsing it.
///
/// The first one was found to be a plain delta. Another one that has the same bytes around its time and around the JSON
/// strings `evtType`, `delta` and `content` is a plain delta of the same run, whatever those strings hold: no key can hide
/// inside a value. So nothing else of it needs to be looked at.
#[derive(Debug)]
pub(crate) struct Streak {
    /// From what stands between two events to the opening quote of the text, as the newest event has it.
    front: Vec<u8>,
    /// What it begins with, whatever the time.
    beginning: Beginning,
    /// How much of it stands before the event.
    frame: usize,
    /// Where in it the digits of the time stand.
    time: Range<usize>,
    /// Where in it the run's name stands.
    name: Range<usize>,
    /// Where in it the value of `evtType` stands, if it stands right before the text.
    kind: Option<Range<usize>>,
    /// From the closing quote of the text to the end of the line, around a content that is empty, as it nearly always is.
    tail: Rc<[u8]>,
    /// How much of it stands before the content; nothing where no content stands there.
    content: usize,
    /// How much of it stands behind the event.
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

impl Streak {
    /// A streak like the event at `event` of the bytes, which holds no suspicious bytes; `line` is its line, and one with a
    /// comma alone before it where there is one. `run` is called with the run's name.
    pub(crate) fn begin(
        bytes: &[u8],
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
        let name = line::run_of(bytes, &whose)?;
        // The run's closing quote ends what says whose it is.
        let name_end = whose.end - 1;
        let time = first..whose.start;
        let in_line = |range: Range<usize>| frame + range.start..frame + range.end;
        let streak = Self {
            front: lines[..frame + text].to_vec(),
            beginning: Beginning::new(lines, in_line(time.clone()))?,
            frame,
            time: in_line(time.clone()),
            name: in_line(name_end - name.len()..name_end),
            kind: kind(bytes, whose.end, key).map(in_line),
            tail: [&bytes[closing..closing + content], &lines[frame + last..]].concat().into(),
            content,
            trail: line.end - event.end,
            run: run(name),
        };
        let time = event.start + time.start..event.start + time.end;
        let stretch = Stretch { run: streak.run, events: event, time, next: line.end };
        Some((streak, stretch))
    }

    /// A streak of another run that the line at `start` of the bytes begins, if it is written as the events of this one are: its name is one
    /// more string that nothing can hide in.
    pub(crate) fn of_other_run(
        &self,
        bytes: &[u8],
        start: usize,
        run: impl FnOnce(&str) -> usize,
    ) -> Option<(Self, Stretch)> {
        let rest = &bytes[start..];
        if !self.begins_alike(rest, self.name.start) {
            return None;
        }
        let name = line::run_at(&rest[self.name.start..])?;
        let name_end = self.name.start + name.len();
        let (kind, text) = self.kind_and_text(rest, name_end)?;
        let mut other = Self {
            front: rest[..text].to_vec(),
            beginning: self.beginning.clone(),
            time: self.time.clone(),
            name: self.name.start..name_end,
            kind,
            tail: Rc::clone(&self.tail),
            ..*self
        };
        // One line alone: a string may break off and seem to go on in the next one.
        let end = memchr(b'\n', &rest[self.frame..]).map_or(bytes.len(), |at| start + self.frame + at + 1);
        let stretch = other.follow(&bytes[..end], start)?;
        // With escapes it is not plain: see `Streak::begin`.
        let event = &bytes[stretch.events.clone()];
        if lenient::has_control(event) || memchr(b'\\', event).is_some() {
            return None;
        }
        other.run = run(name);
        let stretch = Stretch { run: other.run, ..stretch };
        Some((other, stretch))
    }

    /// Whether the line that `rest` begins with may be of this run: the end of its name tells nearly all others.
    pub(crate) fn may_be_of(&self, rest: &[u8]) -> bool {
        let end = |line: &[u8]| line.get(..self.name.end)?.last_chunk::<8>().copied();
        end(rest) == end(&self.front)
    }

    /// The deltas of the streak that stand at `start` of the bytes and behind it. Says none in case of doubt.
    pub(crate) fn follow(&mut self, bytes: &[u8], start: usize) -> Option<Stretch> {
        let (mut last, mut next) = (start, start);
        while let Some(length) = self.next(&bytes[next..]) {
            last = next;
            next += length;
        }
        (next > start).then(|| Stretch {
            run: self.run,
            events: start + self.frame..next - self.trail,
            time: last + self.time.start..last + self.time.end,
            next,
        })
    }

    /// The length of the line that `rest` begins with, if it is the next of the streak.
    #[inline]
    fn next(&mut self, rest: &[u8]) -> Option<usize> {
        // A shorter one of another kind at the very end of the bytes is left to the caller.
        let mut text = self.front.len();
        let (beginning, front) = rest.get(..text)?.split_first_chunk()?;
        if !self.beginning.fits(beginning) {
            return None;
        }
        if !same(front, &self.front[BEGINNING..]) {
            text = self.other_kind(rest)?;
        }
        let closing = text + string_end(&rest[text..])?;
        let next = closing + self.tail.len();
        match rest.get(closing..next) {
            Some(tail) if same(tail, &self.tail) => Some(next),
            _ => self.some_content(rest, closing),
        }
    }

    /// The length of the line, if the text ends at `closing` and some content stands behind it.
    #[inline(never)]
    fn some_content(&self, rest: &[u8], closing: usize) -> Option<usize> {
        let (between, foot) = self.tail.split_at(self.content);
        if between.is_empty() {
            return None;
        }
        let content = behind(rest, closing, between)?;
        behind(rest, content + string_end(&rest[content..])?, foot)
    }

    /// Where the text begins in a line of the streak that has another `evtType`.
    #[inline(never)]
    fn other_kind(&mut self, rest: &[u8]) -> Option<usize> {
        if !self.begins_alike(rest, self.name.end) {
            return None;
        }
        let (kind, text) = self.kind_and_text(rest, self.name.end)?;
        self.front.clear();
        self.front.extend_from_slice(&rest[..text]);
        self.kind = kind;
        Some(text)
    }

    /// Whether a line is written as the others up to here, which is behind its beginning.
    fn begins_alike(&self, line: &[u8], upto: usize) -> bool {
        let split = line.get(..upto).and_then(<[u8]>::split_first_chunk);
        split.is_some_and(|(beginning, front)| {
            self.beginning.fits(beginning) && same(front, &self.front[BEGINNING..upto])
        })
    }

    /// Where the value of `evtType`, if it is there, and the text stand in a line in which the run's name ends at `name_end`.
    fn kind_and_text(&self, line: &[u8], name_end: usize) -> Option<(Option<Range<usize>>, usize)> {
        let behind = |at: usize, known: Range<usize>| behind(line, at, &self.front[known]);
        let Some(kind) = &self.kind else {
            return Some((None, behind(name_end, self.name.end..self.front.len())?));
        };
        let start = behind(name_end, self.name.end..kind.start)?;
        let end = start + string_end(&line[start..])?;
        Some((Some(start..end), behind(end, kind.end..self.front.len())?))
    }
}

/// Where the bytes end that stand at a place, if they are these.
fn behind(bytes: &[u8], at: usize, known: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(known).then_some(at + known.len())
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
    // A key that stands inside the string is none.
    matches!(bytes.get(end..key)?, b"\"," | b"\", ").then_some(start..end)
}

/// How many bytes stand between the closing quote here and the inside of the string `content`, if that comes next; or 0.
fn content(rest: &[u8]) -> usize {
    let keys = [&b"\",\"content\":\""[..], b"\", \"content\": \""];
    keys.into_iter().find(|key| rest.starts_with(key)).map_or(0, <[u8]>::len)
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
    fn a_key_inside_the_value_of_the_kind_is_no_end_of_it() {
        let first = FIRST.replace("text_start\",", r#"text\"#);
        for first in layouts(&first) {
            let event = first.find('{').unwrap()..first.rfind('}').unwrap() + 1;
            let begun = Streak::begin(first.as_bytes(), 0..first.len(), event, |_| 7);
            assert!(begun.is_none_or(|(streak, _)| streak.kind.is_none()), "{first}");
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
}
