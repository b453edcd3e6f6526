//! Runs that are open: their deltas and requests stand in the record, their end has not come yet.

use crate::clock;
use crate::segment::SeenRun;
use crate::straggle::Ends;
use std::collections::HashMap;

/// How many runs may be open at once. The oldest beyond that is rebuilt from what there is: memory stays bounded
/// whatever an agent writes.
const MOST_OPEN: usize = 16_384;

/// A piece of a log file in which a run's deltas stand (others' lines may stand between them).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Index of the source in the archive.
    pub source: usize,
    /// First byte of the first delta.
    pub start: u64,
    /// One past the last byte of the last delta.
    pub end: u64,
}

/// A run without an end event so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenRun {
    /// Where its deltas stand, in order; empty when it has ended since its last delta.
    pub spans: Vec<Span>,
    /// Epoch milliseconds of its last delta; of its arrival, when the delta says a later time.
    pub last_ts: i64,
    /// Where the request that it answers stands, if the record holds one.
    pub messages: Option<Span>,
    /// Position in the order of arrival.
    pub(crate) age: u64,
}

impl OpenRun {
    /// A run that an earlier sweep left open.
    pub fn restored(spans: Vec<Span>, last_ts: i64, messages: Option<Span>) -> Self {
        Self { spans, last_ts, messages, age: 0 }
    }

    /// Adds a delta or another piece; neighbours in one source become one span.
    pub fn extend(&mut self, span: &Span, ts: i64) {
        match self.spans.last_mut() {
            Some(last) if last.source == span.source => last.end = span.end,
            _ => self.spans.push(span.clone()),
        }
        self.last_ts = ts;
    }

    /// Takes in what a later segment saw of the same run. `ended` says that an end event stood in it.
    fn absorb(&mut self, later: Self, ended: bool) {
        if ended {
            self.spans.clear();
        }
        for span in &later.spans {
            self.extend(span, later.last_ts);
        }
        if later.messages.is_some() {
            self.messages = later.messages;
        }
    }
}

/// The open runs of an archive.
#[derive(Debug, Default)]
pub struct Runs {
    open: HashMap<Box<str>, OpenRun>,
    arrived: u64,
    ends: Ends,
}

impl Runs {
    /// The run of this id, where it is open.
    pub fn get(&self, run: &str) -> Option<&OpenRun> {
        self.open.get(run)
    }

    /// Puts back a run that an earlier sweep left open.
    pub fn restore(&mut self, run: &str, mut open: OpenRun) {
        open.last_ts = clock::past(open.last_ts);
        self.absorb(run, open, false);
    }

    /// Runs whose messages ended just before the end of what was read, and when (epoch milliseconds): a delta of such a message may still
    /// come.
    pub fn just_ended(&self) -> impl Iterator<Item = (&str, i64)> {
        self.ends.iter()
    }

    /// Puts back when a message of a run ended, at the end of an earlier sweep.
    pub fn restore_end(&mut self, run: &str, at: i64) {
        self.ends.note(run.into(), Some(at));
    }

    /// Takes in what a segment saw of a run.
    pub(crate) fn take_in(&mut self, SeenRun { run, seen }: SeenRun) {
        let mut open = seen.open;
        open.last_ts = clock::past(open.last_ts);
        if !seen.ended && self.open.get(&run).is_none_or(|known| known.spans.is_empty()) {
            self.ends.trim(&run, &mut open, &seen.leads);
        }
        self.absorb(&run, open, seen.ended);
        if seen.ended {
            self.ends.note(run, seen.ended_at);
        }
    }

    /// The record has reached this time (epoch milliseconds; 0 where none is known), as it says: one that lies ahead of our clock forgets
    /// ends a little early, and then a message is read twice.
    pub(crate) fn reached(&mut self, newest: i64) {
        self.ends.forget(newest);
    }

    /// Takes in what a segment saw of a run. A run of which nothing is left to know is forgotten.
    fn absorb(&mut self, run: &str, later: OpenRun, ended: bool) {
        if later.spans.is_empty() && later.messages.is_none() {
            if ended && self.open.get(run).is_some_and(|open| open.messages.is_none()) {
                self.open.remove(run);
            } else if ended && let Some(open) = self.open.get_mut(run) {
                open.spans.clear();
            }
            return;
        }
        self.arrived += 1;
        let age = self.arrived;
        let open = self.open.entry(run.into()).or_default();
        if open.age == 0 {
            open.age = age;
        }
        open.absorb(later, ended);
    }

    /// Runs with deltas that no end event has covered, oldest first.
    pub fn unfinished(&self) -> Vec<(&str, &OpenRun)> {
        let mut runs: Vec<_> = self
            .open
            .iter()
            .filter(|(_, open)| !open.spans.is_empty())
            .map(|(run, open)| (&**run, open))
            .collect();
        runs.sort_by_key(|(_, open)| open.age);
        runs
    }

    /// Takes out the runs that `done` says will not go on, oldest first.
    pub fn take(&mut self, done: impl Fn(&OpenRun) -> bool) -> Vec<(Box<str>, OpenRun)> {
        let mut runs: Vec<_> = self.open.extract_if(|_, open| !open.spans.is_empty() && done(open)).collect();
        runs.sort_by_key(|(_, open)| open.age);
        runs
    }

    /// Takes out the oldest runs beyond the bound.
    pub(crate) fn overflow(&mut self) -> Vec<(Box<str>, OpenRun)> {
        if self.open.len() <= MOST_OPEN {
            return Vec::new();
        }
        let mut ages: Vec<u64> = self.open.values().map(|open| open.age).collect();
        ages.sort_unstable();
        // Half goes at once, so that the sorting is paid for by the next MOST_OPEN / 2 runs.
        let cut = ages[ages.len() - MOST_OPEN / 2];
        let mut runs: Vec<_> = self.open.extract_if(|_, open| open.age < cut).collect();
        runs.retain(|(_, open)| !open.spans.is_empty());
        runs.sort_by_key(|(_, open)| open.age);
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(source: usize, start: u64, end: u64) -> Span {
        Span { source, start, end }
    }

    fn open(spans: &[Span], last_ts: i64) -> OpenRun {
        OpenRun { spans: spans.to_vec(), last_ts, ..OpenRun::default() }
    }

    #[test]
    fn an_end_in_a_later_segment_covers_the_deltas_before_it() {
        let mut runs = Runs::default();
        runs.absorb("r", open(&[span(0, 10, 20)], 1), false);
        runs.absorb("r", open(&[span(0, 30, 40)], 2), false);
        assert_eq!(runs.unfinished()[0].1.spans, [span(0, 10, 40)]);
        runs.absorb("r", open(&[span(1, 5, 6)], 3), true);
        assert_eq!(runs.unfinished()[0].1.spans, [span(1, 5, 6)]);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_forgotten() {
        let mut runs = Runs::default();
        let mut out = 0;
        for n in 0..200_000u64 {
            runs.absorb(&n.to_string(), open(&[span(0, n, n + 1)], 0), false);
            out += runs.overflow().len();
        }
        assert!(runs.unfinished().len() <= MOST_OPEN);
        assert_eq!(out + runs.unfinished().len(), 200_000);
    }
}
