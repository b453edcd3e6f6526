//! The collector: from a source that grows to a record that holds each of its lines once.

use crate::checkpoint::Checkpoint;
use crate::error::TailError;
use crate::identity::Position;
use crate::input::{Input, Look};
use crate::notice::Notice;
use crate::options::Options;
use crate::recorder::{Place, Recorder};
use crate::resume::Resumed;
use crate::source::{Read, Source};
use crate::transfer::{Name, read_out, rest, transfer};
use sentrix_record::GapReason;
use sentrix_record::fs::Fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A checkpoint is written when this much was recorded since the last one …
const CHECKPOINT_BYTES: u64 = 16 << 20;
/// … or when something was recorded this long ago.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(1);
/// How much is read before the caller gets a chance to look at signals.
const STEP: usize = 4 << 20;
/// How long a file that lost its name is still looked at: a writer may have it open.
const PREVIOUS: Duration = Duration::from_secs(60);

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do at once.
    Busy,
    /// All that is there was recorded.
    Idle,
    /// The source is not there.
    Waiting,
    /// The disk is full.
    Blocked,
    /// The stream has ended.
    Finished,
}

/// Records a source in a log directory.
pub struct Collector<F: Fs> {
    fs: F,
    input: Input,
    recorder: Recorder<F>,
    source: Option<Source>,
    previous: Option<(Source, Instant)>,
    resumed: bool,
    /// Events behind a damaged place of the record, until it is known whether the source still holds them.
    damaged: Vec<Vec<u8>>,
    /// Something changed that the checkpoint does not say yet; since when.
    dirty: Option<Instant>,
    full: bool,
    /// The source is another one than the checkpoint says: nothing is read of it before the checkpoint says so.
    switched: bool,
    /// What was said last about a source that is not there, so that it is said once.
    said: Option<Notice>,
    notices: Vec<Notice>,
}

impl<F: Fs> Collector<F> {
    /// Opens and locks the log directory. The source is looked for by the first step.
    ///
    /// # Errors
    /// When the directory is locked by another, or cannot be used.
    pub fn open(fs: &F, input: Input, dir: &Path, options: Options) -> Result<Self, TailError> {
        let (recorder, torn) = Recorder::open(fs, dir, options)?;
        Ok(Self::new(fs, input, recorder, torn))
    }

    /// Collects into a log directory that is open already; whether its manifest was torn is told as a notice.
    pub fn new(fs: &F, input: Input, recorder: Recorder<F>, torn: bool) -> Self {
        Self {
            fs: fs.clone(),
            input,
            recorder,
            source: None,
            previous: None,
            resumed: false,
            damaged: Vec::new(),
            dirty: None,
            full: false,
            switched: false,
            said: None,
            notices: torn.then_some(Notice::TornManifest).into_iter().collect(),
        }
    }

    /// What people should be told since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What is followed.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The open source, if it is there.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// Records what is there, at most a few megabytes of it.
    ///
    /// # Errors
    /// When the source cannot be read, or the record not written for another reason than a full disk.
    pub fn step(&mut self) -> Result<Progress, TailError> {
        let done = self.try_step();
        self.unless_full(done, Progress::Blocked)
    }

    fn try_step(&mut self) -> Result<Progress, TailError> {
        if self.recorder.is_gone() {
            self.recreate()?;
        }
        self.recorder.flush()?;
        if self.switched {
            self.checkpoint()?;
        }
        self.recorder.rotate_when_due()?;
        let progress = self.collect()?;
        self.recorder.flush()?;
        self.checkpoint_when_due()?;
        Ok(progress)
    }

    /// Turns a full disk into something to wait for, said once.
    fn unless_full<T>(&mut self, done: Result<T, TailError>, blocked: T) -> Result<T, TailError> {
        match done {
            Err(error) if error.is_full() => {
                if !self.full {
                    self.notices.push(Notice::DiskFull(error.to_string()));
                }
                self.full = true;
                Ok(blocked)
            }
            // The directory vanished in the middle of the step: the next one makes it again.
            Err(error) if error.is_missing() && self.recorder.is_gone() => Ok(blocked),
            done => done,
        }
    }

