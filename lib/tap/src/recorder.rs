//! The record of the tap: log files labelled `tap`, written by one thread.

use crate::error::TapError;
use crate::seen::Seen;
use crate::spool;
use crate::sync::Syncer;
use sentrix_record::Lock;
use sentrix_record::exchange::{Connect, EXCHANGE, Exchange, ExchangeStart};
use sentrix_record::fs::{At, Fs, StdFs};
use sentrix_record::log::{LogFile, LogName};
use sentrix_record::manifest::{self, Manifest};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The label in the names of the tap's log files.
pub(crate) const LABEL: &str = "tap";
/// What is written is made durable no oftener than this.
const SELDOM: Duration = Duration::from_millis(250);
const LOCK: &str = ".sentrix_tap.lock";

/// When a log file is closed.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// After this time; nothing: never because of its age.
    pub after: Option<Duration>,
    /// At this length, bytes; nothing: never because of its length.
    pub bytes: Option<u64>,
}

/// What is recorded.
#[derive(Debug)]
pub(crate) enum Entry {
    Start(Box<ExchangeStart>),
    Exchange(Box<Exchange>),
    Connect(Box<Connect>),
}

#[derive(Debug)]
enum Order {
    Record(Entry, Option<oneshot::Sender<bool>>),
    /// Look whether the log file is old.
    Tick,
    /// What was written could not be made durable.
    Unsynced(TapError),
    Rotate,
    End(oneshot::Sender<Result<(), String>>),
}

/// The way to the record.
#[derive(Debug, Clone)]
pub(crate) struct Recorder(UnboundedSender<Order>);

impl Recorder {
    /// Opens the record and starts its thread; `failed` is told why when something cannot be written.
    pub(crate) fn start(
        dir: &Path,
        rotation: Rotation,
        failed: impl FnMut(&TapError) + Send + 'static,
    ) -> Result<Self, TapError> {
        let (sender, receiver) = unbounded_channel();
        let back = sender.downgrade();
        let syncer = Syncer::start(move |error| {
            // Without a recorder nobody is left to be told.
            let _gone = back.upgrade().map(|recorder| recorder.send(Order::Unsynced(error)));
        })?;
        let log = Log::open(dir, rotation, syncer)?;
        std::thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || run(log, receiver, failed))
            .map_err(|error| TapError::Start { doing: "start a thread", error })?;
        Ok(Self(sender))
    }

    /// Records, and says whether that was done.
    pub(crate) async fn record(&self, entry: Entry) -> bool {
        let (done, wait) = oneshot::channel();
        self.0.send(Order::Record(entry, Some(done))).is_ok() && wait.await.unwrap_or(false)
    }

    /// Records when there is time: from where nothing can wait.
    pub(crate) fn leave(&self, entry: Entry) {
        // The thread ends last of all.
        let _gone = self.0.send(Order::Record(entry, None));
    }

    pub(crate) fn tick(&self) {
        let _gone = self.0.send(Order::Tick);
    }

    pub(crate) fn rotate(&self) {
        let _gone = self.0.send(Order::Rotate);
    }

    /// Closes the log file.
    pub(crate) async fn end(&self) -> Result<(), String> {
        let (done, wait) = oneshot::channel();
        let gone = || Err("the thread that writes it is gone".to_owned());
        if self.0.send(Order::End(done)).is_err() {
            return gone();
        }
        wait.await.unwrap_or_else(|_| gone())
    }
}

fn run(mut log: Log, mut orders: UnboundedReceiver<Order>, mut failed: impl FnMut(&TapError)) {
    while let Some(order) = orders.blocking_recv() {
        let outcome = match order {
            Order::Record(entry, done) => {
                let whole = !matches!(entry, Entry::Start(_));
                let written = log.write(entry);
                if let Some(done) = done {
                    // Whoever asked may be gone.
                    let _gone = done.send(written.is_ok());
                }
                // What is whole is made durable, and soon after the last time it is left to the next tick.
                if whole && written.is_ok() {
                    log.sync_seldom();
                }
                written
            }
            Order::Tick => {
                log.sync_if_new();
                log.rotate_when_due()
            }
            Order::Unsynced(error) => Err(error),
            Order::Rotate => log.rotate(),
            Order::End(done) => {
                let ended = log.rotate();
                let _gone = done.send(ended.as_ref().map(drop).map_err(ToString::to_string));
                ended
            }
        };
        if let Err(error) = outcome {
            failed(&error);
            log.recover();
        }
    }
}

/// The open log file, and what closes it.
struct Log {
    /// One tap a directory: two would finish each other's files.
    _lock: Lock<StdFs>,
    dir: PathBuf,
    rotation: Rotation,
    manifest: Manifest<StdFs>,
    file: Option<LogFile<StdFs>>,
    since: Instant,
    syncer: Syncer,
    /// When it was last made durable, and whether something has been written since.
    synced: Instant,
    is_new: bool,
    seen: Seen,
    /// Who the record belongs to, when that is not us: the sandbox's collector writes beside us.
    owner: Option<(u32, u32)>,
}

