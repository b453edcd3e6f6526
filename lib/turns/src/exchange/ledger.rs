//! What has no counterpart yet, and what is known of the two records.

use super::chain::Chain;
use super::end::{gap, joined, miss, other_thinking};
use super::key;
use super::piece::{Body, Piece, Pieces, Place, can_be_read_again};
use super::read::{FoundExchange, FoundStart};
use super::reader::Reader;
use crate::{Bad, Item, clock};
use sentrix_record::Turn;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::PathBuf;

/// Within so many milliseconds the same text is the same message at once.
pub(crate) const NEAR: i64 = 10_000;
/// How many pieces of a kind wait at most.
const MOST: usize = 32_768;
/// How many bytes of text wait in memory; beyond that it is left in the log files.
const MOST_HELD: usize = 12 << 20;
/// How many calls' names, and how many exchanges' ends, are remembered.
const MOST_NAMES: usize = 2048;
const MOST_ENDED: usize = 65_536;

/// Which times the two records are known to cover, epoch milliseconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Known {
    /// The first message of the raw stream.
    pub(crate) first_message: Option<i64>,
    /// The first exchange.
    pub(crate) first_exchange: Option<i64>,
    /// Both records have gone on up to here: the newest message that stands in both.
    pub(crate) both: Option<i64>,
}

/// An exchange that was announced.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) ts: i64,
    pub(crate) what: String,
    pub(crate) place: Place,
    pub(crate) blake3: String,
}

/// Joins messages of the raw stream with exchanges.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Exchanges are known or expected; otherwise the messages of the raw stream pass through.
    pub(crate) in_use: bool,
    /// There are log files of the tap: exchanges that stand elsewhere are not the tap's.
    pub(crate) tap_files: bool,
    /// Exchanges were seen.
    pub(crate) exchanges: bool,
    pub(crate) known: Known,
    pub(crate) messages: Pieces,
    pub(crate) answers: Pieces,
    pub(crate) begun: BTreeMap<String, Begun>,
    pub(crate) ended: HashSet<String>,
    pub(crate) chain: Chain,
    /// Names of the tools that calls called, the newest last.
    pub(crate) calls: VecDeque<(String, String)>,
    /// Runs that an exchange with a past belongs to: the tap was there before it.
    pub(crate) went_on: VecDeque<String>,
    pub(crate) reader: Reader,
}

/// Whether a log file is the tap's, by its name.
pub(crate) fn is_tap(file: &str) -> bool {
    file.strip_suffix(".json").unwrap_or(file).ends_with("-tap")
}

impl Ledger {
    /// A ledger that holds every message back until it is known whether an exchange belongs to it.
    pub(crate) fn expecting() -> Self {
        Self { in_use: true, ..Self::default() }
    }

    /// Holds messages back from now on.
    pub(crate) fn expect(&mut self) {
        self.in_use = true;
    }

    /// Makes known where log files are. A log file of the tap means that exchanges are to be expected.
    pub fn files(&mut self, files: impl IntoIterator<Item = (String, PathBuf)>) {
        for (name, path) in files {
            self.tap_files |= is_tap(&name);
            self.reader.paths.insert(name, path);
        }
        self.in_use |= self.tap_files;
    }

    /// Whether exchanges are known or expected.
    pub fn in_use(&self) -> bool {
        self.in_use
    }

    /// Takes in a message of the raw stream.
    pub(crate) fn message(&mut self, mut turn: Box<Turn>, out: &mut Vec<Item>) {
        if !self.in_use {
            return out.push(Item::Turn(turn));
        }
        // They are read for their keys, and may wait here for long.
        turn.text.decode();
        turn.thinking.decode();
        let ts = clock::past(turn.ts.unwrap_or(0));
        self.known.first_message = Some(self.known.first_message.map_or(ts, |first| first.min(ts)));
        let piece = Piece {
            ts,
            begin: ts,
            keys: vec![key::of_message(&turn.text, &turn.thinking)],
            name: turn.run_id_ts.clone(),
            run: turn.run_id.clone(),
            place: Place {
                file: turn.source_file.clone().unwrap_or_default(),
                start: turn.start.unwrap_or(0),
                end: turn.end.unwrap_or(0),
            },
            blake3: turn.blake3.clone().unwrap_or_default(),
            complete: turn.complete,
            ..Piece::default()
        };
        match self.answers.nearest(&piece.keys, ts, NEAR, |answer| !answer.told).filter(|_| turn.complete) {
            Some(at) => self.join((piece, Body::Here(turn)), at, None, out),
            None => {
                self.messages.put(piece, Body::Here(turn));
                self.bound(out);
            }
        }
    }