    fn collect(&mut self) -> Result<Progress, TailError> {
        if !self.resumed && !self.resume()? {
            return Ok(Progress::Waiting);
        }
        let mut budget = STEP;
        // The older file first: after a restart there may be much of it. Then what a full disk kept from being recorded.
        self.read_previous()?;
        self.transfer()?;
        loop {
            if self.recorder.is_full() {
                return Ok(Progress::Blocked);
            }
            let Some(source) = &mut self.source else {
                self.read_previous()?;
                if self.open_source()? { continue } else { return Ok(Progress::Waiting) }
            };
            match source.read().map_err(TailError::Source)? {
                Read::Data(bytes) => {
                    self.dirty.get_or_insert_with(Instant::now);
                    self.transfer()?;
                    budget = budget.saturating_sub(bytes);
                    if budget == 0 {
                        return Ok(Progress::Busy);
                    }
                }
                Read::Truncated => self.begin_anew(GapReason::Truncated)?,
                Read::Rewritten => self.begin_anew(GapReason::Replaced)?,
                Read::Finished => return Ok(Progress::Finished),
                Read::Quiet => {
                    self.read_previous()?;
                    if !self.follow_path()? {
                        return Ok(Progress::Idle);
                    }
                }
            }
        }
    }

    /// Records the whole lines that were read.
    fn transfer(&mut self) -> Result<(), TailError> {
        let Some(source) = &mut self.source else { return Ok(()) };
        transfer(source, &mut self.recorder, &Name::of(&self.input), &mut self.notices)
    }

    /// Takes up the record and the source where they were left. False when the source is not there.
    fn resume(&mut self) -> Result<bool, TailError> {
        // Looking is not free; it was done once, and only a source that appears changes the result.
        let waiting = matches!(self.said, Some(Notice::Waiting(_)));
        if waiting && !self.input.is_there() {
            return Ok(false);
        }
        let Self { fs, input, recorder, damaged, notices, .. } = self;
        let Some(resumed) = Resumed::find(fs, input, recorder, damaged, notices)? else {
            self.say(Notice::Waiting(self.input.name().to_owned()));
            return Ok(false);
        };
        self.damaged.clear();
        self.previous = resumed.previous.map(|source| (source, Instant::now()));
        if self.source.as_ref().is_none_or(|source| !source.is_stream()) {
            self.source = resumed.source;
        }
        self.resumed = true;
        self.switched = true;
        if let Some((reason, position)) = resumed.broken {
            self.gap(reason, position.as_ref())?;
        }
        for event in resumed.salvaged {
            self.recorder.push(&event)?;
        }
        self.checkpoint()?;
        Ok(true)
    }

    /// Writes a gap event for a break in the source.
    fn gap(&mut self, reason: GapReason, position: Option<&Position>) -> Result<(), TailError> {
        let offset = position.map_or(0, |position| position.offset);
        self.notices.push(Notice::Break { reason, offset });
        self.dirty.get_or_insert_with(Instant::now);
        let place = Place { file: Name::of(&self.input).0, offset, bytes: None, blake3: None };
        self.recorder.gap(reason, &place, None, "what was written there in between cannot be known")
    }

