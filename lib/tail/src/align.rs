//! Without a checkpoint: where in the source the record ends.
//!
//! The record holds the source's lines in order and without holes, so its last events are a stretch of the source's
//! lines. The longest end of the record that is such a stretch is looked for: all of the events that are compared, or
//! (when the source was begun anew in between) as many as there are lines from the source's beginning.

use crate::error::TailError;
use crate::pieces::{event_key, is_break};
use crate::reconcile::Cursor;
use sentrix_record::fs::{At, Fs, Open, Reader};
use sentrix_record::log::{Entries, LogName};
use std::path::Path;

/// Fewer events than this are not compared alone: older files are read too.
const ENOUGH: usize = 64;

/// A key cut short: enough to compare neighbours by, and a source of many million lines fits into memory.
type Short = u64;

fn short(key: &blake3::Hash) -> Short {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.as_bytes()[..8]);
    Short::from_le_bytes(bytes)
}

/// The last events of the record, up to the last break in it.
///
/// # Errors
/// When a log file cannot be read.
pub fn last_events<F: Fs>(fs: &F, dir: &Path, files: &[LogName]) -> Result<Vec<Short>, TailError> {
    let mut events = Vec::new();
    for name in files.iter().rev() {
        let (mut older, broken) = file_events(fs, &dir.join(name.as_str()))?;
        older.append(&mut events);
        events = older;
        if broken || events.len() >= ENOUGH {
            break;
        }
    }
    Ok(events)
}

fn file_events<F: Fs>(fs: &F, path: &Path) -> Result<(Vec<Short>, bool), TailError> {
    let file = fs.open(path, Open::Read).at("open", path)?;
    let mut entries = Entries::new(Reader::new(&file, 0));
    let (mut events, mut broken) = (Vec::new(), false);
    while let Some(entry) = entries.next() {
        let Ok(entry) = entry else { continue };
        if is_break(entry.bytes) {
            events.clear();
            broken = true;
        } else {
            events.push(short(&event_key(entry.bytes)));
        }
    }
    Ok((events, broken))
}

/// Where a source goes on after these events; `None` when they are not in it. The cursor stands at its beginning.
///
/// # Errors
/// When the source cannot be read.
pub fn align(cursor: &mut Cursor, events: &[Short]) -> Result<Option<u64>, TailError> {
    let (mut keys, mut ends) = (Vec::new(), Vec::new());
    while let Some((line, end)) = cursor.next_line().map_err(TailError::Source)? {
        for key in &line {
            keys.push(short(key));
            ends.push(end);
        }
    }
    let found = longest_end(&keys, events);
    Ok(found.and_then(|count| ends.get(count.checked_sub(1)?).copied()))
}

/// How many lines of `source` are recorded when the record ends with `events`: the end of the first stretch of `source`
/// that is all of `events`, or else the longest beginning of `source` that `events` end with.
fn longest_end(source: &[Short], events: &[Short]) -> Option<usize> {
    // Knuth, Morris and Pratt, backwards: the events' end is what must match.
    let pattern: Vec<Short> = events.iter().rev().copied().collect();
    let failure = failures(&pattern);
    let (mut matched, mut full) = (0, None);
    for (index, line) in source.iter().enumerate().rev() {
        while matched > 0 && (matched == pattern.len() || pattern[matched] != *line) {
            matched = failure[matched - 1];
        }
        if pattern.get(matched) == Some(line) {
            matched += 1;
        }
        if matched == pattern.len() && matched > 0 {
            full = Some(index + matched);
        }
    }
    full.or((matched > 0).then_some(matched))
}

/// For each beginning of the pattern, the length of the longest shorter one that ends it.
fn failures(pattern: &[Short]) -> Vec<usize> {
    let mut failure = vec![0; pattern.len()];
    let mut matched = 0;
    for index in 1..pattern.len() {
        while matched > 0 && pattern[matched] != pattern[index] {
            matched = failure[matched - 1];
        }
        if pattern[matched] == pattern[index] {
            matched += 1;
        }
        failure[index] = matched;
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::longest_end;

    #[test]
    fn the_record_is_a_stretch_of_the_source() {
        assert_eq!(longest_end(&[1, 2, 3, 4, 5], &[2, 3]), Some(3));
        assert_eq!(longest_end(&[1, 2, 3], &[1, 2, 3]), Some(3));
    }

    #[test]
    fn the_source_was_begun_anew() {
        assert_eq!(longest_end(&[4, 5, 6], &[1, 2, 3, 4, 5]), Some(2));
    }

    #[test]
    fn nothing_in_common() {
        assert_eq!(longest_end(&[4, 5, 6], &[1, 2, 3]), None);
        assert_eq!(longest_end(&[], &[1]), None);
        assert_eq!(longest_end(&[1], &[]), None);
        // In the middle of the source, but not all of the events: chance.
        assert_eq!(longest_end(&[7, 4, 5], &[3, 4]), None);
    }

    #[test]
    fn of_two_places_the_first_loses_nothing() {
        assert_eq!(longest_end(&[1, 2, 1, 2, 3], &[1, 2]), Some(2));
        assert_eq!(longest_end(&[1, 1, 1, 1], &[1, 1]), Some(2));
    }
}
