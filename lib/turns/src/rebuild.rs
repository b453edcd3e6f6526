//! Turns rebuilt from deltas: for runs that never reached their end event, and for end events without text.

use crate::digest;
use crate::line::{self, DeltaText, Line, Usual};
use crate::lines::Sink;
use crate::run::{OpenRun, Span};
use memchr::memchr;
use sentrix_record::Turn;
use std::collections::{HashMap, VecDeque};

/// How much text is held while rebuilding; beyond it, what there is becomes a turn of its own.
const MOST_TEXT: usize = 32 << 20;

/// So many bytes are hashed at once: several chunks, which are hashed side by side.
const HASHED_AT_ONCE: usize = 4 << 10;

/// Spans closer than this are read as one: what stands between them is passed over.
const NEAR: u64 = 64 << 10;

/// A run being rebuilt.
#[derive(Debug)]
struct Draft {
    text: Channel,
    thinking: Channel,
    hash: blake3::Hasher,
    /// What is to be hashed next.
    hashed: Vec<u8>,
    source_file: String,
    start: u64,
    end: u64,
    ts: i64,
}

/// One of the two things that a run consists of.
#[derive(Debug, Default)]
struct Channel {
    deltas: String,
    /// Full texts that OpenClaw repeats in `content` and that the deltas do not hold (commentary).
    contents: Vec<String>,
}

impl Channel {
    fn add(&mut self, delta: &str, content: &str) {
        self.deltas.push_str(delta);
        if content.is_empty() || self.deltas.ends_with(content) {
            return;
        }
        // Each repetition holds all of the one before.
        match self.contents.last_mut() {
            Some(last) if content.starts_with(last.as_str()) => content.clone_into(last),
            Some(last) if last.starts_with(content) => {}
            _ => self.contents.push(content.to_owned()),
        }
    }

    fn len(&self) -> usize {
        self.deltas.len() + self.contents.iter().map(String::len).sum::<usize>()
    }

    fn finish(self) -> String {
        let mut text = self.deltas;
        for content in self.contents {
            if !text.contains(&content) {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&content);
            }
        }
        text
    }
}

/// Rebuilds runs from their deltas in one pass; feed it the bytes of their spans in order.
#[derive(Debug)]
pub(crate) struct Rebuild {
    runs: Vec<Run>,
    index: HashMap<Box<str>, usize>,
    /// The source that is being fed.
    source: usize,
    /// The run of the newest delta.
    newest: usize,
    /// How that delta began.
    beginning: Beginning,
    /// The runs by the ends of their last spans, those to come.
    ends: VecDeque<(usize, u64, usize)>,
    held: usize,
    turns: Vec<Turn>,
}

/// A run to rebuild, and what there is of it so far.
#[derive(Debug)]
struct Run {
    name: Box<str>,
    /// Where its deltas stand, those to come; none where every delta of it counts.
    spans: Option<VecDeque<Span>>,
    draft: Option<Box<Draft>>,
    /// What it came to, if all of it has been read.
    done: Option<Turn>,
}

impl Run {
    /// Whether a delta at this place is one of those to rebuild it from.
    fn owns(&mut self, source: usize, at: u64) -> bool {
        let Some(spans) = &mut self.spans else { return true };
        while spans.pop_front_if(|span| (span.source, span.end) <= (source, at)).is_some() {}
        spans.front().is_some_and(|span| span.source == source && span.start <= at)
    }
}

impl Rebuild {
    /// Prepares to rebuild these runs.
    pub(crate) fn new(runs: &[(Box<str>, OpenRun)]) -> Self {
        let spans = |open: &OpenRun| (!open.spans.is_empty()).then(|| open.spans.iter().cloned().collect());
        let run = |(name, open): &(Box<str>, OpenRun)| Run {
            name: name.clone(),
            spans: spans(open),
            draft: None,
            done: None,
        };
        let last = |open: &OpenRun| open.spans.iter().map(|span| (span.source, span.end)).max();
        let ends = runs.iter().enumerate().filter_map(|(at, (_, open))| Some((last(open)?, at)));
        let mut ends: Vec<_> = ends.map(|((source, end), at)| (source, end, at)).collect();
        ends.sort_unstable();
        Self {
            runs: runs.iter().map(run).collect(),
            index: runs.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect(),
            source: 0,
            newest: 0,
            beginning: Beginning::default(),
            ends: ends.into(),
            held: 0,
            turns: Vec::new(),
        }
    }

