//! What is due: pieces whose counterpart should have come.

use super::end::{gap, miss};
use super::key;
use super::ledger::{Ledger, NEAR};
use super::piece::{Body, Piece};
use crate::Item;

/// The same text at this distance is still the same message, when nothing nearer is there.
const FAR: i64 = 120_000;
/// So long after a message the other record is given to hold it, once it has gone on, milliseconds.
const GRACE: i64 = 30_000;
/// How long an exchange may take.
const LONGEST: i64 = 30 * 60_000;
/// How many pieces that were said to be missing something are kept for a late counterpart.
const MOST_SETTLED: usize = 256;

impl Ledger {
    /// Settles what has waited long enough: what ended before `before` (epoch milliseconds), and what both records have gone past.
    pub(crate) fn settle(&mut self, before: i64, out: &mut Vec<Item>) {
        if !self.in_use {
            return;
        }
        self.chain.check(out);
        for at in self.due(false, before) {
            self.settle_message(at, out);
        }
        for at in self.due(true, before) {
            self.settle_answer(at, out);
        }
        let stale = before.saturating_sub(LONGEST);
        let broken: Vec<String> =
            self.begun.iter().filter(|(_, begun)| begun.ts < stale).map(|(id, _)| id.clone()).collect();
        for id in broken {
            let Some(begun) = self.begun.remove(&id) else { continue };
            let detail = format!(
                "exchange {id} with {} began and has no end in the record: the tap was stopped, or its record is not whole",
                begun.what
            );
            let piece =
                Piece { begin: begun.ts, place: begun.place, blake3: begun.blake3, ..Piece::default() };
            out.push(gap(&piece, "exchange_broken", detail));
        }
        self.prune();
    }

    /// Gives out everything that waits, as it is.
    pub(crate) fn finish(&mut self, out: &mut Vec<Item>) {
        self.chain.check(out);
        for at in positions(self.messages.in_order()) {
            if let Some(answer) = self.counterpart(at)
                && let Some(message) = self.messages.take(at)
            {
                self.join(message, answer, None, out);
            }
        }
        for answers in [false, true] {
            let pieces = if answers { &mut self.answers } else { &mut self.messages };
            for at in positions(pieces.in_order()) {
                let pieces = if answers { &mut self.answers } else { &mut self.messages };
                if let Some((piece, body)) = pieces.take(at).filter(|(piece, _)| !piece.told) {
                    self.give(&piece, body, out);
                }
            }
        }
    }

    /// Whether anything is due.
    pub fn is_due(&self, before: i64) -> bool {
        !self.due(false, before).is_empty()
            || !self.due(true, before).is_empty()
            || self.begun.values().any(|begun| begun.ts < before.saturating_sub(LONGEST))
    }

    /// Whether both records have gone past a time.
    pub(crate) fn gone_past(&self, ts: i64) -> bool {
        self.known.both.is_some_and(|both| ts.saturating_add(GRACE) < both)
    }

    fn due(&self, answers: bool, before: i64) -> Vec<u64> {
        let pieces = if answers { &self.answers } else { &self.messages };
        let until = self.known.both.map_or(before, |both| before.max(both.saturating_sub(GRACE)));
        pieces
            .in_order()
            .take_while(|(_, piece, _)| piece.ts < until)
            .filter(|(_, piece, _)| !piece.settled)
            .map(|(at, ..)| at)
            .collect()
    }

    /// The exchange that is a message's, though it is not near, or either of the two broke off.
    fn counterpart(&self, at: u64) -> Option<u64> {
        let (message, body) = self.messages.get(at)?;
        if let Some(answer) =
            self.answers.nearest(&message.keys, message.ts, FAR, |answer| !answer.told && !answer.settled)
        {
            return Some(answer);
        }
        // A text that was given out is not there to be compared.
        let Body::Here(said) = body else { return None };
        let candidates = self.answers.in_order().filter(|(_, answer, _)| {
            !answer.told
                && (!message.complete || !answer.complete)
                && (answer.begin - NEAR..=answer.ts + NEAR).contains(&message.ts)
        });
        for (at, answer, body) in candidates {
            let related = match body {
                Body::Here(known) => key::related(&said.text, &known.text),
                Body::There => self
                    .reader
                    .turn(answer, Body::There)
                    .is_ok_and(|known| key::related(&said.text, &known.text)),
            };
            if related {
                return Some(at);
            }
        }
        None
    }

