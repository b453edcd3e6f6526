//! Whether lines are events, the next one by the one before.
//!
//! Nearly all lines of a raw stream are deltas, and those of a run are alike but for the time and the delta. What an event is known
//! to be made of need not be read again.

use super::check::{BadLine, check_event};
use super::scan::plain_string;
use memchr::memmem;

/// What a usual event begins with.
const TIME: &[u8] = b"{\"ts\":";
/// Before the value in which usual events differ.
const DELTA: &[u8] = b",\"delta\":";
/// Longer events are not remembered.
const MOST: usize = 4096;

/// Checks lines one after the other.
#[derive(Debug, Default)]
pub struct Checker {
    usual: Option<Usual>,
    /// Whether the line before was another one. What is met once, as where two runs take turns, is not worth learning.
    missed: bool,
}

/// What stands around the value of their deltas in events that are alike: UTF-8 without a line break.
#[derive(Debug)]
struct Usual {
    /// From behind the digits of the time.
    before: Box<[u8]>,
    /// Up to the end.
    behind: Box<[u8]>,
}

impl Checker {
    /// Whether a line is an event: what [`check_event`] says.
    ///
    /// # Errors
    /// What is wrong, and where in the line.
    pub fn check(&mut self, line: &[u8]) -> Result<(), BadLine> {
        if self.usual.as_ref().is_some_and(|usual| usual.is_like(line)) {
            self.missed = false;
            return Ok(());
        }
        check_event(line)?;
        if std::mem::replace(&mut self.missed, true) && line.len() <= MOST {
            self.usual = Usual::of(line);
        }
        Ok(())
    }
}

impl Usual {
    /// What stands around the value of the delta in an event.
    fn of(event: &[u8]) -> Option<Self> {
        let behind_time = &event[end_of_time(event)?..];
        let delta = memmem::find(behind_time, DELTA)? + DELTA.len();
        let (before, rest) = behind_time.split_at(delta);
        let behind = &rest[1 + plain_string(rest.strip_prefix(b"\"")?)? + 1..];
        // The delta is a member of the event itself: a number and one bracket make a whole event of what stands before it.
        let whole = [TIME, b"1", before, b"0}"].concat();
        check_event(&whole).is_ok().then(|| Self { before: before.into(), behind: behind.into() })
    }

    /// Whether a line is an event like this but for the time and a delta without escapes: then there is nothing else to look at.
    fn is_like(&self, line: &[u8]) -> bool {
        let delta = || {
            let behind_time = &line[end_of_time(line)?..];
            let text = behind_time.strip_prefix(&*self.before)?.strip_prefix(b"\"")?;
            let end = plain_string(text)?;
            (text[end + 1..] == *self.behind).then_some(&text[..end])
        };
        delta().is_some_and(|delta| std::str::from_utf8(delta).is_ok())
    }
}

/// Where the digits of the time end. JSON knows no number that begins with a zero, but for zero.
fn end_of_time(event: &[u8]) -> Option<usize> {
    let time = event.strip_prefix(TIME).filter(|time| matches!(time.first(), Some(b'1'..=b'9')))?;
    Some(TIME.len() + time.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELTAS: [&str; 3] = [
        r#"{"ts":1773106832677,"event":"assistant_text_stream","runId":"é-1","evtType":"text_delta","delta":"a","content":""}"#,
        r#"{"ts":1773106832678,"event":"assistant_text_stream","runId":"é-1","evtType":"text_delta","delta":"b","content":""}"#,
        r#"{"ts":1773106832679,"event":"assistant_text_stream","runId":"é-1","evtType":"text_delta","delta":"c","content":""}"#,
    ];

    /// One that knows the lines above.
    fn taught() -> Checker {
        let mut checker = Checker::default();
        DELTAS.iter().for_each(|line| assert_eq!(checker.check(line.as_bytes()), Ok(())));
        assert!(checker.usual.is_some() && !checker.missed, "the third is known by the first two");
        checker
    }

    #[test]
    fn it_says_of_every_change_what_a_whole_look_says() {
        let (mut good, mut known) = (0, 0);
        for at in 0..DELTAS[0].len() {
            for byte in 0..=u8::MAX {
                let mut line = DELTAS[0].as_bytes().to_vec();
                line[at] = byte;
                let mut checker = taught();
                let found = checker.check(&line);
                assert_eq!(found, check_event(&line), "{}", line.escape_ascii());
                good += usize::from(found.is_ok());
                known += usize::from(found.is_ok() && !checker.missed);
            }
        }
        // Both ways were gone.
        assert!(known > 200 && good > known + 200, "{good} {known}");
    }

    #[test]
    fn it_says_of_every_cut_and_end_what_a_whole_look_says() {
        let line = DELTAS[0];
        for cut in 0..line.len() {
            for end in ["", "}", "0}", " ", "\n", "\"}", ",", "]", " \n}", ",\"a\":{}}", "{\"b\":[1]}}", "\r"]
            {
                let line = [&line.as_bytes()[..cut], end.as_bytes()].concat();
                assert_eq!(taught().check(&line), check_event(&line), "{}", line.escape_ascii());
            }
        }
        for time in ["0", "-1", "01", "1.5", "1e9", "", "x", "99999999999999999999"] {
            let line = line.replace("1773106832677", time);
            assert_eq!(taught().check(line.as_bytes()), check_event(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn what_ends_in_an_object_of_the_event_is_not_learned() {
        for event in [
            r#"{"ts":1,"a":{"b":1,"delta":"x"}}"#,
            r#"{"ts":1,"a":[{"b":1,"delta":"x"}]}"#,
            r#"{"ts":1,"a":"\",\"delta\":\""}"#,
            "{\"ts\":1,\n\"delta\":\"x\"}",
            "{\"ts\":1,\"delta\":5}",
            "{\"event\":1,\"delta\":\"x\"}",
            "5",
            "",
        ] {
            assert!(Usual::of(event.as_bytes()).is_none(), "{event}");
        }
        assert!(Usual::of(br#"{"ts":1.5,"a":{"b":[]},"delta":"7"}"#).is_some());
    }
}