    /// Takes in an exchange.
    pub(crate) fn exchange(&mut self, found: FoundExchange, out: &mut Vec<Item>) {
        let FoundExchange { mut piece, mut turn } = found;
        (piece.ts, piece.begin) = (clock::past(piece.ts), clock::past(piece.begin));
        let Some(answer) = piece.answer.clone() else { return };
        if self.tap_files && !is_tap(&piece.place.file) {
            let detail = format!(
                "exchange {} stands in a log file that the tap does not write: it vouches for nothing",
                answer.id
            );
            miss(&mut turn, "exchange_out_of_place", detail);
            return out.push(Item::Turn(turn));
        }
        self.in_use = true;
        self.exchanges = true;
        self.starts_at(piece.begin);
        self.begun.remove(&answer.id);
        if self.ended.len() >= MOST_ENDED {
            self.ended.clear();
        }
        if !self.ended.insert(answer.id.clone()) {
            // The same again, out of a copy of the file: it cannot vouch for a second message.
            return self.alone(turn, out);
        }
        self.chain.note(&piece, out);
        for call in turn.tool_calls.iter().filter(|call| !call.id.is_empty()) {
            self.calls.push_back((call.id.clone(), call.name.clone()));
        }
        while self.calls.len() > MOST_NAMES {
            self.calls.pop_front();
        }
        if !answer.joins {
            return self.alone(turn, out);
        }
        let better = |message: &Piece| !message.settled && message.complete;
        let message = self
            .messages
            .nearest(&piece.keys, piece.ts, NEAR, better)
            .filter(|at| self.messages.get(*at).is_some_and(|(message, _)| message.complete));
        let at = self.answers.put(piece, Body::Here(turn));
        match message.and_then(|message| self.messages.take(message)) {
            Some(message) => self.join(message, at, None, out),
            None => self.bound(out),
        }
    }

    /// Takes in the announcement of an exchange.
    pub(crate) fn start(&mut self, start: FoundStart) {
        if self.tap_files && !is_tap(&start.place.file) {
            return;
        }
        self.in_use = true;
        self.exchanges = true;
        let ts = clock::past(start.ts);
        self.starts_at(ts);
        if self.ended.contains(&start.id) {
            return;
        }
        let FoundStart { id, what, place, blake3, .. } = start;
        self.begun.insert(id, Begun { ts, what, place, blake3 });
        if self.begun.len() > MOST {
            self.begun.pop_first();
        }
    }

    fn starts_at(&mut self, ts: i64) {
        self.known.first_exchange = Some(self.known.first_exchange.map_or(ts, |first| first.min(ts)));
    }

    /// Gives a message and its exchange as one turn; `edited` says how they differ.
    pub(crate) fn join(
        &mut self,
        (message, message_body): (Piece, Body),
        at: u64,
        edited: Option<String>,
        out: &mut Vec<Item>,
    ) {
        let Some((answer, answer_body)) = self.answers.take(at) else { return };
        if edited.is_none() && !message.keys.contains(&key::EMPTY) {
            let both = message.ts.min(answer.ts);
            self.known.both = Some(self.known.both.map_or(both, |known| known.max(both)));
        }
        if answer.answer.as_ref().is_some_and(|answer| answer.before > 0)
            && let Some(run) = message.run.clone()
            && !self.went_on.contains(&run)
        {
            self.went_on.push_back(run);
            if self.went_on.len() > 256 {
                self.went_on.pop_front();
            }
        }
        if answer.told {
            if !message.told {
                self.give(&message, message_body, out);
            }
            return;
        }
        let mut turn = match self.reader.turn(&answer, answer_body) {
            Ok(turn) => turn,
            Err(error) => {
                out.push(lost(&answer, &error));
                if !message.told {
                    self.give(&message, message_body, out);
                }
                return;
            }
        };
        joined(&mut turn, &message);
        if message.told {
            return self.alone(turn, out);
        }
        let thinking = if matches!(message_body, Body::There) && message.complete && turn.thinking.is_empty()
        {
            // What is read again is read for its thoughts alone, and an exchange without any is rare.
            true
        } else {
            matches!(message_body, Body::Here(_))
        };
        let mut said = None;
        if thinking || edited.is_some() {
            match self.reader.turn(&message, message_body) {
                Ok(turn) => said = Some(turn),
                Err(error) => out.push(lost(&message, &error)),
            }
        }
        let other = said.as_ref().and_then(|said| other_thinking(said, &turn));
        if let Some(detail) = edited {
            miss(&mut turn, "edited", detail);
        } else if other == Some(true) {
            let detail = format!(
                "the thinking of {} in the raw stream differs from that of its exchange",
                message.name
            );
            miss(&mut turn, "edited", detail);
        }
        let differs = turn.extra.contains_key(super::CAPTURE_GAP) || other.is_some();
        self.alone(turn, out);
        if let Some(said) = said.filter(|_| differs) {
            // What stands in the raw stream alone is judged as well.
            out.push(Item::Turn(said));
        }
    }