    fn settle_message(&mut self, at: u64, out: &mut Vec<Item>) {
        if let Some(answer) = self.counterpart(at) {
            if let Some(message) = self.messages.take(at) {
                self.join(message, answer, None, out);
            }
            return;
        }
        let Some((mut message, body)) = self.messages.take(at) else { return };
        let edited = self
            .answers
            .near(message.ts, NEAR)
            .filter(|(_, answer)| {
                !answer.told && !answer.settled && answer.answer.as_ref().is_some_and(|answer| answer.must)
            })
            .min_by_key(|(at, answer)| (answer.ts.abs_diff(message.ts), *at))
            .and_then(|(at, answer)| Some((at, answer.answer.as_ref()?.id.clone())))
            .filter(|_| message.complete && !message.told && !message.keys.contains(&key::EMPTY));
        if let Some((answer, id)) = edited {
            let detail = format!(
                "the raw stream's text of {} is not that of exchange {id} at the same time: one of the two was edited, or forged",
                message.name
            );
            return self.join((message, body), answer, Some(detail), out);
        }
        let missing = self.missing(&message);
        self.give_with(&message, body, missing.as_ref(), out);
        if missing.is_some() {
            (message.told, message.settled) = (true, true);
            self.messages.put(message, Body::There);
        }
    }

    fn settle_answer(&mut self, at: u64, out: &mut Vec<Item>) {
        let Some((mut answer, body)) = self.answers.take(at) else { return };
        let missing = self.missing(&answer);
        self.give_with(&answer, body, missing.as_ref(), out);
        if missing.is_some() {
            (answer.told, answer.settled) = (true, true);
            self.answers.put(answer, Body::There);
        }
    }

    /// Gives out a piece, with what is missing from the record beside it.
    fn give_with(
        &mut self,
        piece: &Piece,
        body: Body,
        missing: Option<&(&str, String)>,
        out: &mut Vec<Item>,
    ) {
        if piece.told {
            out.extend(missing.map(|(why, detail)| gap(piece, why, detail.clone())));
            return;
        }
        let from = out.len();
        self.give(piece, body, out);
        if let (Some((why, detail)), Some(Item::Turn(turn))) = (missing, out.get_mut(from)) {
            miss(turn, why, detail.clone());
        }
    }

    /// What the other record should have and has not.
    pub(crate) fn missing(&self, piece: &Piece) -> Option<(&'static str, String)> {
        match &piece.answer {
            None => {
                let went_on = piece.run.as_ref().is_some_and(|run| self.went_on.contains(run));
                let covered =
                    self.known.first_exchange.is_some_and(|first| first <= piece.ts.saturating_add(1000));
                (self.exchanges && (covered || went_on) && !piece.keys.contains(&key::EMPTY)).then(|| {
                    let detail = format!(
                        "{} of the raw stream has no exchange: it was forged, or its exchange is missing from the record",
                        piece.name
                    );
                    ("no_exchange", detail)
                })
            }
            Some(answer) => {
                let covered = self.known.first_message.is_some_and(|first| first <= piece.ts);
                (covered && answer.must).then(|| {
                    let detail = format!(
                        "exchange {} has no message in the raw stream: the agent did not write it down, or it was removed",
                        answer.id
                    );
                    ("no_message", detail)
                })
            }
        }
    }

    /// Forgets the oldest of those that are kept for a late counterpart.
    fn prune(&mut self) {
        for pieces in [&mut self.messages, &mut self.answers] {
            let settled: Vec<u64> =
                pieces.in_order().filter(|(_, piece, _)| piece.settled).map(|(at, ..)| at).collect();
            for at in settled.iter().take(settled.len().saturating_sub(MOST_SETTLED)) {
                pieces.take(*at);
            }
        }
    }
}

fn positions<'a>(pieces: impl Iterator<Item = (u64, &'a Piece, &'a Body)>) -> Vec<u64> {
    pieces.map(|(at, ..)| at).collect()
}
