//! The log files that one writer wrote, one after another.

use super::event::Event;
use super::filter::Filter;
use sentrix_cli::{Failure, warn};
use sentrix_record::log::{Entries, LogName, Why};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The log files of one writer: the collector, the tap, sync.
pub struct Group {
    label: Option<String>,
    /// Files that are not read to their end, oldest first.
    files: VecDeque<PathBuf>,
    /// How far each file was read.
    read: BTreeMap<PathBuf, u64>,
    reading: Option<(PathBuf, Entries<File>)>,
}

/// The files of these paths, by their writers.
pub fn groups(paths: &[PathBuf]) -> Result<Vec<Group>, Failure> {
    let mut groups: Vec<Group> = Vec::new();
    for (label, path) in files(paths)? {
        let at = groups.iter().position(|group| group.label == label);
        let at = at.unwrap_or_else(|| {
            let (files, read) = (VecDeque::new(), BTreeMap::new());
            groups.push(Group { label, files, read, reading: None });
            groups.len() - 1
        });
        groups[at].files.push_back(path);
    }
    if groups.is_empty() {
        // Whoever follows waits for the first file.
        groups.push(Group { label: None, files: VecDeque::new(), read: BTreeMap::new(), reading: None });
    }
    Ok(groups)
}

fn files(paths: &[PathBuf]) -> Result<Vec<(Option<String>, PathBuf)>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push((label(path), path.clone()));
            continue;
        }
        let entries = path.read_dir().map_err(|error| {
            Failure::environment(format!("cannot read {}", path.display()))
                .because(error)
                .next("name a log directory or log files")
        })?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<LogName>().ok());
        let mut names: Vec<LogName> = names.collect();
        names.sort();
        found.extend(names.iter().map(|name| (name.label().map(str::to_owned), path.join(name.as_str()))));
    }
    Ok(found)
}

fn label(path: &Path) -> Option<String> {
    let name: LogName = path.file_name()?.to_str()?.parse().ok()?;
    name.label().map(str::to_owned)
}

impl Group {
    /// The next event that is shown; nothing at the end of what is there.
    pub fn take(&mut self, filter: &Filter) -> Option<Event> {
        loop {
            if self.reading.is_none() {
                let path = self.files.pop_front()?;
                let from = self.read.get(&path).copied().unwrap_or(0);
                self.reading = open(&path, from).map(|entries| (path, entries));
                continue;
            }
            let (path, entries) = self.reading.as_mut()?;
            let offset = entries.offset();
            match entries.next() {
                Some(Ok(entry)) => {
                    let event = Event::of(&entry);
                    if filter.takes(&event) {
                        return Some(event);
                    }
                }
                // The end is still being written, or was torn off: it is looked at again when there is more.
                Some(Err(bad)) if matches!(bad.why, Why::Torn) => {
                    self.read.insert(path.clone(), offset);
                    self.reading = None;
                }
                Some(Err(bad)) => super::bad(&path.display().to_string(), bad.start, bad.len),
                None => {
                    self.read.insert(path.clone(), offset);
                    self.reading = None;
                }
            }
        }
    }

    /// The last events that are shown. Files are read from the newest back, and no more of them than need be.
    pub fn last(&mut self, filter: &Filter, most: usize) -> Vec<Event> {
        let mut files = std::mem::take(&mut self.files);
        let mut last: VecDeque<Event> = VecDeque::new();
        while last.len() < most
            && let Some(path) = files.pop_back()
        {
            self.files.push_back(path);
            let mut of_this = VecDeque::new();
            while let Some(event) = self.take(filter) {
                of_this.push_back(event);
                if of_this.len() > most - last.len() {
                    of_this.pop_front();
                }
            }
            of_this.append(&mut last);
            last = of_this;
        }
        // What is older than these is not read later either.
        self.read.extend(files.into_iter().map(|path| (path, u64::MAX)));
        last.into()
    }

    /// Takes up what was added to the newest files, and files that are new.
    pub fn look_again(&mut self, paths: &[PathBuf]) {
        let Ok(found) = files(paths) else { return };
        for (_, path) in found.into_iter().filter(|(label, _)| *label == self.label) {
            let read = self.read.get(&path).copied().unwrap_or(0);
            if path.metadata().is_ok_and(|metadata| metadata.len() > read.saturating_add(2)) {
                self.files.push_back(path);
            }
        }
    }
}

fn open(path: &Path, from: u64) -> Option<Entries<File>> {
    let opened = sentrix_record::fs::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        Ok(file)
    });
    match opened {
        Ok(file) => Some(Entries::at(file, from)),
        Err(error) => {
            warn(format!("cannot read {}: {error}", path.display()));
            None
        }
    }
}
