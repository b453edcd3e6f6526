//! The turns around a place, read from windows of the log files and no more.

use crate::records::{LogCopy, Records};
use memchr::{memchr, memrchr};
use sentrix_record::Turn;
use sentrix_turns::{Item, Stream};

/// The first window; each that holds too little is followed by one four times as large.
const WINDOW: u64 = 32 << 10;
/// So far back the request of a turn is looked for.
const REQUEST: u64 = 1 << 20;
const LARGEST: u64 = 32 << 20;
/// Most bytes that are read for neighbours in one direction.
const ENOUGH: u64 = 64 << 20;

/// Where reading goes on.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub file: String,
    pub at: u64,
}

/// The turns in bytes that begin at an offset of a log file; runs without an end are rebuilt.
pub(crate) fn turns(file: &str, bytes: &[u8], offset: u64) -> Vec<Turn> {
    let mut stream = Stream::new(file, bytes);
    let mut turns = Vec::new();
    let mut take = |items: Vec<Item>| {
        turns.extend(items.into_iter().filter_map(|item| match item {
            Item::Turn(mut turn) => {
                turn.start = turn.start.map(|start| start + offset);
                turn.end = turn.end.map(|end| end + offset);
                Some(*turn)
            }
            Item::Gap(_) | Item::Bad(_) => None,
        }));
    };
    // Reading from memory does not fail.
    while let Ok(Some(wave)) = stream.next_wave() {
        take(wave.items);
    }
    take(stream.finish().items);
    turns
}

/// The flagged turn with what stands before it in its file: requests and deltas that its end event leaves out.
pub(crate) fn with_request(copy: &LogCopy, file: &str, start: u64, end: u64) -> Option<Turn> {
    let mut back = WINDOW;
    loop {
        let from = start.saturating_sub(back);
        let bytes = copy.read(from, end).ok()?;
        let (line, rest) = from_line(from, &bytes);
        let mut found = turns(file, rest, line);
        let at = found.iter().position(|turn| turn.start == Some(start) && turn.end == Some(end));
        // Nothing of it stands before the end of its run's message before.
        let whole = at.is_some_and(|at| {
            let turn = &found[at];
            !turn.user_messages.is_empty()
                || found[..at].iter().any(|other| other.complete && other.run_id == turn.run_id)
        });
        if whole || from == 0 || back >= REQUEST {
            return at.map(|at| found.swap_remove(at));
        }
        back = (back * 4).min(REQUEST);
    }
}

/// Up to `count` turns before a place, the nearest first. The place moves before them.
pub(crate) fn before(records: &Records, place: &mut Place, count: usize) -> Vec<Turn> {
    let mut found = Vec::new();
    let (mut read, mut window) = (0, WINDOW);
    while found.len() < count && read < ENOUGH {
        if place.at == 0 {
            let Some(name) = records.beside(&place.file, false).map(str::to_owned) else { break };
            let copies = records.copies(&name);
            let Some(length) = copies.first().and_then(|copy| records.length(&name, copy)) else { break };
            *place = Place { file: name, at: length };
            continue;
        }
        let copies = records.copies(&place.file);
        let Some(copy) = copies.first() else { break };
        let from = place.at.saturating_sub(window);
        let Ok(bytes) = copy.read(from, place.at) else { break };
        read += bytes.len() as u64;
        let (line, rest) = from_line(from, &bytes);
        let complete: Vec<Turn> =
            turns(&place.file, rest, line).into_iter().filter(|turn| turn.complete).collect();
        if line >= place.at && from > 0 {
            if window >= LARGEST {
                break;
            }
            window *= 4;
            continue;
        }
        place.at = if from == 0 { 0 } else { line };
        for turn in complete.into_iter().rev() {
            if found.len() == count {
                break;
            }
            place.at = turn.start.unwrap_or(place.at);
            found.push(turn);
        }
    }
    found
}

