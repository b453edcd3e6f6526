//! How many questions may leave.

use super::agent::Agent;
use std::time::Duration;

/// How many more questions may be asked at once: in all, and of each server, so that one that is slow cannot take the places of the others.
pub(super) struct Room {
    all: usize,
    servers: Vec<usize>,
}

impl Room {
    /// What is left of `most`. A question that is on its way for longer than `slow` counts no more: it may never be answered, and its agent
    /// is busy with it, so those do not add up.
    pub fn left(agents: &[Agent], servers: usize, most: usize, slow: Duration) -> Self {
        let live = || agents.iter().filter(|agent| agent.is_live());
        let working = (0..servers).filter(|server| live().any(|agent| agent.server == *server)).count();
        let share = most.div_ceil(working.max(1));
        let mut room = Self { all: most, servers: vec![share; servers] };
        for agent in live() {
            for (_, since) in &agent.asked {
                if since.elapsed() <= slow {
                    room.take(agent.server);
                }
            }
        }
        room
    }

    /// Whether a question may be asked of a server.
    pub fn has(&self, server: usize) -> bool {
        self.all > 0 && self.servers[server] > 0
    }

    /// A question is on its way to a server.
    pub fn take(&mut self, server: usize) {
        self.all = self.all.saturating_sub(1);
        self.servers[server] = self.servers[server].saturating_sub(1);
    }
}
