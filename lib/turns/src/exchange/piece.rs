//! A piece of the record that waits for its counterpart: a message of the raw stream, or an exchange.

use sentrix_record::Turn;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The extra field of a turn that says what is missing from the record beside it.
pub const CAPTURE_GAP: &str = "capture_gap";

/// A stretch of a log file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// What is known of a piece without its text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// When the message ended, epoch milliseconds.
    pub(crate) ts: i64,
    /// When it began, as far as is known.
    pub(crate) begin: i64,
    /// What its counterpart may be known by.
    pub(crate) keys: Vec<u64>,
    /// The turn's name, as long as it stands alone.
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<String>,
    pub(crate) place: Place,
    pub(crate) blake3: String,
    /// Whether it reached its end.
    pub(crate) complete: bool,
    /// It was given as a turn already; it stays so that its counterpart finds it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) told: bool,
    /// It was said to have no counterpart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) settled: bool,
    /// What only an exchange has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Answer>,
}

/// What is known of an exchange.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) id: String,
    pub(crate) conversation: String,
    /// The raw stream may have it.
    pub(crate) joins: bool,
    /// The raw stream must have it.
    pub(crate) must: bool,
    /// How many messages of the conversation are said to be on record before it.
    pub(crate) before: u64,
    /// How many are on record with it, and with its answer.
    pub(crate) after: u64,
}

/// The text of a piece that waits.
#[derive(Debug)]
pub(crate) enum Body {
    /// In memory.
    Here(Box<Turn>),
    /// In the log file.
    There,
}

/// Pieces of one kind that wait.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    all: BTreeMap<u64, (Piece, Body)>,
    /// Key, time, position.
    by_key: BTreeSet<(u64, i64, u64)>,
    /// Positions in the order of time.
    by_ts: BTreeSet<(i64, u64)>,
    next: u64,
    /// Bytes of text in memory.
    held: usize,
}

impl Pieces {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn held(&self) -> usize {
        self.held
    }

    pub(crate) fn put(&mut self, piece: Piece, body: Body) -> u64 {
        let at = self.next;
        self.next += 1;
        for key in &piece.keys {
            self.by_key.insert((*key, piece.ts, at));
        }
        self.by_ts.insert((piece.ts, at));
        self.held += size(&body);
        self.all.insert(at, (piece, body));
        at
    }

    pub(crate) fn take(&mut self, at: u64) -> Option<(Piece, Body)> {
        let (piece, body) = self.all.remove(&at)?;
        for key in &piece.keys {
            self.by_key.remove(&(*key, piece.ts, at));
        }
        self.by_ts.remove(&(piece.ts, at));
        self.held -= size(&body);
        Some((piece, body))
    }

    pub(crate) fn get(&self, at: u64) -> Option<&(Piece, Body)> {
        self.all.get(&at)
    }

    /// The position of the oldest.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.by_ts.first().map(|(_, at)| *at)
    }

    /// All of them, the oldest first.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (u64, &Piece, &Body)> {
        self.by_ts.iter().filter_map(|(_, at)| self.all.get(at).map(|(piece, body)| (*at, piece, body)))
    }

    /// Those whose end lies within so many milliseconds of a time.
    pub(crate) fn near(&self, ts: i64, within: i64) -> impl Iterator<Item = (u64, &Piece)> {
        let range = (ts.saturating_sub(within), 0)..=(ts.saturating_add(within), u64::MAX);
        self.by_ts.range(range).filter_map(|(_, at)| self.all.get(at).map(|(piece, _)| (*at, piece)))
    }

    /// The nearest in time that has one of the keys; `rank` tells better ones from worse at any distance.
    pub(crate) fn nearest(
        &self,
        keys: &[u64],
        ts: i64,
        within: i64,
        rank: impl Fn(&Piece) -> bool,
    ) -> Option<u64> {
        let (from, to) = (ts.saturating_sub(within), ts.saturating_add(within));
        keys.iter()
            .flat_map(|key| self.by_key.range((*key, from, 0)..=(*key, to, u64::MAX)))
            .filter_map(|(_, _, at)| self.all.get(at).map(|(piece, _)| (*at, piece)))
            .min_by_key(|(at, piece)| (!rank(piece), piece.ts.abs_diff(ts), *at))
            .map(|(at, _)| at)
    }

    /// Leaves the texts that can be read again in their log files.
    pub(crate) fn thin(&mut self) {
        for (piece, body) in self.all.values_mut() {
            if can_be_read_again(piece) && matches!(body, Body::Here(_)) {
                self.held -= size(body);
                *body = Body::There;
            }
        }
    }
}

/// A run without an end event stands in many places.
pub(crate) fn can_be_read_again(piece: &Piece) -> bool {
    piece.answer.is_some() || piece.complete
}

fn size(body: &Body) -> usize {
    match body {
        Body::There => 0,
        Body::Here(turn) => {
            let messages: usize = turn.user_messages.iter().map(|message| message.content.len()).sum();
            let results: usize = turn.tool_results.iter().map(|result| result.content.len()).sum();
            let calls: usize = turn.tool_calls.iter().map(|call| call.arguments.json().get().len()).sum();
            turn.text.len() + turn.thinking.len() + messages + results + calls + 512
        }
    }
}
