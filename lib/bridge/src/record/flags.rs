//! The flags, as they are written.

use super::shape;
use super::tail::Tail;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// How many are shown; the oldest are left out.
const MOST: usize = 1000;

/// The flags of a log directory, by the order in which they came.
#[derive(Debug)]
pub struct Flags {
    tail: Tail,
    flags: BTreeMap<u64, Map<String, Value>>,
    /// A flag may be written twice: the later line counts, in the earlier one's place.
    places: BTreeMap<String, u64>,
    next: u64,
}

impl Flags {
    /// The flags in a directory.
    pub fn new(dir: &Path) -> Self {
        let tail = Tail::new(&dir.join("patrol_flags.jsonl"));
        Self { tail, flags: BTreeMap::new(), places: BTreeMap::new(), next: 0 }
    }

    /// Reads what is new: the flags that are, or `None` when nothing has changed.
    pub fn look(&mut self) -> Option<Vec<Map<String, Value>>> {
        let looked = self.tail.look();
        if !looked.anew && looked.lines.is_empty() {
            return None;
        }
        if looked.anew {
            self.flags.clear();
            self.places.clear();
        }
        let mut new = Vec::new();
        for flag in looked.lines.iter().filter_map(|line| shape::flag(line)) {
            let id = flag["flag_id"].as_str().unwrap_or_default().to_owned();
            let place = *self.places.entry(id).or_insert_with(|| {
                self.next += 1;
                self.next
            });
            if self.flags.insert(place, flag.clone()).is_none() {
                new.push(flag);
            }
            while self.flags.len() > MOST {
                if let Some((_, oldest)) = self.flags.pop_first() {
                    self.places.remove(oldest["flag_id"].as_str().unwrap_or_default());
                }
            }
        }
        Some(new)
    }

    /// All of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Map<String, Value>> {
        self.flags.values()
    }
}
