//! What answers, and their absence, mean for a ballot and for those who would be asked next.

use super::ballot::Seat;
use super::job::{About, Said, Silence};
use super::seating;
use super::sweep::Sweep;
use crate::client::CallError;
use crate::parts;
use std::collections::HashSet;

impl Sweep<'_> {
    /// An agent's answer on a part of a turn.
    pub(super) fn answer(&mut self, agent: usize, about: &About, result: Result<Said, Silence>) {
        let About::Part { matter, part, cut } = about else { return };
        if let Err(silence) = &result {
            self.fail(agent, silence);
        }
        if !self.is_awaited(agent, *matter, *cut) {
            return;
        }
        let too_long = matches!(result, Err(Silence::Call(CallError::ContextTooLong)));
        if too_long && self.smaller(agent, *matter) {
            return;
        }
        let Some(ballot) = self.ballots.get_mut(matter) else { return };
        let Some(seat) = ballot.seats.iter_mut().find(|seat| seat.agent == agent) else { return };
        match result {
            Ok(said) => {
                seat.take(*part, said, &self.agents[agent].name, self.panel.settings.threshold);
                self.report.votes += u64::from(seat.vote.is_some());
            }
            Err(silence) => {
                seat.silent = true;
                ballot.own |= silence.is_own();
                ballot.abstained.push((self.agents[agent].name.clone(), silence.to_string()));
                *self.report.abstentions.entry(silence.kind().to_owned()).or_default() += 1;
                self.agents[agent]
                    .queue
                    .retain(|about| !matches!(about, About::Part { matter: m, .. } if m == matter));
            }
        }
        self.changed.insert(*matter);
    }

    fn is_awaited(&self, agent: usize, matter: u64, cut: u32) -> bool {
        let seats = self.ballots.get(&matter).map(|ballot| ballot.seats.as_slice()).unwrap_or_default();
        seats.iter().any(|seat| seat.agent == agent && seat.cut == cut && seat.is_open())
    }

    /// Cuts a turn into smaller parts for an agent whose model cannot read it; false when they are small already.
    fn smaller(&mut self, agent: usize, matter: u64) -> bool {
        let server = self.agents[agent].server;
        let Some(ballot) = self.ballots.get_mut(&matter) else { return false };
        let turn = &ballot.matter.turn;
        let Some(seat) = ballot.seats.iter_mut().find(|seat| seat.agent == agent) else { return false };
        let limit = self.servers[server].limit;
        let now = parts::cut(turn, limit);
        // Another answer may have made the parts smaller meanwhile.
        let limit = if now.len() > seat.parts.len() { limit } else { limit / 2 };
        if limit < parts::SMALLEST {
            return false;
        }
        self.servers[server].limit = limit;
        let cut = seat.cut + 1;
        *seat = Seat::new(agent, cut, parts::cut(turn, limit));
        let count = seat.parts.len();
        let queue = &mut self.agents[agent].queue;
        queue.retain(|about| !matches!(about, About::Part { matter: m, .. } if *m == matter));
        queue.extend((0..count).map(|part| About::Part { matter, part, cut }));
        true
    }

    /// What a failed call means for those who would be asked next.
    pub(super) fn fail(&mut self, agent: usize, silence: &Silence) {
        match silence {
            Silence::Call(CallError::Budget) => self.broke = true,
            // A wrong key, an unknown model: nobody who asks the same will fare better. A question that is refused for what
            // stands in it says nothing about the others.
            Silence::Call(
                error @ (CallError::Rejected { status: 401..=404 | 407, .. }
                | CallError::Resting { .. }
                | CallError::Stopped),
            ) => {
                self.drop_server(self.agents[agent].server, &error.to_string());
            }
            _ => {}
        }
    }

    /// Asks a server's agents no more; what they were to judge goes to others.
    pub(super) fn drop_server(&mut self, server: usize, why: &str) {
        let gone: Vec<usize> = (0..self.agents.len())
            .filter(|n| self.agents[*n].server == server && self.agents[*n].is_live())
            .collect();
        for number in gone {
            self.agents[number].down = Some(why.to_owned());
            self.agents[number].queue.clear();
            let kind = Silence::Dropped(why.to_owned());
            for ballot in self.ballots.values_mut() {
                let open = |seat: &Seat| seat.agent == number && seat.vote.is_none();
                let before = ballot.seats.len();
                ballot.seats.retain(|seat| !open(seat));
                if ballot.seats.len() < before {
                    self.changed.insert(ballot.matter.id);
                    ballot.abstained.push((self.agents[number].name.clone(), why.to_owned()));
                    *self.report.abstentions.entry(kind.kind().to_owned()).or_default() += 1;
                }
            }
        }
        self.servers[server].test = None;
    }

    /// Gives what waits behind a slow agent to others.
    pub(super) fn relieve(&mut self) {
        for number in 0..self.agents.len() {
            let slow = self.agents[number].waiting() > self.panel.settings.slow;
            let others = self.agents.iter().enumerate().any(|(n, agent)| {
                n != number && agent.is_live() && agent.waiting() < self.panel.settings.slow
            });
            if !slow || !others {
                continue;
            }
            let waits = std::mem::take(&mut self.agents[number].queue);
            // Who waits for an answer that was asked for already waits just as long.
            let waiters = self.flying.values().flatten().filter(|(agent, _)| *agent == number);
            let asked = self.agents[number].asked.iter().map(|(about, _)| about);
            let asked: HashSet<u64> =
                asked.chain(waiters.map(|(_, about)| about)).filter_map(matter_of).collect();
            let (given, kept): (Vec<About>, Vec<About>) = waits
                .into_iter()
                .partition(|about| matter_of(about).is_some_and(|matter| !asked.contains(&matter)));
            self.agents[number].queue = kept.into();
            for matter in asked {
                self.hedge(matter);
            }
            for matter in given.iter().filter_map(matter_of) {
                if let Some(ballot) = self.ballots.get_mut(&matter) {
                    ballot.seats.retain(|seat| seat.agent != number || !seat.is_open());
                    self.changed.insert(matter);
                }
            }
        }
    }

    /// Seats one more agent on a ballot that waits for slow ones alone.
    fn hedge(&mut self, matter: u64) {
        let Some(mut ballot) = self.ballots.remove(&matter) else { return };
        let slow = self.panel.settings.slow;
        let waits = ballot
            .seats
            .iter()
            .filter(|seat| seat.is_open())
            .all(|seat| self.agents[seat.agent].waiting() > slow);
        if waits && seating::spare(&ballot, &self.agents) > 0 {
            let seated = ballot.seats.iter().filter(|seat| !seat.silent).count();
            self.seat(&mut ballot, seated + 1);
        }
        self.ballots.insert(matter, ballot);
    }
}

fn matter_of(about: &About) -> Option<u64> {
    match about {
        About::Part { matter, .. } => Some(*matter),
        About::Canary(_) => None,
    }
}