    /// The pieces of the archive to feed, without overlap, in order.
    pub(crate) fn spans(runs: &[(Box<str>, OpenRun)]) -> Vec<Span> {
        let mut spans: Vec<Span> = runs.iter().flat_map(|(_, open)| open.spans.iter().cloned()).collect();
        spans.sort_by_key(|span| (span.source, span.start));
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if last.source == span.source && span.start <= last.end + NEAR => {
                    last.end = last.end.max(span.end)
                }
                _ => joined.push(span),
            }
        }
        joined
    }

    /// From here on lines of this source are fed.
    pub(crate) fn enter(&mut self, source: usize) {
        self.source = source;
    }

    /// Takes one line that stands at byte `at` of the file with this name; gives how much text it added.
    pub(crate) fn line(&mut self, line: &[u8], at: u64, source_file: &str) -> usize {
        self.one(line, at, source_file).unwrap_or(0)
    }

    /// The same; `None` when the line is not one event or the frame around events.
    fn one(&mut self, line: &[u8], at: u64, source_file: &str) -> Option<usize> {
        let event = line::trim(line);
        let start = at + (event.as_ptr().addr() - line.as_ptr().addr()) as u64;
        if let Some((ts, usual)) = self.beginning.of(event)
            && let Some(says) = line::usual_text(event, &usual)
        {
            return Some(self.add(self.newest, event, start, ts, &says, source_file));
        }
        let (delta, usual) = match line::usual_delta(event) {
            Some((delta, usual)) => (delta, Some(usual)),
            None => match line::classify(event, false) {
                Line::Delta(delta) => (delta, None),
                Line::Frame | Line::Event(_) => return Some(0),
                Line::Bad(_) => return None,
            },
        };
        let Some(run) = self.find(&delta.run) else { return is_one(event).then_some(0) };
        let says = match &usual {
            Some(usual) => line::usual_text(event, usual).or_else(|| line::delta_text(event))?,
            None => line::delta_text(event)?,
        };
        self.newest = run;
        self.beginning = usual.map(|usual| Beginning::new(event, usual)).unwrap_or_default();
        Some(self.add(run, event, start, delta.ts, &says, source_file))
    }

    /// Adds what a delta of a run says; gives how much text that is.
    fn add(
        &mut self,
        run: usize,
        event: &[u8],
        start: u64,
        ts: i64,
        says: &DeltaText<'_>,
        source_file: &str,
    ) -> usize {
        // Between the spans of several runs stand deltas of theirs that an end event holds already.
        if !self.runs[run].owns(self.source, start) {
            return 0;
        }
        let draft = self.runs[run].draft.get_or_insert_with(|| Box::new(Draft::new(source_file, start)));
        let before = draft.len();
        let channel = match &*says.event {
            "assistant_thinking_stream" => &mut draft.thinking,
            _ => &mut draft.text,
        };
        channel.add(&says.delta, &says.content);
        draft.hash(event);
        draft.ts = ts;
        if draft.source_file == source_file {
            draft.end = start + event.len() as u64;
        }
        // A repetition may be shorter than the one it replaces.
        let added = draft.len().saturating_sub(before);
        self.held += added;
        if self.held > MOST_TEXT {
            self.spill();
        }
        added
    }

    /// The run of this name, if it is one of those to rebuild.
    fn find(&self, name: &str) -> Option<usize> {
        match self.runs.get(self.newest) {
            Some(run) if *run.name == *name => Some(self.newest),
            _ => self.index.get(name).copied(),
        }
    }

    /// Hashes what waits to be: for who keeps many of these for long.
    pub(crate) fn settle(&mut self) {
        for draft in self.runs.iter_mut().filter_map(|run| run.draft.as_mut()) {
            draft.hash.update(&std::mem::take(&mut draft.hashed));
        }
    }

    /// Everything before byte `at` of a source has been fed: runs that end there need no more than their text.
    pub(crate) fn reached(&mut self, source: usize, at: u64) {
        while let Some((_, _, run)) = self.ends.pop_front_if(|end| (end.0, end.1) <= (source, at)) {
            let run = &mut self.runs[run];
            run.done = run.draft.take().and_then(|draft| draft.finish(&run.name));
        }
    }

    /// Turns what is held into turns.
    fn spill(&mut self) {
        for run in &mut self.runs {
            self.turns.extend(run.done.take());
            if let Some(draft) = run.draft.take() {
                self.turns.extend(draft.finish(&run.name));
            }
        }
        self.held = 0;
    }

    /// The turns, in the order in which the runs began.
    pub(crate) fn finish(mut self) -> Vec<Turn> {
        self.spill();
        self.turns
    }
}

