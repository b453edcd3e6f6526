//! The police of one log directory, for as long as the program runs.

use crate::args::{InvestigationArgs, Place};
use crate::clerk;
use crate::detective::Detective;
use crate::flags;
use crate::line;
use crate::place::store_failure;
use crate::row;
use crate::tell::Channels;
use sentrix_casework::{Conclusion, NoCase, Records, Scene, terminal};
use sentrix_cli::{Failure, Signals, Stdout, warn};
use sentrix_record::{Severity, epoch_millis, rfc3339};
use sentrix_store::{Attempt, CaseRow, Draft, PoliceStore, QueueWaiting, Queued};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// How many cases without a model are filed at once.
const BATCH: u32 = 64;
/// The longest pause before a failed investigation is tried again, seconds.
const LONGEST: u64 = 3600;
/// How often signals are looked at while models think.
const TICK: Duration = Duration::from_millis(100);
/// How many flags are named in one go.
const NAMED: u32 = 50;

/// The police at work.
pub struct Station<'a> {
    place: &'a Place,
    args: &'a InvestigationArgs,
    pub store: PoliceStore,
    detective: Arc<Detective>,
    channels: Channels,
    people: bool,
    paused: bool,
}

/// What an investigation gave.
type Found = (Queued, Scene, Result<Conclusion, NoCase>);

impl<'a> Station<'a> {
    /// Opens the database, and finishes what a crash left half done. The caller holds the lock.
    pub fn open(place: &'a Place, args: &'a InvestigationArgs) -> Result<Self, Failure> {
        let (detective, channels) = (Arc::new(Detective::load(args)?), args.alerts.channels()?);
        let mut store = place.open()?;
        clerk::sweep(place);
        let finished = clerk::finish(place, &mut store, &channels)?;
        let mut station =
            Self { place, args, store, detective, channels, people: line::is_terminal(), paused: false };
        station.print(&finished)?;
        Ok(station)
    }

    /// Takes in new flags and investigates what is due. Returns how many cases were concluded.
    pub fn work_off(&mut self, least: Severity, signals: &Signals) -> Result<usize, Failure> {
        flags::take_in(&self.place.flags(), &mut self.store)?;
        let records = Records::open(&self.place.log_dir, &self.args.archive);
        self.paused = false;
        let mut concluded = 0;
        while signals.stopped().is_none() && !self.paused {
            let batch = self.next(least)?;
            if batch.is_empty() {
                break;
            }
            concluded += if self.detective.asks() {
                self.ask(batch, &records, signals)?
            } else {
                self.write_down(batch, &records, signals)?
            };
        }
        self.channels.tell(&mut self.store)?;
        Ok(concluded)
    }

    /// Investigates one flag now.
    pub fn investigate(&mut self, queued: Queued) -> Result<Option<NoCase>, Failure> {
        let records = Records::open(&self.place.log_dir, &self.args.archive);
        let (scene, result) = self.detective.investigate(queued.flag.clone(), &records);
        let no_case = result.as_ref().err().cloned();
        self.take((queued, scene, result))?;
        self.channels.tell(&mut self.store)?;
        Ok(no_case)
    }

    /// How many flags wait.
    pub fn waiting(&self, least: Severity) -> Result<QueueWaiting, Failure> {
        let now = epoch_millis(SystemTime::now());
        self.store.waiting(least, now, self.args.attempts).map_err(store_failure)
    }

    /// Says which flags have no case, and why. Returns how many wait in all.
    pub fn tell_waiting(&self, least: Severity) -> Result<QueueWaiting, Failure> {
        let waiting = self.waiting(least)?;
        if waiting.due + waiting.later + waiting.open == 0 {
            return Ok(waiting);
        }
        for queued in self.store.queue(least, NAMED).map_err(store_failure)? {
            let attempts = self.store.attempts(&queued.flag.flag_id).map_err(store_failure)?;
            let Some(last) = attempts.last() else { continue };
            let what = if queued.tries >= self.args.attempts {
                format!("left open after {} failed attempts", queued.tries)
            } else {
                "has no case yet and is tried again".to_owned()
            };
            warn(format_args!(
                "flag {} ({}) {what}: {}",
                terminal(&queued.flag.flag_id),
                queued.flag.consensus_severity,
                last.reason
            ));
        }
        warn(format_args!(
            "{} flags were not investigated: {} wait, {} are tried again later, {} are left open",
            waiting.due + waiting.later + waiting.open,
            waiting.due,
            waiting.later,
            waiting.open
        ));
        Ok(waiting)
    }

