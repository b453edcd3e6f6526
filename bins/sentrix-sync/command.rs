//! The output of a command as a source: `ssh HOST sentrix-collect serve`.

use crate::link::Link;
use sentrix_cli::Signals;
use sentrix_transfer::{Item, Source};
use std::io::{self, ErrorKind};

/// A command that serves.
pub struct Served {
    line: String,
    id: String,
    signals: Signals,
    link: Option<Link>,
}

impl Served {
    /// Not started before it is needed, and again when it ended.
    pub fn new(line: &str, id: Option<&str>, signals: &Signals) -> Self {
        let id = id.map_or_else(|| format!("command {line}"), ToOwned::to_owned);
        Self { line: line.to_owned(), id, signals: signals.clone(), link: None }
    }
}

impl Source for Served {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        if self.link.as_ref().is_some_and(Link::has_ended) {
            self.link = None;
        }
        let link = match &mut self.link {
            Some(link) => link,
            none => none.insert(Link::command(&self.line, &self.signals)?),
        };
        link.list()
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.link.as_mut().ok_or(ErrorKind::NotConnected)?.read(name, offset, buffer)
    }
}
