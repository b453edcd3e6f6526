//! A sweep: reviews what is new in the record since the last one.
//!
//! Verdicts, flags and progress are saved in transactions before a flag leaves; what was saved and not delivered is
//! delivered by the next sweep. Progress is saved last, together with the runs that are still open: a sweep that
//! dies is done again from where it began, and finds the same flags under the same ids.

use crate::alerts::Alerts;
use crate::args::PatrolArgs;
use crate::deliver::Outlet;
use crate::delivery::Delivery;
use crate::docket::Room;
use crate::fresh::{Files, Plan};
use crate::hearing;
use crate::judged::{Judged, Summary, judge};
use crate::latest::Latest;
use crate::metrics;
use crate::reviewer::Reviewer;
use crate::stateless::now;
use crate::turns::empty;
use sentrix_cli::{Failure, Signals, note};
use sentrix_record::fs::StdFs;
use sentrix_record::{Lock, LockError, epoch_millis};
use sentrix_store::{Batch, PatrolStore, StoreError};
use sentrix_turns::{Archive, OpenRun};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How many verdicts are saved in one transaction.
const BATCH: usize = 2048;
/// With --follow: how long the judges sit before the record is looked at again.
const SLICE: Duration = Duration::from_secs(20);
/// With --follow: for how long the budget of one sweep has to do.
const HOUR: Duration = Duration::from_secs(3600);

/// Takes the lock that keeps two patrols from sweeping at once. `None`, with a note, when another holds it.
pub fn lock(state: &Path) -> Result<Option<Lock<StdFs>>, Failure> {
    let path = state.with_extension("lock");
    match Lock::acquire(&StdFs, &path) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Held { pid, .. }) => {
            let who = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            note(format_args!("another patrol{who} is sweeping {}; nothing to do here", state.display()));
            Ok(None)
        }
        Err(error) => Err(Failure::environment(format!("cannot lock {}", path.display()))
            .because(error)
            .next("check that the directory can be written, or use --state none")),
    }
}

/// Sweeps, as often as it is asked.
pub struct Sweeper {
    paths: Vec<PathBuf>,
    store: PatrolStore,
    /// Who judges; may be replaced between sweeps.
    pub reviewer: Reviewer,
    delivery: Delivery,
    run_timeout_ms: i64,
    log_dir: Option<PathBuf>,
    latest: Latest,
    /// How long the judges may sit at a time; for ever when nobody waits for the next sweep.
    slice: Option<Duration>,
    refilled: Instant,
    /// It was said that there are no log files.
    told: bool,
}

impl Sweeper {
    pub fn open(
        args: &PatrolArgs,
        state: &Path,
        reviewer: Reviewer,
        outlet: Outlet,
    ) -> Result<Self, Failure> {
        let mut store = PatrolStore::open(state).map_err(store_failure)?;
        let channels = args.alerts.channels()?;
        store.tell(channels.names());
        let alerts = Alerts::start(channels, state)?;
        Ok(Self {
            paths: args.paths.clone(),
            latest: Latest::after(store.latest(reviewer.version.judge).map_err(store_failure)?),
            store,
            reviewer,
            delivery: Delivery::new(outlet, alerts),
            run_timeout_ms: args.run_timeout_ms(),
            log_dir: args.log_dir().map(Path::to_owned),
            slice: args.follow.then_some(SLICE),
            refilled: Instant::now(),
            told: false,
        })
    }

    /// Ends the output, and lets alerts arrive.
    pub fn finish(&mut self) -> Result<(), Failure> {
        if let Some(alerts) = self.delivery.alerts.take() {
            alerts.finish();
        }
        self.delivery.finish(&mut self.store)
    }

    /// Reviews what is new.
    pub fn sweep(&mut self, signals: &Signals) -> Result<Summary, Failure> {
        let mut files = Files::load(&self.store, &self.reviewer.version).map_err(store_failure)?;
        if let Some(path) = self.delivery.outlet.path() {
            files.import_flags(path, &mut self.store).map_err(store_failure)?;
        }
        let mut plan = files.plan(&self.paths)?;
        if plan.paths().is_empty() && !std::mem::replace(&mut self.told, true) {
            empty::tell(&self.paths, |name| files.know(name));
        }
        // What an earlier sweep saved and could not deliver comes first.
        self.delivery.deliver(&mut self.store)?;
        let now = epoch_millis(SystemTime::now());
        let silent_since = now.saturating_sub(self.run_timeout_ms);
        // A time ahead of our clock tells nothing of silence; reading the run again puts it right.
        let silent = move |open: &OpenRun| open.last_ts < silent_since || open.last_ts > now;
        let mut summary = if plan.is_new(silent, silent_since) {
            self.review(&mut plan, silent_since, signals)?
        } else {
            Summary::default()
        };
        self.hear(&plan, &mut summary, signals)?;
        Ok(summary)
    }