    fn next(&self, least: Severity) -> Result<Vec<Queued>, Failure> {
        let now = epoch_millis(SystemTime::now());
        let limit = if self.detective.asks() { u32::from(self.args.model.concurrency) * 4 } else { BATCH };
        self.store.next(least, now, self.args.attempts, limit).map_err(store_failure)
    }

    /// Cases from the evidence itself: many in one transaction.
    fn write_down(
        &mut self,
        batch: Vec<Queued>,
        records: &Records,
        signals: &Signals,
    ) -> Result<usize, Failure> {
        let mut drafts = Vec::with_capacity(batch.len());
        for queued in batch {
            if signals.stopped().is_some() {
                break;
            }
            let (scene, result) = self.detective.investigate(queued.flag.clone(), records);
            match result {
                Ok(conclusion) => drafts.push(clerk::draft(&scene, &conclusion)?),
                Err(_) => drop(self.take((queued, scene, result))?),
            }
        }
        let filed = clerk::file(&drafts, self.place, &mut self.store, &self.channels)?;
        self.print(&filed)?;
        Ok(filed.len())
    }

    /// Asks a model about several flags at once; each case is filed as it comes.
    fn ask(&mut self, batch: Vec<Queued>, records: &Records, signals: &Signals) -> Result<usize, Failure> {
        let threads = usize::from(self.args.model.concurrency).min(batch.len());
        let (tell, found) = crossbeam_channel::unbounded::<Found>();
        let (give, inbox) = crossbeam_channel::unbounded::<Queued>();
        for queued in batch {
            // The receiver lives in this function.
            let _taken = give.send(queued);
        }
        drop(give);
        let stop = AtomicBool::new(false);
        let detective = Arc::clone(&self.detective);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let (tell, inbox, stop, detective) = (tell.clone(), inbox.clone(), &stop, &detective);
                scope.spawn(move || {
                    while let Ok(queued) = inbox.recv() {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let (scene, result) = detective.investigate(queued.flag.clone(), records);
                        let _the_other_side_has_given_up = tell.send((queued, scene, result));
                    }
                });
            }
            drop(tell);
            let mut concluded = 0;
            loop {
                match found.recv_timeout(TICK) {
                    Ok(found) => match self.take_of(found, &detective.name()) {
                        Ok(filed) => concluded += filed,
                        Err(failure) => {
                            stop.store(true, Ordering::Relaxed);
                            detective.stop();
                            return Err(failure);
                        }
                    },
                    Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                    Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return Ok(concluded),
                }
                if signals.stopped().is_some() {
                    stop.store(true, Ordering::Relaxed);
                    detective.stop();
                } else if self.paused {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        })
    }

    fn take(&mut self, found: Found) -> Result<usize, Failure> {
        let by = self.detective.name();
        self.take_of(found, &by)
    }

    /// Files a case, or records why there is none.
    fn take_of(&mut self, (queued, scene, result): Found, by: &str) -> Result<usize, Failure> {
        match result {
            Ok(conclusion) => {
                let draft = clerk::draft(&scene, &conclusion)?;
                let filed = clerk::file(&[draft], self.place, &mut self.store, &self.channels)?;
                self.print(&filed)?;
                Ok(filed.len())
            }
            Err(error) if error.is_pause() => {
                self.paused = true;
                warn(format_args!("investigating pauses: {error}"));
                Ok(0)
            }
            Err(error) => {
                let at = SystemTime::now();
                let before = self.store.attempts(&queued.flag.flag_id).map_err(store_failure)?.len();
                let pause = pause(self.args.backoff, before);
                let attempt = Attempt {
                    flag_id: queued.flag.flag_id,
                    at: rfc3339(at),
                    investigator: by.to_owned(),
                    reason: error.to_string(),
                };
                let due = epoch_millis(at + pause);
                self.store.failed(&attempt, error.counts(), due).map_err(store_failure)?;
                Ok(0)
            }
        }
    }

    fn print(&mut self, filed: &[Draft]) -> Result<(), Failure> {
        let mut out = Stdout::lock();
        for draft in filed {
            let row = CaseRow {
                investigation_id: draft.investigation_id.clone(),
                flag_id: draft.flag_id.clone(),
                source_file: draft.source_file.clone(),
                concluded_at: draft.concluded_at.clone(),
                case_file_json: draft.case_file_json.clone(),
            };
            line::print(&mut out, &row::case(&row), self.people)?;
        }
        Ok(out.flush()?)
    }
}

/// How long a failed investigation waits: each time twice as long.
fn pause(first: u64, failures: usize) -> Duration {
    let times = 1u64 << failures.min(16);
    Duration::from_secs(first.saturating_mul(times).min(LONGEST.max(first)))
}
