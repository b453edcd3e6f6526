//! System prompts and tool schemas that a log file holds already.

use sentrix_record::exchange::Exchange;
use std::collections::HashSet;

/// Digests of what the open log file holds whole.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashSet<String>);

impl Seen {
    /// Leaves out of an exchange what the log file holds already, and gives the digests of what it will hold with it.
    pub(crate) fn shorten(&self, exchange: &mut Exchange) -> Vec<String> {
        let mut new = Vec::new();
        if let Some(system) = &mut exchange.request.system {
            if self.0.contains(&system.blake3) { system.text = None } else { new.push(system.blake3.clone()) }
        }
        if let Some(tools) = &mut exchange.request.tools {
            if self.0.contains(&tools.blake3) {
                (tools.schemas, tools.names) = (None, Vec::new());
            } else {
                new.push(tools.blake3.clone());
            }
        }
        new
    }

    /// Takes note of what was written.
    pub(crate) fn add(&mut self, digests: Vec<String>) {
        self.0.extend(digests);
    }

    /// A new log file holds nothing.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
