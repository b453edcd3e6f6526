//! One look at the source, again and again.

use crate::copies::{Copies, Stop};
use crate::emitter::{Emitter, Sink};
use crate::error::TransferError;
use crate::fault::{Fault, Kind};
use crate::gaps::{Gaps, LABEL};
use crate::history::{self, History};
use crate::notice::Notice;
use crate::options::Options;
use crate::progress::Progress;
use crate::source::{Item, ItemKind, Source};
use crate::state::{self, State};
use sentrix_record::fs::{At, Fs};
use sentrix_record::log::LogName;
use sentrix_record::manifest::{self, Manifest};
use sentrix_record::{Lock, atomic};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The lock of whoever copies into a log directory.
pub const LOCK: &str = ".sentrix_sync.lock";
/// The lock of whoever collects into one: held too, since the two would take each other's files for their own.
pub const COLLECTOR_LOCK: &str = ".sentrix_collect.lock";

const FOLDER: &str = ".sentrix_sync";
const STAGE: &str = ".stage.tmp";
/// More faults than anybody reads are not recorded one by one.
const MAX_FAULTS: usize = 1000;
/// A collector writes while we read: what looks wrong is looked at again before it is called a fault.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A transfer from one source into one log directory, which is locked as long as it lives.
pub struct Transfer<F: Fs, S> {
    fs: F,
    dir: PathBuf,
    options: Options,
    source: S,
    _locks: [Lock<F>; 2],
    manifest: Manifest<F>,
    state: State,
    progress: Progress,
    history: History,
    history_marker: String,
    copies: Copies<F>,
    gaps: Gaps<F>,
    emitter: Option<Emitter<F>>,
    refused: BTreeSet<String>,
    passed_over: usize,
    unlisted: BTreeSet<LogName>,
    unreadable: BTreeSet<String>,
    notices: Vec<Notice>,
    /// The listing after which nothing was left to do: while it stays the same, nothing is.
    settled: Option<Vec<Item>>,
}

impl<F: Fs, S: Source> Transfer<F, S> {
    /// Opens a log directory, made when missing, and locks it.
    ///
    /// # Errors
    /// When another program writes there, or the directory cannot be used.
    pub fn open(fs: &F, dir: &Path, source: S, options: Options) -> Result<Self, TransferError> {
        fs.make_dir(dir).at("create directory", dir)?;
        let locks = [Lock::acquire(fs, &dir.join(LOCK))?, Lock::acquire(fs, &dir.join(COLLECTOR_LOCK))?];
        let folder = dir.join(FOLDER);
        fs.make_dir(&folder).at("create directory", &folder)?;
        atomic::sweep(fs, &folder)?;
        sweep_state(fs, dir)?;
        let (manifest, torn) = Manifest::open(fs, &dir.join(manifest::FILE))?;
        let progress = Progress::load(fs, &folder, source.id())?;
        let mut notices = Vec::new();
        if torn.is_some() {
            notices.push(Notice::TornManifest);
        }
        if progress.refused() > 0 {
            notices.push(Notice::Standing(progress.refused()));
        }
        Ok(Self {
            fs: fs.clone(),
            dir: dir.to_owned(),
            options,
            _locks: locks,
            manifest,
            state: State::load(fs, dir)?,
            refused: progress.refused_files(),
            progress,
            history: History::load(fs, &folder, &source.id())?,
            history_marker: String::new(),
            copies: Copies::new(fs, dir, folder.join(STAGE)),
            gaps: Gaps::new(fs, dir),
            emitter: None,
            passed_over: 0,
            unlisted: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            source,
            notices,
            settled: None,
        })
    }

    /// How many faults of this source were recorded, in this run and earlier ones.
    pub fn faults(&self) -> usize {
        self.progress.refused()
    }

