//! Known turns: who judges them wrongly judges nothing else.

use super::docket::{Docket, Trust};
use super::job::{About, Said, Silence};
use super::sweep::{Sweep, Test};
use crate::canary;

/// How often a known turn is put again that got no verdict.
const TRIES: u32 = 3;

impl Sweep<'_> {
    /// Puts known turns before models whose time has come.
    pub(super) fn test(&mut self) {
        let every = self.panel.settings.canary_every;
        if every == 0 {
            return;
        }
        for number in 0..self.servers.len() {
            let server = &mut self.servers[number];
            if server.test.is_some() || !(server.trust.lost || server.trust.votes >= every) {
                continue;
            }
            let agents = self.agents.iter_mut().enumerate();
            let least = agents
                .filter(|(_, agent)| agent.server == number && agent.is_live())
                .min_by_key(|(_, agent)| agent.load());
            let Some((agent, least)) = least else { continue };
            let canaries = canary::pair(server.trust.tests);
            (0..canaries.len()).for_each(|n| least.queue.push_front(About::Canary(n)));
            server.test = Some(Test { left: canaries.len(), canaries, agent, tries: 0 });
        }
    }

    /// A verdict on a known turn.
    pub(super) fn canary(
        &mut self,
        agent: usize,
        number: usize,
        result: Result<Said, Silence>,
        docket: &mut dyn Docket,
    ) {
        let index = self.agents[agent].server;
        let server = &mut self.servers[index];
        let Some(test) = &mut server.test else { return };
        let said = match result {
            Ok(said) => said,
            Err(silence) => {
                test.tries += 1;
                if test.tries < TRIES && self.agents[agent].is_live() {
                    self.agents[test.agent].queue.push_front(About::Canary(number));
                } else {
                    // Neither right nor wrong: it is tried again when it answers.
                    server.test = None;
                    self.fail(agent, &silence);
                    if self.servers[index].trust.lost {
                        self.drop_server(index, "it did not judge known turns");
                    }
                    self.changed.extend(self.ballots.keys());
                }
                return;
            }
        };
        test.left -= 1;
        if test.canaries[number].is_right(said.opinion.severity) {
            self.report.canaries.0 += 1;
            if test.left == 0 {
                server.test = None;
                server.trust = Trust { votes: 0, tests: server.trust.tests + 1, lost: false };
                docket.set_trust(&server.name, server.trust);
            }
            return;
        }
        self.report.canaries.1 += 1;
        server.test = None;
        server.trust = Trust { lost: true, tests: server.trust.tests + 1, ..server.trust };
        docket.set_trust(&server.name, server.trust);
        self.void(index);
        self.drop_server(index, "it misjudged a turn whose verdict is known");
        self.changed.extend(self.ballots.keys());
    }

    /// Takes a server's votes back.
    fn void(&mut self, server: usize) {
        let of_server: Vec<bool> = self.agents.iter().map(|agent| agent.server == server).collect();
        for ballot in self.ballots.values_mut() {
            for seat in ballot.seats.iter_mut().filter(|seat| of_server[seat.agent]) {
                seat.vote = None;
            }
        }
    }
}