    /// Goes back to the beginning of a source whose content was exchanged.
    fn begin_anew(&mut self, reason: GapReason) -> Result<(), TailError> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let position = source.position();
        rest(source, &mut self.recorder, &Name::of(&self.input), reason)?;
        source.rewind();
        self.switched = true;
        self.gap(reason, position.as_ref())?;
        self.checkpoint()
    }

    /// Opens the source; false when it is not there.
    fn open_source(&mut self) -> Result<bool, TailError> {
        match self.input.open() {
            Ok(Some(file)) => {
                self.source = Some(Source::new(file).map_err(TailError::Source)?);
                self.said = None;
                self.switched = true;
                self.checkpoint()?;
                return Ok(true);
            }
            Ok(None) => self.say(Notice::Waiting(self.input.name().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
                return Err(TailError::Source(error));
            }
            Err(error) => self.say(Notice::CannotOpen(self.input.name().to_owned(), error.to_string())),
        }
        Ok(false)
    }

    fn say(&mut self, notice: Notice) {
        if self.said.as_ref() != Some(&notice) {
            self.notices.push(notice.clone());
            self.said = Some(notice);
        }
    }

    /// Looks whether another file took the source's name, and goes over to it. True when there is more to read.
    fn follow_path(&mut self) -> Result<bool, TailError> {
        let Some(source) = &mut self.source else { return Ok(false) };
        match self.input.look(source.id()) {
            Ok(Look::Same | Look::Missing) => Ok(false),
            Err(error) => {
                self.say(Notice::CannotOpen(self.input.name().to_owned(), error.to_string()));
                Ok(false)
            }
            Ok(Look::Other(file)) => {
                // What came between the last read and the look is still the old file's.
                read_out(source, &mut self.recorder, &Name::of(&self.input), &mut self.notices)?;
                let next = Source::new(file).map_err(TailError::Source)?;
                self.switch_to(next)
            }
        }
    }

    /// Goes over to another file; not while the disk is full, because the order is that of the files.
    fn switch_to(&mut self, next: Source) -> Result<bool, TailError> {
        self.drop_previous()?;
        if self.recorder.is_full() {
            return Ok(false);
        }
        if let Some(mut old) = self.source.replace(next) {
            self.take_last_line(&mut old)?;
            self.previous = Some((old, Instant::now()));
        }
        self.switched = true;
        self.notices.push(Notice::NewFile);
        self.checkpoint()?;
        Ok(true)
    }

    /// Takes a last line without newline, if it is whole: nothing that follows could make another line of it.
    fn take_last_line(&mut self, source: &mut Source) -> Result<(), TailError> {
        if crate::transfer::is_whole(source.framer.pending()) {
            self.dirty.get_or_insert_with(Instant::now);
            rest(source, &mut self.recorder, &Name::of(&self.input), GapReason::BadLine)?;
        }
        Ok(())
    }

    /// Reads what a writer still adds to the file that had the source's name before.
    fn read_previous(&mut self) -> Result<(), TailError> {
        let Some((source, since)) = &mut self.previous else { return Ok(()) };
        if read_out(source, &mut self.recorder, &Name::of(&self.input), &mut self.notices)? {
            *since = Instant::now();
            self.dirty.get_or_insert_with(Instant::now);
        }
        if since.elapsed() >= PREVIOUS { self.drop_previous() } else { Ok(()) }
    }

    fn drop_previous(&mut self) -> Result<(), TailError> {
        let Some((mut source, since)) = self.previous.take() else { return Ok(()) };
        let name = Name::of(&self.input);
        self.dirty.get_or_insert_with(Instant::now);
        read_out(&mut source, &mut self.recorder, &name, &mut self.notices)?;
        if self.recorder.is_full() {
            self.previous = Some((source, since));
            return Ok(());
        }
        rest(&mut source, &mut self.recorder, &name, GapReason::Replaced)
    }

    /// Makes the log directory again after it was removed, and reads again what the source still holds of it.
    fn recreate(&mut self) -> Result<(), TailError> {
        self.recorder.reopen()?;
        self.notices.push(Notice::Recreated);
        if self.source.as_ref().is_none_or(|source| !source.is_stream()) {
            self.recorder.forget();
            self.source = None;
            self.previous = None;
        }
        self.resumed = false;
        let place = Place { file: Name::of(&self.input).0, offset: 0, bytes: None, blake3: None };
        self.recorder.gap(GapReason::Tampered, &place, None, "log files were removed while they were written")
    }

    fn checkpoint_when_due(&mut self) -> Result<(), TailError> {
        let old = self.dirty.is_some_and(|since| since.elapsed() >= CHECKPOINT_AFTER);
        if old || self.full || self.recorder.unsynced() >= CHECKPOINT_BYTES {
            self.checkpoint()
        } else {
            Ok(())
        }
    }

    /// Makes the record durable, and then says so in the checkpoint.
    fn checkpoint(&mut self) -> Result<(), TailError> {
        self.dirty.get_or_insert_with(Instant::now);
        self.recorder.sync()?;
        let checkpoint = Checkpoint {
            input: Name::of(&self.input).0,
            source: self.source.as_ref().and_then(Source::position),
            previous: self.previous.as_ref().and_then(|(source, _)| source.position()),
            output: self.recorder.output(),
        };
        checkpoint.save(&self.fs, self.recorder.dir())?;
        self.dirty = None;
        self.switched = false;
        if std::mem::take(&mut self.full) {
            self.notices.push(Notice::DiskFree);
        }
        Ok(())
    }

    /// Closes the log file and begins a new one with the next event.
    ///
    /// # Errors
    /// As [`Collector::step`].
    pub fn rotate(&mut self) -> Result<(), TailError> {
        self.dirty.get_or_insert_with(Instant::now);
        let rotated = self.recorder.rotate().and_then(|()| self.checkpoint());
        self.unless_full(rotated, ())
    }

    /// Ends the record: takes a whole last line, closes the log file and writes the checkpoint. Says whether all was
    /// written.
    ///
    /// # Errors
    /// As [`Collector::step`].
    pub fn finish(&mut self) -> Result<bool, TailError> {
        if !self.resumed {
            return Ok(true);
        }
        let finished = self.try_finish().map(|()| true);
        self.unless_full(finished, false)
    }

    fn try_finish(&mut self) -> Result<(), TailError> {
        self.recorder.flush()?;
        self.transfer()?;
        if let Some(mut source) = self.source.take() {
            let taken = if source.is_stream() {
                rest(&mut source, &mut self.recorder, &Name::of(&self.input), GapReason::BadLine)
            } else {
                self.take_last_line(&mut source)
            };
            self.source = Some(source);
            taken?;
        }
        self.recorder.rotate()?;
        self.checkpoint()
    }
}
