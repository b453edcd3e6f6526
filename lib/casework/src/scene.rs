//! What stands at the flagged place and around it.

use crate::exhibit::{Exhibit, Standing};
use crate::neighbours::{self, Place};
use crate::records::Records;
use sentrix_record::{Flag, Turn};

/// A flag with what the record holds of it.
#[derive(Debug)]
pub struct Scene {
    /// The flag.
    pub flag: Flag,
    /// What it cites.
    pub exhibits: Vec<Exhibit>,
    /// The flagged turn; `None` when it is missing, or when what was flagged is no turn (a gap in the record).
    pub turn: Option<Turn>,
    /// The turns before it, the nearest first.
    pub before: Vec<Turn>,
    /// The turns after it, the nearest first.
    pub after: Vec<Turn>,
    /// Where reading on in each direction begins.
    back: Place,
    forward: Place,
}

impl Scene {
    /// Looks at what a flag cites, and at `around` turns on each side.
    pub fn of(flag: Flag, records: &Records, around: usize) -> Self {
        let exhibits = Exhibit::of(&flag, records);
        let held = exhibits.iter().find(|exhibit| exhibit.standing.holds());
        let turn = held.and_then(|exhibit| turn_of(exhibit, &flag.run_id_ts));
        let place = |at| Place { file: held.map(|held| held.file.clone()).unwrap_or_default(), at };
        let back = place(held.map_or(0, |held| held.start));
        let forward = place(held.map_or(0, |held| held.end));
        let mut scene = Self { flag, exhibits, turn, before: Vec::new(), after: Vec::new(), back, forward };
        if scene.standing().holds() {
            scene.look_back(records, around);
            scene.look_forward(records, around);
        }
        scene
    }

    /// How far the evidence holds: as far as its weakest part.
    pub fn standing(&self) -> Standing {
        let rank = |standing: &Standing| match standing {
            Standing::Missing => 0,
            Standing::Changed => 1,
            Standing::Found => 2,
            Standing::Verified => 3,
        };
        let all = self.exhibits.iter().map(|exhibit| exhibit.standing);
        all.min_by_key(rank).unwrap_or(Standing::Missing)
    }

    /// Reads on before the place; returns how many turns there were.
    pub fn look_back(&mut self, records: &Records, count: usize) -> usize {
        let found = neighbours::before(records, &mut self.back, count);
        let read = found.len();
        self.before.extend(found);
        read
    }

    /// Reads on after the place; returns how many turns there were.
    pub fn look_forward(&mut self, records: &Records, count: usize) -> usize {
        let found = neighbours::after(records, &mut self.forward, count);
        let read = found.len();
        self.after.extend(found);
        read
    }

    /// The neighbours by their distance: one before, one after, and so on.
    pub fn neighbours(&self) -> Vec<(&'static str, &Turn)> {
        let mut all = Vec::with_capacity(self.before.len() + self.after.len());
        for n in 0..self.before.len().max(self.after.len()) {
            all.extend(self.before.get(n).map(|turn| ("BEFORE", turn)));
            all.extend(self.after.get(n).map(|turn| ("AFTER", turn)));
        }
        all
    }
}

fn turn_of(exhibit: &Exhibit, run_id_ts: &str) -> Option<Turn> {
    let copy = exhibit.copy.as_ref()?;
    let whole = neighbours::with_request(copy, &exhibit.file, exhibit.start, exhibit.end);
    let whole = whole.filter(|turn| turn.run_id_ts == run_id_ts);
    whole.or_else(|| {
        let turns = neighbours::turns(&exhibit.file, &exhibit.bytes, exhibit.start);
        turns.into_iter().find(|turn| turn.run_id_ts == run_id_ts)
    })
}