    /// What there is to say since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Looks at the source once and copies what is new; with a sink, hands on every event that was not emitted before.
    ///
    /// # Errors
    /// When the source cannot be listed, or something fails on our side. What was copied stays; the next pass goes on.
    pub fn pass(&mut self, mut sink: Option<&mut dyn Sink>) -> Result<(), TransferError> {
        self.emit_backlog(&mut sink)?;
        let items = match self.source.list() {
            Ok(items) => items,
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                self.fault(Fault::at("", Kind::Crowded, 0))?;
                return self.emit_gaps(&mut sink);
            }
            Err(error) => return Err(TransferError::Source(error)),
        };
        if self.settled.as_ref() == Some(&items) {
            return Ok(());
        }
        self.settled = None;
        let mut files = self.sort(items.clone())?;
        let mut missing = self.missing(&files);
        if !missing.is_empty() {
            // Retention writes its line before it removes: seen between the two looks, the second one knows.
            let again = self.source.list().map_err(TransferError::Source)?;
            files = self.sort(again)?;
            let still = self.missing(&files);
            missing.retain(|name| still.contains(name));
        }
        self.take_removed()?;
        let newest = files.keys().next_back().cloned();
        for (name, item) in &files {
            self.file(name, item, newest.as_ref() == Some(name))?;
            self.emit(name, &mut sink)?;
        }
        for name in missing {
            self.fault(Fault::at(&name, Kind::Missing, 0))?;
        }
        self.history.save(&self.fs)?;
        self.state.save(&self.fs)?;
        self.progress.save(&self.fs)?;
        self.emit_gaps(&mut sink)?;
        if self.unreadable.is_empty() {
            self.settled = Some(items);
        }
        Ok(())
    }

    /// The log files that the source shows, after its manifest was read. Everything else is left where it is.
    fn sort(&mut self, items: Vec<Item>) -> Result<BTreeMap<LogName, Item>, TransferError> {
        let mut files = BTreeMap::new();
        let mut passed_over = 0;
        let mut history = None;
        for item in items {
            match item.name.parse::<LogName>() {
                Ok(name) if name.label().is_none() => drop(files.insert(name, item)),
                _ if item.name == manifest::FILE => history = Some(item),
                _ if leads_out(&item.name) => self.fault(Fault::at(&item.name, Kind::Name, 0))?,
                _ if item.name.starts_with('.') || item.name == "rejects" => {}
                _ => passed_over += 1,
            }
        }
        if passed_over > self.passed_over {
            self.notices.push(Notice::PassedOver(passed_over));
        }
        self.passed_over = passed_over;
        self.read_history(history)?;
        Ok(files)
    }

    fn read_history(&mut self, item: Option<Item>) -> Result<(), TransferError> {
        if self.refused.contains(manifest::FILE) {
            return Ok(());
        }
        let Some(item) = item else {
            return match self.history.update(b"") {
                Ok(()) => Ok(()),
                Err(fault) => self.fault(Fault { kind: Kind::Missing, ..fault }),
            };
        };
        if item.kind != ItemKind::File {
            return self.fault(Fault::at(manifest::FILE, Kind::Irregular, 0));
        }
        if item.size > history::LIMIT {
            return self.fault(Fault::at(manifest::FILE, Kind::Oversized, history::LIMIT));
        }
        if item.marker == self.history_marker {
            return Ok(());
        }
        let update = |transfer: &mut Self| {
            let mut bytes = vec![0; usize::try_from(item.size).unwrap_or(0)];
            let read = transfer.source.read(manifest::FILE, 0, &mut bytes).map_err(Stop::Unreadable)?;
            transfer.history.update(&bytes[..read]).map_err(Stop::Fault)
        };
        if self.looked_at(manifest::FILE, update)?.is_some() {
            self.history_marker = item.marker;
        }
        Ok(())
    }

    /// Does something with a file, twice or thrice when it looks wrong; takes note of what stays wrong.
    fn looked_at<T>(
        &mut self,
        name: &str,
        mut act: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<Option<T>, TransferError> {
        let mut looks = 1;
        loop {
            match act(self) {
                Ok(done) => {
                    self.unreadable.remove(name);
                    return Ok(Some(done));
                }
                Err(Stop::Ours(error)) => return Err(error),
                Err(Stop::Fault(_)) if looks < LOOKS => thread::sleep(BETWEEN_LOOKS),
                Err(Stop::Fault(fault)) => return self.fault(fault).map(|()| None),
                Err(Stop::Unreadable(why)) if why.kind() == ErrorKind::NotConnected => {
                    return Err(TransferError::Source(why));
                }
                Err(Stop::Unreadable(why)) => {
                    if self.unreadable.insert(name.to_owned()) {
                        self.notices.push(Notice::Unreadable { file: name.to_owned(), why: why.to_string() });
                    }
                    return Ok(None);
                }
            }
            looks += 1;
        }
    }

    /// One log file of the source.
    fn file(&mut self, name: &LogName, item: &Item, newest: bool) -> Result<(), TransferError> {
        let text = name.as_str();
        if self.refused.contains(text) || self.history.is_removed(text) {
            return Ok(());
        }
        if item.kind != ItemKind::File {
            return self.fault(Fault::at(text, Kind::Irregular, 0));
        }
        if item.size > self.options.max_file {
            return self.fault(Fault::at(text, Kind::Oversized, self.options.max_file));
        }
        // What a difference means depends on where the copy came from.
        let other = if self.progress.marker(text).is_some() { Kind::Rewritten } else { Kind::Taken };
        if self.is_complete(name) {
            self.audit(name, item)
        } else if let Some(listed) = self.history.listed(text).cloned() {
            let closed = self.looked_at(text, |transfer| {
                transfer.copies.complete(&mut transfer.source, name, &listed, other)
            })?;
            if let Some(closed) = closed {
                self.manifest.append(&closed)?;
                self.state.add(text);
                self.progress.note(text, &item.marker);
            }
            Ok(())
        } else {
            self.follow(name, item, newest, other)
        }
    }

    /// Whether nothing will be added to a copy any more.
    fn is_complete(&self, name: &LogName) -> bool {
        self.state.contains(name.as_str()) || self.manifest.lists(name.as_str())
    }

    fn audit(&mut self, name: &LogName, item: &Item) -> Result<(), TransferError> {
        self.state.add(name.as_str());
        if self.progress.marker(name.as_str()) == Some(&item.marker) {
            return Ok(());
        }
        let audited = self.looked_at(name.as_str(), |transfer| {
            transfer.copies.audit(&mut transfer.source, name, item.size)
        })?;
        if audited.is_some() {
            self.progress.note(name.as_str(), &item.marker);
        }
        Ok(())
    }

    fn follow(
        &mut self,
        name: &LogName,
        item: &Item,
        newest: bool,
        other: Kind,
    ) -> Result<(), TransferError> {
        if !newest && self.history.names().next().is_some_and(|first| first < name.as_str()) {
            // A collector lists a file before it makes the next: this one will never be verified.
            if !self.refused.contains(manifest::FILE) && self.unlisted.insert(name.clone()) {
                self.notices.push(Notice::Unlisted(name.to_string()));
            }
        }
        if self.copies.is_current(name, &item.marker) {
            return Ok(());
        }
        if !self.copies.exists(name)? {
            // Ours from its first byte on, also when the next step finds something wrong in it.
            self.progress.note(name.as_str(), "");
        }
        let max = self.options.max_file;
        let followed = self.looked_at(name.as_str(), |transfer| {
            transfer.copies.follow(&mut transfer.source, name, &item.marker, max, other)
        })?;
        if followed.is_some() {
            self.progress.note(name.as_str(), "");
        }
        Ok(())
    }

    /// The files that the source showed or lists, and does not show now.
    fn missing(&self, files: &BTreeMap<LogName, Item>) -> BTreeSet<String> {
        if self.refused.contains(manifest::FILE) {
            // Without its manifest nobody can tell what retention removed.
            return BTreeSet::new();
        }
        let there: BTreeSet<&str> = files.keys().map(LogName::as_str).collect();
        let known = self.progress.files().chain(self.history.names());
        known
            .filter(|name| {
                !there.contains(name)
                    && !self.history.is_removed(name)
                    && !self.refused.contains(*name)
                    && name.parse::<LogName>().is_ok_and(|name| name.label().is_none())
            })
            .map(ToOwned::to_owned)
            .collect()
    }

    /// What the source's retention removed: no fault, but a gap where a copy was not complete.
    fn take_removed(&mut self) -> Result<(), TransferError> {
        let removed: Vec<LogName> = self
            .progress
            .files()
            .filter(|name| self.history.is_removed(name))
            .filter_map(|name| name.parse().ok())
            .collect();
        let mut lost = 0;
        for name in removed {
            if !self.is_complete(&name) {
                let copied = self.seal(&name)?;
                self.gaps.removed(&name, copied, (self.options.now)())?;
                lost += 1;
            }
            self.progress.forget(name.as_str());
        }
        if lost > 0 {
            self.notices.push(Notice::Removed(lost));
        }
        Ok(())
    }

    /// Records a fault once. Nothing is taken from that file any more, and what was copied of it stays as it is.
    fn fault(&mut self, fault: Fault) -> Result<(), TransferError> {
        if self.refused.contains(&fault.file) || self.progress.refused() >= MAX_FAULTS {
            return Ok(());
        }
        if let Ok(name) = fault.file.parse::<LogName>() {
            self.seal(&name)?;
        }
        // The event first: recorded twice is better than not at all.
        self.gaps.record(&fault, (self.options.now)())?;
        self.progress.refuse(fault.key(), &fault.file);
        self.progress.save(&self.fs)?;
        self.refused.insert(fault.file.clone());
        self.notices.push(Notice::Fault(fault));
        Ok(())
    }

    /// Lists a copy in our manifest as it is, so that it cannot be changed unseen either; says how long it is.
    fn seal(&mut self, name: &LogName) -> Result<u64, TransferError> {
        if self.manifest.lists(name.as_str()) || self.progress.marker(name.as_str()).is_none() {
            return Ok(0);
        }
        match self.copies.close(name) {
            Ok(Some(closed)) => {
                self.manifest.append(&closed)?;
                Ok(closed.bytes)
            }
            Ok(None) => Ok(0),
            Err(Stop::Ours(error)) => Err(error),
            Err(Stop::Fault(_) | Stop::Unreadable(_)) => Ok(0),
        }
    }

    /// Before the first pass: complete copies of runs that did not emit, or died before they could.
    fn emit_backlog(&mut self, sink: &mut Option<&mut dyn Sink>) -> Result<(), TransferError> {
        let Some(sink) = sink else { return Ok(()) };
        if self.emitter.is_some() {
            return Ok(());
        }
        let mut emitter = Emitter::open(&self.fs, &self.dir.join(FOLDER))?;
        for name in self.local_names(|label| label.is_none() || label == Some(LABEL))? {
            if self.is_complete(&name) || name.label().is_some() {
                emitter.emit(&self.dir, &name, self.is_complete(&name), &mut **sink)?;
            }
        }
        self.emitter = Some(emitter);
        self.settled = None;
        Ok(())
    }

    fn emit(&mut self, name: &LogName, sink: &mut Option<&mut dyn Sink>) -> Result<(), TransferError> {
        let complete = self.is_complete(name);
        match (&mut self.emitter, sink) {
            (Some(emitter), Some(sink)) => emitter.emit(&self.dir, name, complete, &mut **sink),
            _ => Ok(()),
        }
    }

    fn emit_gaps(&mut self, sink: &mut Option<&mut dyn Sink>) -> Result<(), TransferError> {
        if self.emitter.is_none() || self.faults() == 0 && self.notices.is_empty() {
            return Ok(());
        }
        for name in self.local_names(|label| label == Some(LABEL))? {
            self.emit(&name, sink)?;
        }
        Ok(())
    }

    fn local_names(&self, wanted: impl Fn(Option<&str>) -> bool) -> Result<Vec<LogName>, TransferError> {
        let names = self.fs.list(&self.dir).at("list", &self.dir)?;
        let names = names.iter().filter_map(|name| name.to_str()?.parse::<LogName>().ok());
        let mut names: Vec<LogName> = names.filter(|name| wanted(name.label())).collect();
        names.sort();
        Ok(names)
    }
}

/// Whether a name, joined to a directory, would not stay in it. No directory lists one; a hostile archive may.
fn leads_out(name: &str) -> bool {
    name.is_empty() || name == ".." || name == "." || name.contains(['/', '\0'])
}

/// Removes what a crash left of replacing our state file. Other temporaries in the directory are somebody else's.
fn sweep_state<F: Fs>(fs: &F, dir: &Path) -> Result<(), TransferError> {
    let ours = format!(".{}.", state::FILE);
    for name in fs.list(dir).at("list", dir)? {
        if name.to_str().is_some_and(|name| name.starts_with(&ours) && name.ends_with(".tmp")) {
            let path = dir.join(&name);
            fs.remove(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