    /// Puts what waits before the judges.
    fn hear(&mut self, plan: &Plan, summary: &mut Summary, signals: &Signals) -> Result<(), Failure> {
        let Some(judges) = &self.reviewer.judges else { return Ok(()) };
        if self.slice.is_none() || self.refilled.elapsed() > HOUR {
            judges.budget.refill();
            self.refilled = Instant::now();
        }
        if signals.stopped().is_some() {
            return Ok(());
        }
        let mut room = Room {
            store: &mut self.store,
            delivery: &mut self.delivery,
            reviewer: &self.reviewer,
            paths: plan.paths(),
            signals,
            until: self.slice.map(|slice| Instant::now() + slice),
        };
        let heard = hearing::hear(&mut room, judges, summary)?;
        if let (Some(heard), Some(dir)) = (heard, &self.log_dir) {
            metrics::append(dir, &heard.record(summary, &self.reviewer.version.model));
        }
        Ok(())
    }

    fn review(&mut self, plan: &mut Plan, silent_since: i64, signals: &Signals) -> Result<Summary, Failure> {
        let mut archive: Archive = plan.archive();
        let mut saving = Saving {
            store: &mut self.store,
            reviewer: &self.reviewer,
            latest: &mut self.latest,
            batch: Batch::default(),
            summary: Summary::default(),
        };
        let mut ended = Ok(());
        let reviewer = &self.reviewer;
        let paths = plan.paths().clone();
        let judge = |wave| judge(wave, reviewer, &now()).place(&paths, &now());
        archive.read(judge, |judged| {
            plan.note(&judged.progress);
            ended = saving.take(judged);
            ended.is_ok() && signals.stopped().is_none()
        });
        ended?;
        if signals.stopped().is_none() {
            saving.take(judge(archive.rebuild(|open| open.last_ts < silent_since)))?;
            saving.take(judge(archive.settle(silent_since)))?;
            saving.batch.files = plan.files(&reviewer.version);
            saving.batch.open_runs = Some(plan.open_runs(archive.runs()));
            saving.batch.ledger = plan.ledger(archive.ledger(), &reviewer.version);
        }
        saving.save()?;
        let summary = saving.summary;
        self.delivery.deliver(&mut self.store)?;
        Ok(summary)
    }
}

/// Verdicts on their way into the state.
struct Saving<'a> {
    store: &'a mut PatrolStore,
    reviewer: &'a Reviewer,
    latest: &'a mut Latest,
    batch: Batch,
    summary: Summary,
}

impl Saving<'_> {
    fn take(&mut self, judged: Judged) -> Result<(), Failure> {
        self.summary.count(&judged);
        self.batch.reviewed.extend(judged.reviewed);
        for (mut pending, run) in judged.pending {
            pending.before = self.latest.pass(run, &pending.place);
            self.batch.latest = Some(pending.place.clone());
            self.batch.pending.push(pending);
        }
        if self.batch.reviewed.len() + self.batch.pending.len() >= BATCH { self.save() } else { Ok(()) }
    }

    fn save(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        self.store.save(&batch, &self.reviewer.version, &now()).map_err(store_failure)?;
        Ok(())
    }
}

/// What to tell people when the state fails.
pub fn store_failure(error: StoreError) -> Failure {
    match &error {
        StoreError::Corrupt { path, .. } => {
            let aside = format!(
                "move it aside (mv {0} {0}.damaged) and sweep again: flags keep their ids",
                path.display()
            );
            Failure::integrity("cannot use the patrol's state").because(&error).next(aside)
        }
        StoreError::Newer { .. } => Failure::environment("cannot use the patrol's state")
            .because(&error)
            .next("use the newer sentrix-patrol, or another --state"),
        StoreError::Sqlite { .. } => Failure::environment("cannot use the patrol's state")
            .because(&error)
            .next("nothing that was not saved counts as reviewed; try again when the cause is gone"),
    }
}