/// How a usual delta began, by which the next one of its run and kind is known.
#[derive(Debug, Default)]
struct Beginning {
    /// Up to the digits of the time.
    head: Vec<u8>,
    /// How many there are.
    digits: usize,
    /// From behind the time to behind the run's name; empty where nothing is known.
    whose: Vec<u8>,
    thinking: bool,
}

impl Beginning {
    fn new(event: &[u8], usual: Usual) -> Self {
        let head = event[..usual.whose.start].iter().take_while(|byte| !byte.is_ascii_digit()).count();
        Self {
            head: event[..head].to_vec(),
            digits: usual.whose.start - head,
            whose: event[usual.whose].to_vec(),
            thinking: usual.thinking,
        }
    }

    /// The time of an event that begins in the same way but for it, and what [`line::usual`] would say.
    fn of(&self, event: &[u8]) -> Option<(i64, Usual)> {
        let (time, rest) = event.strip_prefix(&*self.head)?.split_at_checked(self.digits)?;
        let alike = !self.whose.is_empty()
            && rest.starts_with(&self.whose)
            && event.last() == Some(&b'}')
            && time.iter().all(u8::is_ascii_digit);
        let start = self.head.len() + self.digits;
        let usual = Usual { whose: start..start + self.whose.len(), thinking: self.thinking };
        alike.then(|| line::number(time)).flatten().map(|ts| (ts, usual))
    }
}

/// Whether the bytes, which begin as a delta does and end with a brace, are one event.
fn is_one(event: &[u8]) -> bool {
    memchr(b'}', event) == Some(event.len() - 1) || line::delta_text(event).is_some()
}

/// The lines of a file on their way into a [`Rebuild`], up to the first that is not one event.
pub(crate) struct Feed<'a> {
    pub(crate) rebuild: &'a mut Rebuild,
    /// The file's name.
    pub(crate) name: &'a str,
    /// Where the line stands that is not one event.
    pub(crate) odd: Option<u64>,
}

impl Sink for Feed<'_> {
    fn lines(&mut self, bytes: &[u8], base: u64) {
        let mut start = 0;
        while self.odd.is_none() && start < bytes.len() {
            // Half the lines of our own layout.
            if bytes[start..].starts_with(b",\n") {
                start += 2;
                continue;
            }
            let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at + 1);
            let at = base + start as u64;
            if self.rebuild.one(&bytes[start..end], at, self.name).is_none() {
                self.odd = Some(at);
            }
            start = end;
        }
    }

    fn too_long(&mut self, start: u64, _length: u64) {
        self.odd.get_or_insert(start);
    }
}

impl Draft {
    fn new(source_file: &str, start: u64) -> Self {
        Self {
            text: Channel::default(),
            thinking: Channel::default(),
            hash: blake3::Hasher::new(),
            hashed: Vec::new(),
            source_file: source_file.to_owned(),
            start,
            end: start,
            ts: 0,
        }
    }

    fn len(&self) -> usize {
        self.text.len() + self.thinking.len()
    }

    fn hash(&mut self, event: &[u8]) {
        self.hashed.extend_from_slice(event);
        if self.hashed.len() >= HASHED_AT_ONCE {
            self.hash.update(&self.hashed);
            self.hashed.clear();
        }
    }

