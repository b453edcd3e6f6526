//! A ledger between two sweeps.

use super::chain::Chain;
use super::ledger::{Begun, Known, Ledger};
use super::piece::{Body, Piece, Pieces, can_be_read_again};
use sentrix_record::Turn;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, VecDeque};

#[derive(Default, Serialize, Deserialize)]
struct Saved {
    v: u32,
    tap_files: bool,
    exchanges: bool,
    known: Known,
    messages: Vec<Waiting>,
    answers: Vec<Waiting>,
    begun: BTreeMap<String, Begun>,
    chain: Chain,
    calls: VecDeque<(String, String)>,
    went_on: VecDeque<String>,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    piece: Piece,
    /// The turn itself, where the log file does not give it back in one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn: Option<Box<RawValue>>,
}

impl Ledger {
    /// What the next sweep goes on with; nothing where no exchange is known.
    pub fn save(&self) -> Option<String> {
        if !self.in_use {
            return None;
        }
        let saved = Saved {
            v: 1,
            tap_files: self.tap_files,
            exchanges: self.exchanges,
            known: self.known.clone(),
            messages: waiting(&self.messages),
            answers: waiting(&self.answers),
            begun: self.begun.clone(),
            chain: self.chain.clone(),
            calls: self.calls.clone(),
            went_on: self.went_on.clone(),
        };
        serde_json::to_string(&saved).ok()
    }

    /// A ledger that an earlier sweep left; an empty one when it cannot be read.
    pub fn restore(saved: &str) -> Self {
        let Ok(saved) = serde_json::from_str::<Saved>(saved) else { return Self::default() };
        let mut ledger = Self {
            in_use: true,
            tap_files: saved.tap_files,
            exchanges: saved.exchanges,
            known: saved.known,
            begun: saved.begun,
            chain: saved.chain,
            calls: saved.calls,
            went_on: saved.went_on,
            ..Self::default()
        };
        put(&mut ledger.messages, saved.messages);
        put(&mut ledger.answers, saved.answers);
        ledger
    }
}

fn waiting(pieces: &Pieces) -> Vec<Waiting> {
    pieces
        .in_order()
        .map(|(_, piece, body)| Waiting {
            piece: piece.clone(),
            turn: match body {
                Body::Here(turn) if !can_be_read_again(piece) => serde_json::value::to_raw_value(turn).ok(),
                _ => None,
            },
        })
        .collect()
}

fn put(pieces: &mut Pieces, waiting: Vec<Waiting>) {
    for Waiting { piece, turn } in waiting {
        let turn = turn.and_then(|json| Turn::from_json(json.get().as_bytes()).ok());
        pieces.put(piece, turn.map_or(Body::There, |turn| Body::Here(Box::new(turn))));
    }
}
