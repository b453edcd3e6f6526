//! How pieces leave the ledger: as turns, alone or joined, and with what is missing beside them.

use super::key;
use super::piece::{CAPTURE_GAP, Piece};
use super::read::raw;
use crate::{Gap, Item};
use sentrix_record::Turn;
use serde::Serialize;

/// What is missing, as it stands in a turn.
#[derive(Serialize)]
struct Missing<'a> {
    why: &'a str,
    detail: String,
}

/// Where the other half of a joined turn stands.
#[derive(Serialize)]
struct RawPlace<'a> {
    file: &'a str,
    start: u64,
    end: u64,
    blake3: &'a str,
}

/// Says in a turn what is missing from the record beside it.
pub(crate) fn miss(turn: &mut Turn, why: &str, detail: String) {
    if let Some(missing) = raw(&[Missing { why, detail }]) {
        turn.extra.insert(CAPTURE_GAP.to_owned(), missing);
    }
}

/// The turn of an exchange, under the name that the raw stream gives it.
pub(crate) fn joined(turn: &mut Turn, message: &Piece) {
    turn.run_id_ts.clone_from(&message.name);
    turn.run_id.clone_from(&message.run);
    turn.ts = Some(message.ts);
    let place = &message.place;
    let place = RawPlace { file: &place.file, start: place.start, end: place.end, blake3: &message.blake3 };
    if let Some(place) = raw(&place) {
        turn.extra.insert("raw_stream".to_owned(), place);
    }
}

/// Whether the raw stream has thoughts that the exchange has not: `Some(true)` when the exchange has others.
pub(crate) fn other_thinking(message: &Turn, answer: &Turn) -> Option<bool> {
    if message.thinking.is_empty() {
        return None;
    }
    let (said, known) = (key::plain(&message.thinking), key::plain(&answer.thinking));
    // A model that thinks in its text has its thoughts taken out of it.
    let known_elsewhere = || key::plain(&answer.text).contains(&said);
    (!said.is_empty() && !known.contains(&said) && !known_elsewhere()).then_some(!known.is_empty())
}

/// An item that names a place where something is missing.
pub(crate) fn gap(piece: &Piece, why: &str, detail: String) -> Item {
    Item::Gap(Gap {
        source_file: piece.place.file.clone(),
        start: piece.place.start,
        end: piece.place.end,
        blake3: piece.blake3.clone(),
        ts: Some(piece.begin),
        why: why.to_owned(),
        bytes: None,
        detail,
    })
}
