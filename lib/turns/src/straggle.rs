//! Deltas that stand behind the end of their message: OpenClaw appends its events side by side. That message holds their text, and no other
//! begins with them.

use crate::run::OpenRun;
use std::collections::HashMap;

/// How much older than the end of its message a delta may be that stands behind it, milliseconds.
const STRAGGLING: i64 = 1000;
/// So many ends are remembered: all that the last moment can hold.
const MOST: usize = 16_384;
/// How many of a segment's first deltas may belong to a message that ended before it.
const MOST_LEADS: usize = 5;

/// Whether a delta belongs to the message that ended before it, by the clocks of both.
pub(crate) fn straggles(end: i64, delta: i64) -> bool {
    (0..=STRAGGLING).contains(&end.saturating_sub(delta))
}

/// Where a run's first deltas in a segment begin, and their times. Whether they belong to a message that ended before the segment is not
/// known there.
#[derive(Debug, Default)]
pub(crate) struct Leads(Vec<(u64, i64)>);

impl Leads {
    pub(crate) fn note(&mut self, start: u64, ts: i64) {
        if self.0.len() < MOST_LEADS {
            self.0.push((start, ts));
        }
    }

    /// Takes the deltas off a run that belong to the message that ended at `end`.
    fn trim(&self, open: &mut OpenRun, end: i64) {
        let late = self.0.iter().take_while(|(_, ts)| straggles(end, *ts)).count();
        match self.0.get(late) {
            Some((start, _)) => open.spans.iter_mut().take(1).for_each(|span| span.start = *start),
            // More than are known may follow: rather a message too many than one that nobody reads.
            None if late == MOST_LEADS => {}
            None => open.spans.clear(),
        }
    }
}

/// When the messages ended that ended last, by run.
#[derive(Debug, Default)]
pub(crate) struct Ends(HashMap<Box<str>, i64>);

impl Ends {
    /// A message of a run ended; its text stands in its end, if `at` says when.
    pub(crate) fn note(&mut self, run: Box<str>, at: Option<i64>) {
        match at {
            Some(at) if self.0.len() < MOST || self.0.contains_key(&run) => _ = self.0.insert(run, at),
            _ => _ = self.0.remove(&run),
        }
    }

    /// Takes the deltas off a run that belong to its last message.
    pub(crate) fn trim(&self, run: &str, open: &mut OpenRun, leads: &Leads) {
        if let Some(&end) = self.0.get(run)
            && !open.spans.is_empty()
        {
            leads.trim(open, end);
        }
    }

    /// Forgets what is older than anything that may still come, when the record has reached this time.
    pub(crate) fn forget(&mut self, newest: i64) {
        self.0.retain(|_, end| end.saturating_add(STRAGGLING) >= newest);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(run, end)| (&**run, *end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn only_late_deltas_at_the_front_are_taken_off() {
        let trimmed = |times: &[i64]| {
            let mut leads = Leads::default();
            times.iter().enumerate().for_each(|(n, ts)| leads.note(10 * n as u64, *ts));
            let mut ends = Ends::default();
            ends.note("r".into(), Some(5000));
            let spans = vec![Span { source: 0, start: 0, end: 10 * times.len() as u64 }];
            let mut open = OpenRun { spans, ..OpenRun::default() };
            ends.trim("r", &mut open, &leads);
            open.spans.first().map(|span| span.start)
        };
        assert_eq!(trimmed(&[4999]), None);
        assert_eq!(trimmed(&[4998, 5000]), None);
        assert_eq!(trimmed(&[4999, 5001, 4999]), Some(10));
        assert_eq!(trimmed(&[5001]), Some(0));
        assert_eq!(trimmed(&[3999]), Some(0));
        assert_eq!(trimmed(&[4999; 5]), Some(0));
    }

    #[test]
    fn ends_are_remembered_for_a_moment_and_only_those_that_hold_text() {
        let mut ends = Ends::default();
        ends.note("a".into(), Some(1000));
        ends.note("b".into(), Some(1900));
        ends.note("b".into(), None);
        ends.note("c".into(), Some(2000));
        ends.forget(2500);
        assert_eq!(ends.iter().collect::<Vec<_>>(), [("c", 2000)]);
        (0..2 * MOST).for_each(|n| ends.note(n.to_string().into(), Some(3000)));
        assert!(ends.0.len() <= MOST);
    }
}
