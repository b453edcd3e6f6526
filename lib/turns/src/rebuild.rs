//! Turns rebuilt from deltas: for runs that never reached their end event, and for end events without text.

use crate::line::{self, Line};
use crate::run::{OpenRun, Span};
use sentrix_record::Turn;
use std::collections::HashMap;

/// How much text is held while rebuilding; beyond it, what there is becomes a turn of its own.
const MOST_TEXT: usize = 32 << 20;

/// Spans closer than this are read as one: what stands between them is passed over.
const NEAR: u64 = 64 << 10;

/// A run being rebuilt.
#[derive(Debug)]
struct Draft {
    text: Channel,
    thinking: Channel,
    hash: blake3::Hasher,
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
    drafts: HashMap<Box<str>, Option<Box<Draft>>>,
    order: Vec<Box<str>>,
    held: usize,
    turns: Vec<Turn>,
}

impl Rebuild {
    /// Prepares to rebuild these runs.
    pub(crate) fn new(runs: &[(Box<str>, OpenRun)]) -> Self {
        Self {
            drafts: runs.iter().map(|(run, _)| (run.clone(), None)).collect(),
            order: runs.iter().map(|(run, _)| run.clone()).collect(),
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

    /// Takes one line that stands at byte `at` of the file with this name; gives how much text it added.
    pub(crate) fn line(&mut self, line: &[u8], at: u64, source_file: &str) -> usize {
        let event = line::trim(line);
        let Line::Delta(delta) = line::classify(event, true) else { return 0 };
        let Some(slot) = self.drafts.get_mut(&*delta.run) else { return 0 };
        let Some(says) = line::delta_text(event) else { return 0 };
        let start = at + (event.as_ptr().addr() - line.as_ptr().addr()) as u64;
        let draft = slot.get_or_insert_with(|| Box::new(Draft::new(source_file, start)));
        let before = draft.len();
        let channel = match &*says.event {
            "assistant_thinking_stream" => &mut draft.thinking,
            _ => &mut draft.text,
        };
        channel.add(&says.delta, &says.content);
        draft.hash.update(event);
        draft.ts = delta.ts;
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

    /// Turns what is held into turns.
    fn spill(&mut self) {
        for run in &self.order {
            if let Some(draft) = self.drafts.get_mut(run).and_then(Option::take) {
                self.turns.extend(draft.finish(run));
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

impl Draft {
    fn new(source_file: &str, start: u64) -> Self {
        Self {
            text: Channel::default(),
            thinking: Channel::default(),
            hash: blake3::Hasher::new(),
            source_file: source_file.to_owned(),
            start,
            end: start,
            ts: 0,
        }
    }

    fn len(&self) -> usize {
        self.text.len() + self.thinking.len()
    }

    fn finish(self, run: &str) -> Option<Turn> {
        let (text, thinking) = (self.text.finish(), self.thinking.finish());
        (!text.is_empty() || !thinking.is_empty()).then(|| Turn {
            v: 1,
            run_id_ts: format!("{run}_{}", self.ts),
            run_id: Some(run.to_owned()),
            ts: Some(self.ts),
            source_file: Some(self.source_file),
            start: Some(self.start),
            end: Some(self.end),
            blake3: Some(self.hash.finalize().to_hex().to_string()),
            text,
            thinking,
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
}
