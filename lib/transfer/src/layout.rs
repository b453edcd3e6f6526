//! The layout of a log file, taken apart strictly: whole events, and nothing that a collector does not write.

use memchr::memchr;
use sentrix_record::frame::check_event;
use sentrix_record::log::{CLOSING, OPENING};
use std::ops::Range;

/// What stands before every event but the first, which has only the two spaces.
const BEFORE: &[u8] = b",\n  ";
const COMMA: usize = 2;

/// How far the layout was read.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    begun: bool,
    /// Events so far.
    pub events: u64,
}

/// What follows the whole events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Perhaps another event: it does not end yet.
    More,
    /// The closing.
    Closing,
    /// Something that a collector does not write, this far behind the start of the data.
    Foreign(usize),
}

impl Layout {
    /// At the beginning of a file.
    pub fn new() -> Self {
        Self { begun: false, events: 0 }
    }

    /// Behind the opening and so many events.
    pub fn behind(events: u64) -> Self {
        Self { begun: true, events }
    }

    /// Takes whole events from the front of the data: notes where each stands, and says how many bytes they take.
    pub fn take(&mut self, data: &[u8], events: &mut Vec<Range<usize>>) -> (usize, Next) {
        let mut at = 0;
        if !self.begun {
            match data.get(..OPENING.len()) {
                Some(OPENING) => (at, self.begun) = (OPENING.len(), true),
                None if OPENING.starts_with(data) => return (0, Next::More),
                _ => return (0, Next::Foreign(0)),
            }
        }
        loop {
            let rest = &data[at..];
            if rest.starts_with(CLOSING) {
                return (at, Next::Closing);
            }
            let before = if self.events == 0 { &BEFORE[COMMA..] } else { BEFORE };
            let present = rest.len().min(before.len());
            if rest[..present] != before[..present] {
                let partial = CLOSING.starts_with(rest);
                return (at, if partial { Next::More } else { Next::Foreign(at) });
            }
            let Some(length) = rest.get(before.len()..).and_then(|rest| memchr(b'\n', rest)) else {
                return (at, Next::More);
            };
            let event = at + before.len()..at + before.len() + length;
            if check_event(&data[event.clone()]).is_err() {
                return (at, Next::Foreign(event.start));
            }
            at = event.end + 1;
            events.push(event);
            self.events += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(layout: &mut Layout, data: &str) -> (usize, Next, Vec<String>) {
        let mut events = Vec::new();
        let (taken, next) = layout.take(data.as_bytes(), &mut events);
        (taken, next, events.into_iter().map(|event| data[event].to_owned()).collect())
    }

    #[test]
    fn whole_events_are_taken_and_nothing_behind_them() {
        let file = "[\n  {\"a\":1}\n,\n  2\n]\n";
        let (taken, next, events) = take(&mut Layout::new(), file);
        assert_eq!((taken, next), (file.len() - 2, Next::Closing));
        assert_eq!(events, ["{\"a\":1}", "2"]);
        let whole = [2, 12, 18];
        for cut in 0..file.len() {
            let (taken, next, events) = take(&mut Layout::new(), &file[..cut]);
            let want = whole.iter().rev().find(|end| **end <= cut).copied().unwrap_or(0);
            assert_eq!((taken, next), (want, Next::More), "{cut}");
            assert_eq!(events.len(), whole[1..].iter().filter(|end| **end <= cut).count());
        }
        assert_eq!(take(&mut Layout::behind(2), ",\n  3\n]\n").2, ["3"]);
        assert_eq!(take(&mut Layout::behind(0), "]\n").1, Next::Closing);
    }

    #[test]
    fn nothing_else_passes() {
        for (file, at) in [
            ("{}", 0),
            ("[{}]", 0),
            ("[\n{}\n]\n", 2),
            ("[\n  {\n]\n", 4),
            ("[\n  {},\n  {}\n]\n", 4),
            ("[\n  {}\n  {}\n]\n", 7),
            ("[\n  {}\n\0\0\0", 7),
            ("[\n  \u{feff}{}\n", 4),
        ] {
            assert_eq!(take(&mut Layout::new(), file).1, Next::Foreign(at), "{file}");
        }
    }
}