    fn finish(mut self, run: &str) -> Option<Turn> {
        self.hash.update(&self.hashed);
        let (text, thinking) = (self.text.finish(), self.thinking.finish());
        (!text.is_empty() || !thinking.is_empty()).then(|| Turn {
            v: 1,
            run_id_ts: format!("{run}_{}", self.ts),
            run_id: Some(run.to_owned()),
            ts: Some(self.ts),
            source_file: Some(self.source_file),
            start: Some(self.start),
            end: Some(self.end),
            blake3: Some(digest::hex(&self.hash.finalize())),
            text: text.into(),
            thinking: thinking.into(),
            complete: false,
            ..Turn::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(lines: &[&str]) -> Vec<Turn> {
        let runs = vec![("r".into(), OpenRun::default())];
        let mut rebuild = Rebuild::new(&runs);
        for line in lines {
            rebuild.line(line.as_bytes(), 0, "a.json");
        }
        rebuild.finish()
    }

    #[test]
    fn deltas_become_text_and_thinking_apart() {
        let turns = rebuilt(&[
            r#"{"ts":1,"event":"assistant_thinking_stream","runId":"r","evtType":"thinking_delta","delta":"hm ","content":""}"#,
            r#"{"ts":2,"event":"assistant_text_stream","runId":"other","evtType":"text_delta","delta":"no","content":""}"#,
            r#"{"ts":3,"event":"assistant_text_stream","runId":"r","evtType":"text_delta","delta":"Hel","content":""}"#,
            r#"{"ts":4,"event":"assistant_text_stream","runId":"r","evtType":"text_delta","delta":"lo","content":""}"#,
            r#"{"ts":5,"event":"assistant_text_stream","runId":"r","evtType":"text_end","delta":"","content":"Hello"}"#,
        ]);
        assert_eq!(turns.len(), 1);
        assert_eq!((turns[0].text.as_str(), turns[0].thinking.as_str()), ("Hello", "hm "));
        assert_eq!(turns[0].run_id_ts, "r_5");
        assert!(!turns[0].complete);
    }

    #[test]
    fn commentary_that_repeats_itself_counts_once() {
        let line = |content: &str| {
            format!(
                r#"{{"ts":1,"event":"assistant_text_stream","runId":"r","evtType":"commentary_update","delta":"","content":"{content}"}}"#
            )
        };
        let lines = [line("Let me"), line("Let me look"), line("Let me look.")];
        let turns = rebuilt(&lines.each_ref().map(String::as_str));
        assert_eq!(turns[0].text, "Let me look.");
    }

    #[test]
    fn the_first_line_that_is_not_one_event_is_told() {
        let delta = |run: &str| {
            format!(
                r#"{{"ts":1,"event":"assistant_text_stream","runId":"{run}","evtType":"text_delta","delta":"}}","content":""}}"#
            )
        };
        let good = format!("[\n  {}\n,\n  {}\n", delta("r"), delta("other"));
        for odd in [
            format!("{},{}\n", delta("r"), delta("r")),
            format!("{},{}\n", delta("other"), delta("r")),
            "{\n".to_owned(),
            r#"{"ts":1,"event":"assistant_text_stream","runId":"r","delta":"#.to_owned(),
        ] {
            let mut rebuild = Rebuild::new(&[("r".into(), OpenRun::default())]);
            let mut feed = Feed { rebuild: &mut rebuild, name: "a.json", odd: None };
            feed.lines(format!("{good}{odd}{good}").as_bytes(), 100);
            assert_eq!(feed.odd, Some(100 + good.len() as u64), "{odd}");
            assert_eq!(rebuild.finish()[0].text, "}");
        }
    }

    #[test]
    fn a_run_that_has_been_read_keeps_its_place() {
        let line = |run: &str| {
            format!(
                r#"{{"ts":1,"event":"assistant_text_stream","runId":"{run}","evtType":"text_delta","delta":"{run}","content":""}}"#
            )
        };
        let open = |spans: &[(usize, u64)]| {
            let spans = spans.iter().map(|&(source, end)| Span { source, start: 0, end });
            OpenRun::restored(spans.collect(), 1, None)
        };
        let runs = [("late".into(), open(&[(0, 10), (1, 20)])), ("early".into(), open(&[(0, 10)]))];
        let mut rebuild = Rebuild::new(&runs);
        rebuild.line(line("late").as_bytes(), 0, "a.json");
        rebuild.line(line("early").as_bytes(), 0, "a.json");
        rebuild.reached(0, 10);
        let done = |rebuild: &Rebuild| rebuild.runs.iter().map(|run| run.done.is_some()).collect::<Vec<_>>();
        assert_eq!(done(&rebuild), [false, true]);
        rebuild.enter(1);
        rebuild.line(line("late").as_bytes(), 0, "b.json");
        rebuild.reached(1, 20);
        assert_eq!(done(&rebuild), [true, true]);
        let turns: Vec<_> = rebuild.finish().into_iter().map(|turn| turn.text).collect();
        assert_eq!(turns, ["latelate", "early"]);
    }
}