    /// Gives the turn of a piece.
    pub(crate) fn give(&mut self, piece: &Piece, body: Body, out: &mut Vec<Item>) {
        match self.reader.turn(piece, body) {
            Ok(turn) => self.alone(turn, out),
            Err(error) => out.push(lost(piece, &error)),
        }
    }

    /// Gives a turn, with the names of the tools whose results it holds.
    pub(crate) fn alone(&self, mut turn: Box<Turn>, out: &mut Vec<Item>) {
        for result in turn.tool_results.iter_mut().filter(|result| result.name.is_empty()) {
            if let Some((_, name)) = self.calls.iter().rev().find(|(id, _)| *id == result.id) {
                result.name.clone_from(name);
            }
        }
        out.push(Item::Turn(turn));
    }

    /// Keeps memory bounded: texts are left in their log files, or given out before their counterpart has come.
    fn bound(&mut self, out: &mut Vec<Item>) {
        while self.messages.len() > MOST {
            self.forget(false, out);
        }
        while self.answers.len() > MOST {
            self.forget(true, out);
        }
        if self.messages.held() + self.answers.held() <= MOST_HELD {
            return;
        }
        if !self.reader.paths.is_empty() {
            self.messages.thin();
            self.answers.thin();
        }
        while self.messages.held() > MOST_HELD / 2 && self.tell(false, out) {}
        while self.answers.held() > MOST_HELD / 2 && self.tell(true, out) {}
    }

    /// Lets the oldest piece go for good.
    fn forget(&mut self, answers: bool, out: &mut Vec<Item>) {
        let pieces = if answers { &mut self.answers } else { &mut self.messages };
        let Some((piece, body)) = pieces.oldest().and_then(|at| pieces.take(at)) else { return };
        if !piece.told {
            self.give(&piece, body, out);
        }
        if !piece.settled && self.gone_past(piece.ts) {
            out.extend(self.missing(&piece).map(|(why, detail)| gap(&piece, why, detail)));
        }
    }

    /// Gives out the texts that wait in memory, and keeps what is known of them: their counterparts may still come.
    pub(crate) fn pause(&mut self, out: &mut Vec<Item>) {
        while self.tell(false, out) {}
        while self.tell(true, out) {}
    }

    /// Gives out the oldest text that is in memory, and keeps what is known of it.
    fn tell(&mut self, answers: bool, out: &mut Vec<Item>) -> bool {
        let pieces = if answers { &mut self.answers } else { &mut self.messages };
        let oldest = pieces.in_order().find(|(_, _, body)| matches!(body, Body::Here(_))).map(|(at, ..)| at);
        let Some((mut piece, body)) = oldest.and_then(|at| pieces.take(at)) else { return false };
        piece.told = true;
        pieces.put(piece.clone(), Body::There);
        self.give(&piece, body, out);
        true
    }
}

/// A piece that waited and cannot be read any more.
fn lost(piece: &Piece, error: &std::io::Error) -> Item {
    Item::Bad(Bad {
        source_file: piece.place.file.clone(),
        start: piece.place.start,
        end: piece.place.end,
        blake3: if can_be_read_again(piece) { piece.blake3.clone() } else { String::new() },
        why: format!("cannot be read again: {error}"),
        at_end: false,
    })
}
