//! Flags out of the state to where they go.

use crate::alerts::Alerts;
use crate::deliver::{Outlet, text};
use crate::sweep::store_failure;
use sentrix_cli::{Failure, note, warn};
use sentrix_record::Flag;
use sentrix_store::PatrolStore;
use std::collections::HashSet;

/// How many flags go out at once.
const BATCH: usize = 2048;

/// Sends flags out and names them.
pub struct Delivery {
    pub outlet: Outlet,
    /// Who tells somebody.
    pub alerts: Option<Alerts>,
    /// Flags that the outlet has and the reader has not yet.
    collected: HashSet<String>,
    named: usize,
    /// How many turns were last said to be unreviewed.
    pub unreviewed: u64,
}

impl Delivery {
    pub fn new(outlet: Outlet, alerts: Option<Alerts>) -> Self {
        Self { outlet, alerts, collected: HashSet::new(), named: 0, unreviewed: 0 }
    }

    /// Sends out every flag that has not arrived yet.
    pub fn deliver(&mut self, store: &mut PatrolStore) -> Result<(), Failure> {
        if let Some(alerts) = &self.alerts {
            alerts.wake();
        }
        let mut waiting = store.undelivered().map_err(store_failure)?;
        waiting.retain(|(id, _)| !self.collected.contains(id));
        for chunk in waiting.chunks(BATCH) {
            let mut flags: Vec<Flag> = Vec::with_capacity(chunk.len());
            for (id, record) in chunk {
                match serde_json::from_str(record) {
                    Ok(flag) => flags.push(flag),
                    Err(error) => warn(format_args!("flag {id} in the state cannot be read: {error}")),
                }
            }
            flags.sort_by(|a, b| (&a.source_file, place(a)).cmp(&(&b.source_file, place(b))));
            self.outlet.deliver(&flags)?;
            self.name(&flags);
            let ids = chunk.iter().map(|(id, _)| id.clone());
            if self.outlet.collects() {
                self.collected.extend(ids);
            } else {
                store.delivered(ids).map_err(store_failure)?;
            }
        }
        Ok(())
    }

    /// Ends the output. What was collected counts as delivered when it is written, not before.
    pub fn finish(&mut self, store: &mut PatrolStore) -> Result<(), Failure> {
        self.outlet.finish()?;
        store.delivered(self.collected.drain()).map_err(store_failure)
    }

    /// Names flags that go into a file to whoever watches.
    fn name(&mut self, flags: &[Flag]) {
        if self.outlet.path().is_none() {
            return;
        }
        for flag in flags {
            self.named += 1;
            match self.named {
                ..=20 => {
                    let first = text(flag).lines().next().unwrap_or_default().trim_end().to_owned();
                    note(format_args!("flagged {first} in turn {}", flag.run_id_ts));
                }
                21 => note("more flags than are named here: see the flags file"),
                _ => {}
            }
        }
    }
}

fn place(flag: &Flag) -> u64 {
    flag.evidence.first().map_or(0, |evidence| evidence.start)
}
