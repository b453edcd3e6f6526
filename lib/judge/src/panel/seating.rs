//! Who judges what.

use super::agent::Agent;
use super::ballot::{Ballot, Seat};
use super::job::About;
use std::time::Duration;

/// Seats agents until as many can vote as have to; returns how many more could be seated.
///
/// The one with the least to do comes first, so that a slow one gets less; among equals it goes round.
pub(super) fn seat(
    ballot: &mut Ballot,
    agents: &mut [Agent],
    limits: &[usize],
    slow: Duration,
    wanted: usize,
) {
    while ballot.seats.iter().filter(|seat| !seat.silent).count() < wanted {
        let Some(number) = choose(ballot, agents, slow) else { return };
        let agent = &mut agents[number];
        let parts = ballot.cut(limits[agent.server]);
        let matter = ballot.matter.id;
        agent.queue.extend((0..parts.len()).map(|part| About::Part { matter, part, cut: 0 }));
        ballot.seats.push(Seat::new(number, 0, parts));
    }
}

/// How many agents could still be seated.
pub(super) fn spare(ballot: &Ballot, agents: &[Agent]) -> usize {
    let left = ballot.assigned.saturating_sub(ballot.seats.len());
    left.min((0..agents.len()).filter(|number| is_free(ballot, agents, *number)).count())
}

fn is_free(ballot: &Ballot, agents: &[Agent], number: usize) -> bool {
    agents[number].is_live() && !ballot.seats.iter().any(|seat| seat.agent == number)
}

fn choose(ballot: &Ballot, agents: &[Agent], slow: Duration) -> Option<usize> {
    if ballot.seats.len() >= ballot.assigned {
        return None;
    }
    let first = usize::try_from(ballot.matter.id % agents.len().max(1) as u64).unwrap_or(0);
    (0..agents.len())
        .map(|step| (first + step) % agents.len())
        .filter(|number| is_free(ballot, agents, *number))
        .min_by_key(|number| (agents[*number].waiting() > slow, agents[*number].load()))
}
