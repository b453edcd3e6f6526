//! The panel: several agents, each with its lens and a server to ask, on threads of their own.
//!
//! One thread leads (see `sweep.rs`): it takes turns from the [`Docket`], seats agents, hands out questions, counts votes. An
//! agent has its own few threads, so one that is slow keeps nobody else from working, and it gets less to do.

mod agent;
mod answers;
mod ballot;
mod closing;
mod docket;
mod job;
mod known;
mod report;
mod room;
mod seating;
mod sweep;
mod testing;

use crate::client::Client;
pub use ballot::Vote;
pub use docket::{Docket, Known, Matter, Outcome, Ruling, Trust};
pub use report::Report;
use std::sync::Arc;
use std::time::Duration;

/// How a panel works.
#[derive(Debug, Clone)]
pub struct PanelSettings {
    /// How many agents are assigned to a turn of a stream that nothing speaks against.
    pub votes: usize,
    /// How many questions are asked at once.
    pub threads: usize,
    /// A severity that a judge is less sure of counts as clean.
    pub threshold: f64,
    /// After so many votes of a model, two known turns are put before it; 0 for never.
    pub canary_every: u64,
    /// Most bytes of a turn in one question.
    pub part_bytes: usize,
    /// An agent that needs longer than this, and much longer than the others, gets nothing more to do until it is back.
    pub slow: Duration,
    /// What makes old verdicts void: versions that the operator names.
    pub salt: String,
}

impl Default for PanelSettings {
    fn default() -> Self {
        Self {
            votes: 3,
            threads: 8,
            threshold: 0.6,
            canary_every: 50,
            part_bytes: 24_000,
            slow: Duration::from_secs(5),
            salt: String::new(),
        }
    }
}

/// The judges.
#[derive(Debug)]
pub struct Panel {
    clients: Vec<Arc<Client>>,
    settings: PanelSettings,
}

/// How many agents patrol this many streams with something new: one, and one more each time the streams double.
pub fn agents_for(streams: usize) -> usize {
    // ceil(1 + log2 n)
    1 + streams.max(1).next_power_of_two().trailing_zeros() as usize
}

impl Panel {
    /// A panel that asks these servers, in turn.
    pub fn new(clients: Vec<Arc<Client>>, settings: PanelSettings) -> Self {
        Self { clients, settings }
    }

    /// Whom it asks.
    pub fn clients(&self) -> &[Arc<Client>] {
        &self.clients
    }

    /// How it works.
    pub fn settings(&self) -> &PanelSettings {
        &self.settings
    }

    /// The name of what it asks for: providers and models.
    pub fn asked(&self) -> String {
        let names: Vec<String> = self.clients.iter().map(|client| name_of(client)).collect();
        names.join(",")
    }

    /// Judges everything on the docket. `streams` is how many streams have something on it.
    pub fn sweep(&self, docket: &mut dyn Docket, streams: usize) -> Report {
        sweep::Sweep::new(self, agents_for(streams)).run(docket)
    }
}

/// Who is asked, and for what.
fn name_of(client: &Client) -> String {
    format!("{}/{}", client.provider(), client.model())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_patrol_grows_with_the_logarithm_of_its_streams() {
        let agents: Vec<usize> = [0, 1, 2, 3, 4, 5, 8, 9, 1000, 1024, 1025].map(super::agents_for).to_vec();
        assert_eq!(agents, [1, 1, 2, 3, 3, 4, 4, 5, 11, 11, 12]);
    }
}
