//! Where a turn stands, and reading it back from there.

use sentrix_record::{Flag, Turn, Verdict};
use sentrix_store::{Pending, Place};
use sentrix_turns::{Item, Stream};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// No event is longer.
const MOST: u64 = 1 << 27;

/// Where the log files are, by name.
pub type Paths = HashMap<String, PathBuf>;

/// A turn that is to wait for the judges: its place, where the place gives it back, else the turn itself.
pub fn pending(
    turn: &Turn,
    verdict: &Verdict,
    flag: Option<Flag>,
    paths: &Paths,
) -> Result<Pending, serde_json::Error> {
    let place = of(turn);
    let digest = digest(turn)?;
    let back =
        paths.get(&place.file).and_then(|path| read_back(path, &place, &turn.run_id_ts).ok().flatten());
    let same = back.is_some_and(|back| self::digest(&back).is_ok_and(|back| back == digest));
    Ok(Pending {
        run_id_ts: turn.run_id_ts.clone(),
        blake3: turn.blake3.clone().unwrap_or_default(),
        // One log file is one stream, as the Python version has it.
        stream: place.file.clone(),
        turn: if same { None } else { Some(serde_json::to_string(turn)?) },
        place,
        digest,
        before: None,
        severity: verdict.severity,
        flag,
    })
}

/// Where a turn stands.
pub fn of(turn: &Turn) -> Place {
    Place {
        file: turn.source_file.clone().unwrap_or_default(),
        start: turn.start.unwrap_or(0),
        end: turn.end.unwrap_or(0),
    }
}

/// The turn that waits, if it can still be had.
pub fn turn(pending: &Pending, paths: &Paths) -> Option<Turn> {
    let mut turn = match &pending.turn {
        Some(json) => Turn::from_json(json.as_bytes()).ok()?,
        None => read_back(paths.get(&pending.place.file)?, &pending.place, &pending.run_id_ts).ok()??,
    };
    turn.source_file = Some(pending.place.file.clone());
    turn.start = Some(pending.place.start);
    turn.end = Some(pending.place.end);
    // A file that was replaced has other bytes there, and they are no verdict's business.
    (digest(&turn).ok()? == pending.digest).then_some(turn)
}

/// The last turn that stands in a place.
pub fn last_turn(place: &Place, paths: &Paths) -> Option<Turn> {
    items(paths.get(&place.file)?, place).ok()?.pop()
}

fn read_back(path: &Path, place: &Place, run_id_ts: &str) -> io::Result<Option<Turn>> {
    Ok(items(path, place)?.into_iter().find(|turn| turn.run_id_ts == run_id_ts))
}

/// The turns of a stretch of a log file.
fn items(path: &Path, place: &Place) -> io::Result<Vec<Turn>> {
    let length = place.end.saturating_sub(place.start);
    if length > MOST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // What `MOST` allows fits into memory.
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    File::open(path)?.read_exact_at(&mut bytes, place.start)?;
    let mut stream = Stream::new(place.file.as_str(), bytes.as_slice());
    let mut turns = Vec::new();
    let mut take = |items: Vec<Item>| {
        turns.extend(items.into_iter().filter_map(|item| match item {
            Item::Turn(turn) => Some(*turn),
            Item::Gap(_) | Item::Bad(_) => None,
        }));
    };
    while let Some(wave) = stream.next_wave()? {
        take(wave.items);
    }
    take(stream.finish().items);
    Ok(turns)
}

/// What a turn is, wherever it stands.
fn digest(turn: &Turn) -> Result<String, serde_json::Error> {
    let turn = Turn { source_file: None, start: None, end: None, ..turn.clone() };
    Ok(blake3::hash(&serde_json::to_vec(&turn)?).to_hex()[..32].to_owned())
}
