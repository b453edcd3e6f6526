//! What waits for the judges, out of the state and back into it.

use crate::delivery::Delivery;
use crate::flagging;
use crate::judged::Summary;
use crate::place::{self, Paths};
use crate::reviewer::Reviewer;
use crate::stateless::now;
use crate::sweep::store_failure;
use crate::voting::decide;
use sentrix_cli::{Failure, Signals, note, warn};
use sentrix_judge::{Docket, Known, Matter, Outcome, Ruling, Suspicion, Trust};
use sentrix_record::{Flag, Severity, epoch_millis};
use sentrix_store::{PatrolStore, Reviewed, SavedTrust, SavedVerdict, StoreError, Waiting};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime};

/// How long a verdict may be unsaved: a patrol that is killed asks again for what it lost.
const UNSAVED: Duration = Duration::from_millis(50);

/// How many turns are looked at in one sweep; the rest is for the next.
const MOST: usize = 1 << 20;

/// What a hearing needs of the patrol.
pub struct Room<'a> {
    pub store: &'a mut PatrolStore,
    pub delivery: &'a mut Delivery,
    pub reviewer: &'a Reviewer,
    pub paths: &'a Paths,
    pub signals: &'a Signals,
    /// No turn is taken up after this.
    pub until: Option<Instant>,
}

fn millis() -> i64 {
    epoch_millis(SystemTime::now())
}

/// The docket of a sweep.
pub struct StateDocket<'a, 'b> {
    room: &'a mut Room<'b>,
    summary: &'a mut Summary,
    /// Why turns got no verdict, and how many.
    why: HashMap<String, u64>,
    /// What ended the sweep.
    failure: Option<Failure>,
    order: VecDeque<i64>,
    /// Turns that are before the judges.
    before: HashMap<u64, Waiting>,
    /// Streams that have become warmer.
    heat: HashMap<String, Suspicion>,
}

impl<'a, 'b> StateDocket<'a, 'b> {
    /// Opens it; what is done in it is saved by [`StateDocket::close`] at the latest.
    pub fn open(room: &'a mut Room<'b>, summary: &'a mut Summary) -> Result<Self, Failure> {
        let order =
            room.store.pending_order(MOST, room.until.map(|_| millis())).map_err(store_failure)?.into();
        room.store.gather();
        Ok(Self {
            room,
            summary,
            why: HashMap::new(),
            failure: None,
            order,
            before: HashMap::new(),
            heat: HashMap::new(),
        })
    }

    /// Saves what is not saved yet; gives why turns got no verdict, and what ended the sweep.
    pub fn close(mut self) -> (HashMap<String, u64>, Option<Failure>) {
        let saved = self.room.store.scatter();
        self.check(saved);
        (self.why, self.failure)
    }

    /// Ends the sweep with a failure of the state.
    fn check<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failure.get_or_insert_with(|| store_failure(error));
                None
            }
        }
    }

    fn matter(&self, id: i64, waiting: &Waiting) -> Option<Matter> {
        let turn = place::turn(&waiting.turn, self.room.paths)?;
        let before =
            waiting.turn.before.as_ref().and_then(|before| place::last_turn(before, self.room.paths));
        let level = self.heat.get(&waiting.turn.stream).copied();
        Some(Matter {
            id: id.cast_unsigned(),
            turn,
            context: before.map(|turn| sentrix_judge::context(&turn)).unwrap_or_default(),
            suspicion: level.unwrap_or_else(|| Suspicion::new(waiting.suspicion)),
        })
    }

    /// A turn that is not there any more cannot be judged, and that must not pass in silence.
    fn give_up(&mut self, id: i64, waiting: &Waiting) {
        let place = &waiting.turn.place;
        warn(format_args!(
            "turn {} was not judged: {} does not hold it any more",
            waiting.turn.run_id_ts, place.file
        ));
        let flag = flagging::of_loss(&waiting.turn, &now());
        let saved = self.room.store.give_up(id, &flag);
        self.check(saved);
    }

    fn save(
        &mut self,
        outcome: &Outcome,
        waiting: &Waiting,
        severity: Severity,
        confidence: f64,
    ) -> Option<()> {
        let turn = &waiting.turn;
        let known = self.room.store.flag(&Flag::id(&turn.run_id_ts, &turn.blake3));
        let rules = self.check(known)?;
        let known = rules.as_ref().map(|flag| flag.consensus_severity);
        let before =
            self.heat.get(&turn.stream).copied().unwrap_or_else(|| Suspicion::new(waiting.suspicion));
        // A dissent warms the stream as a finding does: the next turns are looked at by more.
        let warm = outcome.votes.iter().any(|vote| vote.counts > Severity::Clean);
        let level = if warm || severity > Severity::Clean { before.deposit() } else { before };
        let decided = decide(outcome, severity, confidence, rules, level.level(), self.room.reviewer, &now());
        let reviewed = Reviewed {
            run_id_ts: turn.run_id_ts.clone(),
            blake3: turn.blake3.clone(),
            source_file: turn.place.file.clone(),
            status: decided.severity,
            flag: decided.flag,
            answered: Some(decided.answered),
        };
        let heat = (level != before).then_some((turn.stream.as_str(), level.level()));
        let id = outcome.id.cast_signed();
        let saved = self.room.store.settle(id, &reviewed, heat, &self.room.reviewer.version, &now());
        self.check(saved)?;
        self.heat.insert(turn.stream.clone(), level);
        self.summary.settled(known, decided.severity);
        if known.is_none_or(|known| known < decided.severity) && decided.severity > Severity::Clean {
            self.deliver();
        }
        Some(())
    }

    fn deliver(&mut self) {
        // No flag leaves that a crash could undo.
        let saved = self.room.store.flush();
        if self.check(saved).is_none() {
            return;
        }
        if let Err(failure) = self.room.delivery.deliver(self.room.store) {
            self.failure = Some(failure);
        }
    }
}