/// Up to `count` turns after a place, the nearest first. The place moves behind them.
pub(crate) fn after(records: &Records, place: &mut Place, count: usize) -> Vec<Turn> {
    let mut found = Vec::new();
    let (mut read, mut window) = (0, WINDOW);
    while found.len() < count && read < ENOUGH {
        let copies = records.copies(&place.file);
        let Some(copy) = copies.first() else { break };
        let Ok(bytes) = copy.read(place.at, place.at + window) else { break };
        read += bytes.len() as u64;
        let last = (bytes.len() as u64) < window;
        let whole = if last { bytes.len() } else { memrchr(b'\n', &bytes).map_or(0, |at| at + 1) };
        if whole == 0 && !last {
            if window >= LARGEST {
                break;
            }
            window *= 4;
            continue;
        }
        let from = place.at;
        place.at += whole as u64;
        for turn in turns(&place.file, &bytes[..whole], from).into_iter().filter(|turn| turn.complete) {
            if found.len() == count {
                break;
            }
            place.at = turn.end.unwrap_or(place.at);
            found.push(turn);
        }
        if last && found.len() < count {
            let Some(name) = records.beside(&place.file, true).map(str::to_owned) else { break };
            *place = Place { file: name, at: 0 };
        }
    }
    found
}

/// The bytes from the first line on that begins in them.
fn from_line(from: u64, bytes: &[u8]) -> (u64, &[u8]) {
    if from == 0 {
        return (0, bytes);
    }
    let skip = memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    (from + skip as u64, &bytes[skip..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn log(turns: std::ops::Range<u32>, long: usize) -> String {
        let events: Vec<String> = turns
            .map(|n| {
                let text = "x".repeat(long);
                format!(r#"{{"ts":{n},"event":"assistant_message_end","runId":"r","rawText":"{text}{n}","rawThinking":""}}"#)
            })
            .collect();
        format!("[\n  {}\n]\n", events.join("\n,\n  "))
    }

    fn ids(turns: &[Turn]) -> Vec<&str> {
        turns.iter().map(|turn| turn.run_id_ts.as_str()).collect()
    }

    #[test]
    fn neighbours_come_nearest_first_and_across_files() {
        let dir = tempfile::tempdir().unwrap();
        for (name, range) in
            [("20260310T000000.json", 0..3), ("20260310T000001.json", 3..6), ("20260310T000002.json", 6..9)]
        {
            fs::write(dir.path().join(name), log(range, 10)).unwrap();
        }
        let records = Records::open(dir.path(), &[]);
        let file = "20260310T000001.json";
        let all = turns(file, &fs::read(dir.path().join(file)).unwrap(), 0);
        let (start, end) = (all[1].start.unwrap(), all[1].end.unwrap());
        let mut place = Place { file: file.to_owned(), at: start };
        assert_eq!(ids(&before(&records, &mut place, 2)), ["r_3", "r_2"]);
        assert_eq!(ids(&before(&records, &mut place, 9)), ["r_1", "r_0"]);
        let mut place = Place { file: file.to_owned(), at: end };
        assert_eq!(ids(&after(&records, &mut place, 2)), ["r_5", "r_6"]);
        assert_eq!(ids(&after(&records, &mut place, 9)), ["r_7", "r_8"]);
    }

    #[test]
    fn a_turn_that_is_longer_than_a_window_is_read_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = "20260310T000000.json";
        fs::write(dir.path().join(file), log(0..3, 1 << 20)).unwrap();
        let records = Records::open(dir.path(), &[]);
        let length = fs::metadata(dir.path().join(file)).unwrap().len();
        let found = before(&records, &mut Place { file: file.to_owned(), at: length }, 9);
        assert_eq!(ids(&found), ["r_2", "r_1", "r_0"]);
        assert!(found[1].text.len() > 1 << 20);
        assert_eq!(ids(&after(&records, &mut Place { file: file.to_owned(), at: 0 }, 2)), ["r_0", "r_1"]);
    }
}
