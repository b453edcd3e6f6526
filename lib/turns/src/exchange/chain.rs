//! How conversations go on: each exchange says how much of its conversation was recorded before it.

use super::end;
use super::piece::Piece;
use crate::Item;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many conversations are remembered.
const MOST: usize = 4096;
/// How many exchanges wait to be looked at in the order of their time.
const MOST_WAITING: usize = 8192;

/// What is known of the conversations.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// The most messages that are on record, and when that was last so.
    known: BTreeMap<String, (u64, i64)>,
    #[serde(skip)]
    waiting: Vec<Piece>,
}

impl Chain {
    /// Notes an exchange.
    pub(crate) fn note(&mut self, piece: &Piece, out: &mut Vec<Item>) {
        if piece.answer.as_ref().is_some_and(|answer| !answer.conversation.is_empty()) {
            self.waiting.push(Piece { keys: Vec::new(), ..piece.clone() });
        }
        if self.waiting.len() > MOST_WAITING {
            self.check(out);
        }
    }

    /// Looks at what was noted, in the order of time, and names the exchanges that say that more was recorded than there is.
    pub(crate) fn check(&mut self, out: &mut Vec<Item>) {
        self.waiting.sort_by_key(|piece| piece.begin);
        for piece in std::mem::take(&mut self.waiting) {
            let Some(answer) = &piece.answer else { continue };
            let known = self.known.get(&answer.conversation).map(|(known, _)| *known);
            // Of a conversation whose beginning is not in this record nothing can be said.
            if let Some(known) = known.filter(|known| answer.before > *known) {
                let detail = format!(
                    "exchange {} goes on from {} messages of its conversation, the record holds {known} at most: an exchange before it is missing",
                    answer.id, answer.before
                );
                out.push(end::gap(&piece, "exchange_missing", detail));
            }
            let entry = self.known.entry(answer.conversation.clone()).or_default();
            *entry = (entry.0.max(answer.after), piece.begin);
        }
        while self.known.len() > MOST {
            let oldest = self.known.iter().min_by_key(|(_, (_, ts))| *ts).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                self.known.remove(&oldest);
            }
        }
    }
}
