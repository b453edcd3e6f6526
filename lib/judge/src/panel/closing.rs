//! The end of a ballot.

use super::ballot::{Ballot, Vote};
use super::docket::{Docket, Outcome, Ruling};
use super::seating;
use super::sweep::Sweep;
use crate::client::CallError;
use crate::parts;

impl Sweep<'_> {
    /// Settles the ballots that came to something, and seats more agents on those that did not. False ends the sweep.
    pub(super) fn close(&mut self, docket: &mut dyn Docket) -> bool {
        for id in std::mem::take(&mut self.changed) {
            let Some(mut ballot) = self.ballots.remove(&id) else { continue };
            let spare = if self.broke { 0 } else { seating::spare(&ballot, &self.agents) };
            match ballot.ruling(spare) {
                Some(ruling) => {
                    if !self.settle(ballot, ruling, docket) {
                        return false;
                    }
                }
                None => {
                    let quorum = ballot.quorum;
                    let seated = ballot.seats.iter().filter(|seat| !seat.silent).count();
                    let stuck = ballot.open_seats() == 0;
                    self.seat(&mut ballot, quorum.max(seated + usize::from(stuck)));
                    self.ballots.insert(id, ballot);
                }
            }
        }
        true
    }

    /// Settles everything that is open: nobody will vote any more.
    pub(super) fn close_all(&mut self, docket: &mut dyn Docket) -> bool {
        let why = match (self.broke, self.agents.iter().find_map(|agent| agent.down.clone())) {
            (true, _) => CallError::Budget.to_string(),
            (false, Some(why)) => why,
            (false, None) => "nobody was there to judge it".to_owned(),
        };
        for (_, mut ballot) in std::mem::take(&mut self.ballots) {
            ballot.seats.retain(|seat| !seat.is_open());
            let ruling =
                ballot.ruling(0).unwrap_or_else(|| Ruling::Unreviewed { why: why.clone(), own: ballot.own });
            let ruling = match ruling {
                Ruling::Unreviewed { .. } if ballot.abstained.is_empty() => {
                    Ruling::Unreviewed { why: why.clone(), own: false }
                }
                other => other,
            };
            if !self.settle(ballot, ruling, docket) {
                return false;
            }
        }
        true
    }

    fn settle(&mut self, ballot: Ballot, ruling: Ruling, docket: &mut dyn Docket) -> bool {
        let size: usize = parts::fields(&ballot.matter.turn).iter().map(|(_, text)| text.len()).sum();
        self.bytes = self.bytes.saturating_sub(size);
        let votes: Vec<Vote> = ballot.seats.into_iter().filter_map(|seat| seat.vote).collect();
        match &ruling {
            Ruling::Verdict { severity, .. } => {
                self.report.reviewed += 1;
                self.report.dissent += votes.iter().filter(|vote| vote.counts != *severity).count() as u64;
            }
            Ruling::Unreviewed { .. } => self.report.unreviewed += 1,
        }
        let abstained = ballot.abstained;
        docket.settle(Outcome {
            id: ballot.matter.id,
            turn: ballot.matter.turn,
            votes,
            assigned: ballot.assigned,
            abstained,
            ruling,
        })
    }
}