impl Log {
    fn open(dir: &Path, rotation: Rotation, syncer: Syncer) -> Result<Self, TapError> {
        StdFs.make_dir(dir).at("create directory", dir)?;
        let lock = Lock::acquire(&StdFs, &dir.join(LOCK))?;
        spool::prepare(dir).at("create directory", dir)?;
        let path = dir.join(manifest::FILE);
        let (manifest, _) = Manifest::open(&StdFs, &path)?;
        let mut log = Self {
            _lock: lock,
            dir: dir.to_owned(),
            rotation,
            manifest,
            file: None,
            since: Instant::now(),
            syncer,
            synced: Instant::now(),
            is_new: false,
            seen: Seen::default(),
            owner: owner(dir),
        };
        log.give(&path);
        log.finish_old()?;
        Ok(log)
    }

    /// Closes what a tap that was killed has left open, and records what was under way in it.
    fn finish_old(&mut self) -> Result<(), TapError> {
        let mut left = spool::left_behind(&self.dir);
        for name in self.names()? {
            if name.label() == Some(LABEL) && !self.manifest.lists(name.as_str()) {
                let path = self.dir.join(name.as_str());
                if !left.is_empty() {
                    let bytes = std::fs::read(&path).at("read", &path)?;
                    left.retain(|exchange| !self.holds(&bytes, exchange));
                }
                let (file, _) = LogFile::open_for_append(&StdFs, &self.dir, name, None)?;
                self.manifest.append(&file.close()?)?;
            }
        }
        for exchange in left {
            self.write(Entry::Exchange(Box::new(exchange)))?;
        }
        self.sync()
    }

    /// Whether an exchange is in a log file already: killed between writing it and removing what was kept of it.
    fn holds(&self, bytes: &[u8], exchange: &Exchange) -> bool {
        let event = format!("{{\"event\":\"{EXCHANGE}\",\"ts\":{},", exchange.ts);
        let id = format!("\"id\":\"{}\"", exchange.id);
        let has = |line: &[u8], text: &str| line.windows(text.len()).any(|window| window == text.as_bytes());
        let held = bytes
            .split(|byte| *byte == b'\n')
            .any(|line| line.trim_ascii_start().starts_with(event.as_bytes()) && has(line, &id));
        if held {
            spool::remove(&self.dir, &exchange.id);
        }
        held
    }

    fn names(&self) -> Result<Vec<LogName>, TapError> {
        let names = StdFs.list(&self.dir).at("list", &self.dir)?;
        let mut names: Vec<LogName> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn write(&mut self, entry: Entry) -> Result<(), TapError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.create()?,
        };
        let (mut new, mut over) = (Vec::new(), None);
        let line = match entry {
            Entry::Start(start) => serde_json::to_vec(&start),
            Entry::Connect(connect) => serde_json::to_vec(&connect),
            Entry::Exchange(mut exchange) => {
                over = Some(exchange.id.clone());
                new = self.seen.shorten(&mut exchange);
                serde_json::to_vec(&exchange)
            }
        };
        // Records of text and numbers always have a JSON form.
        let written = line.map_err(std::io::Error::other).at("write", &self.dir).map_err(TapError::from);
        let written = written.and_then(|line| Ok(file.append_one(&line)?));
        self.file = Some(file);
        self.is_new = true;
        written?;
        self.seen.add(new);
        if let Some(id) = over {
            spool::remove(&self.dir, &id);
        }
        if self.rotation.bytes.is_some_and(|most| self.file.as_ref().is_some_and(|file| file.len() >= most)) {
            self.rotate()?;
        }
        Ok(())
    }

    fn create(&mut self) -> Result<LogFile<StdFs>, TapError> {
        let name = LogName::next(SystemTime::now(), Some(LABEL), &self.names()?);
        let file = LogFile::create(&StdFs, &self.dir, name)?;
        self.give(file.path());
        self.since = Instant::now();
        self.seen.clear();
        Ok(file)
    }

    /// Has what was written made durable, unless that was done a moment ago.
    fn sync_seldom(&mut self) {
        if self.synced.elapsed() >= SELDOM {
            self.sync_if_new();
        }
    }

    /// Has what was written made durable. Nobody waits for it.
    fn sync_if_new(&mut self) {
        if let Some(file) = self.file.as_ref().filter(|_| self.is_new) {
            self.is_new = !self.syncer.ask(file.path().to_owned());
            self.synced = Instant::now();
        }
    }

    fn sync(&mut self) -> Result<(), TapError> {
        self.is_new = false;
        self.synced = Instant::now();
        self.file.as_mut().map_or(Ok(()), |file| Ok(file.sync()?))
    }

    fn rotate_when_due(&mut self) -> Result<(), TapError> {
        let old = self.rotation.after.is_some_and(|after| self.since.elapsed() >= after);
        if old { self.rotate() } else { Ok(()) }
    }

    fn rotate(&mut self) -> Result<(), TapError> {
        if let Some(file) = self.file.take() {
            let closed = file.close()?;
            self.manifest.append(&closed)?;
        }
        Ok(())
    }

    /// After a failure the next entry begins a new log file; the broken one is finished by the next start.
    fn recover(&mut self) {
        self.file = None;
    }

    /// Gives a file that we made to whom the record belongs. Where that cannot be done it stays ours, as it is when nobody else writes here.
    fn give(&self, path: &Path) {
        if let Some((user, group)) = self.owner {
            let _stays_ours = chown(path, Some(user), Some(group));
        }
    }
}

/// Who owns the log directory, when we may give files away and it is not us.
fn owner(dir: &Path) -> Option<(u32, u32)> {
    let meta = std::fs::metadata(dir).ok()?;
    let ours = std::fs::metadata("/proc/self").ok()?;
    (ours.uid() == 0 && meta.uid() != 0).then(|| (meta.uid(), meta.gid()))
}
