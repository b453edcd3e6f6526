//! Which turn came before which.

use sentrix_store::Place;
use std::collections::HashMap;

/// How many runs are kept apart.
const MOST: usize = 4096;

/// Where the latest turns stand: of each run, and of all.
#[derive(Debug, Default)]
pub struct Latest {
    runs: HashMap<String, Place>,
    last: Option<Place>,
}

impl Latest {
    /// Goes on after a turn that an earlier sweep has read.
    pub fn after(last: Option<Place>) -> Self {
        Self { runs: HashMap::new(), last }
    }

    /// Takes a turn in and gives the one before it: of its run, else of the record.
    pub fn pass(&mut self, run: Option<String>, place: &Place) -> Option<Place> {
        let before = run.as_ref().and_then(|run| self.runs.get(run).cloned()).or_else(|| self.last.clone());
        self.last = Some(place.clone());
        if let Some(run) = run {
            if self.runs.len() >= MOST && !self.runs.contains_key(&run) {
                self.runs.clear();
            }
            self.runs.insert(run, place.clone());
        }
        before
    }
}
