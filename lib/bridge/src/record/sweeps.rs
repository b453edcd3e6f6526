//! The patrol's sweeps, one JSON object a line, of whatever shape.

use super::tail::Tail;
use serde_json::Value;
use std::collections::VecDeque;
use std::path::Path;

/// How many are shown; the oldest are left out.
const MOST: usize = 200;
const LONGEST: usize = 64 << 10;

/// The latest sweeps of a log directory.
#[derive(Debug)]
pub struct Sweeps {
    tail: Tail,
    sweeps: VecDeque<Value>,
}

impl Sweeps {
    /// The sweeps in a directory.
    pub fn new(dir: &Path) -> Self {
        Self { tail: Tail::new(&dir.join("patrol_sweeps.jsonl")), sweeps: VecDeque::new() }
    }

    /// Reads what is new; whether there was something.
    pub fn look(&mut self) -> bool {
        let looked = self.tail.look();
        if looked.anew {
            self.sweeps.clear();
        }
        let before = self.sweeps.len();
        let lines = looked.lines.iter().filter(|line| line.len() <= LONGEST);
        let objects =
            lines.filter_map(|line| serde_json::from_str::<Value>(&String::from_utf8_lossy(line)).ok());
        self.sweeps.extend(objects.filter(Value::is_object));
        let new = looked.anew || self.sweeps.len() != before;
        while self.sweeps.len() > MOST {
            self.sweeps.pop_front();
        }
        new
    }

    /// The latest, oldest first.
    pub fn all(&self) -> &VecDeque<Value> {
        &self.sweeps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn sweeps_of_any_shape_are_shown_and_what_is_none_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut sweeps = Sweeps::new(dir.path());
        assert!(!sweeps.look());
        let path = dir.path().join("patrol_sweeps.jsonl");
        fs::write(&path, "{\"turns\":1}\nnull\n[]\n{torn\n\u{0}\n{}\n").unwrap();
        assert!(sweeps.look() && !sweeps.look());
        assert_eq!(sweeps.all().len(), 2);
        fs::write(&path, "{\"turns\":1}\n".repeat(1000)).unwrap();
        assert!(sweeps.look());
        assert_eq!(sweeps.all().len(), MOST);
    }
}