impl Docket for StateDocket<'_, '_> {
    fn next(&mut self) -> Option<Matter> {
        while self.failure.is_none() && self.room.until.is_none_or(|until| Instant::now() < until) {
            let id = self.order.pop_front()?;
            let waiting = self.room.store.waiting(id);
            let Some(waiting) = self.check(waiting)? else { continue };
            match self.matter(id, &waiting) {
                Some(matter) => {
                    self.before.insert(matter.id, waiting);
                    return Some(matter);
                }
                None => self.give_up(id, &waiting),
            }
        }
        None
    }

    fn settle(&mut self, outcome: Outcome) -> bool {
        let Some(waiting) = self.before.remove(&outcome.id) else { return true };
        match &outcome.ruling {
            Ruling::Verdict { severity, confidence } => {
                self.save(&outcome, &waiting, *severity, *confidence);
            }
            Ruling::Unreviewed { why, own } => {
                if *own {
                    let saved = self.room.store.postpone(outcome.id.cast_signed(), why, millis());
                    self.check(saved);
                }
                *self.why.entry(why.clone()).or_default() += 1;
            }
        }
        self.failure.is_none()
    }

    fn rest(&mut self) -> Duration {
        match self.room.store.unsaved() {
            None => Duration::MAX,
            Some(age) if age < UNSAVED => UNSAVED - age,
            Some(_) => {
                let saved = self.room.store.flush();
                self.check(saved);
                Duration::MAX
            }
        }
    }

    fn stopped(&mut self) -> bool {
        self.failure.is_some() || self.room.signals.stopped().is_some()
    }

    fn recall(&mut self, key: &str) -> Option<Known> {
        let known = self.room.store.verdict(key);
        let known = self.check(known)??;
        Some(Known { verdict: known.verdict, provider: known.provider, model: known.model })
    }

    fn remember(&mut self, key: &str, asked: &str, known: &Known) {
        let Known { verdict, provider, model } = known.clone();
        let saved =
            self.room.store.save_verdict(key, &SavedVerdict { verdict, provider, model }, asked, &now());
        self.check(saved);
    }

    fn trust(&mut self, model: &str) -> Trust {
        let trust = self.room.store.trust(model);
        let trust = self.check(trust).unwrap_or_default();
        Trust { votes: trust.votes, tests: trust.tests, lost: trust.lost }
    }

    fn set_trust(&mut self, model: &str, trust: Trust) {
        let trust = SavedTrust { votes: trust.votes, tests: trust.tests, lost: trust.lost };
        let saved = self.room.store.save_trust(model, trust, &self.room.reviewer.version, &now());
        if let Some(reopened @ 1..) = self.check(saved) {
            note(format_args!(
                "{model} misjudged a turn whose verdict is known: {reopened} turns that it cleared are reopened"
            ));
        }
    }
}
