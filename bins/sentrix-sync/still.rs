//! A container that does not run: its files as the engine packs them.

use crate::packed::Packed;
use sentrix_cli::Signals;
use sentrix_sandbox::Engine;
use sentrix_transfer::{Archive, Item, Source};
use std::io::{self, Read};
use std::sync::Arc;

type Opener = Box<dyn FnMut(Option<&str>) -> io::Result<Box<dyn Read>>>;

/// The files of a container that stands still, which do not change.
pub struct Still {
    archive: Archive<Opener>,
    listing: Option<Vec<Item>>,
}

impl Still {
    /// The files of this directory.
    pub fn new(engine: &Arc<Engine>, id: &str, dir: &str, signals: &Signals) -> Self {
        let (engine, container, dir) = (Arc::clone(engine), id.to_owned(), dir.to_owned());
        let signals = signals.clone();
        let open: Opener = Box::new(move |name| {
            let path = name.map_or_else(|| dir.clone(), |name| format!("{dir}/{name}"));
            Ok(Box::new(Packed::start(&engine, &container, path, &signals)?))
        });
        Self { archive: Archive::new(id, open), listing: None }
    }

    pub fn list(&mut self) -> io::Result<Vec<Item>> {
        if self.listing.is_none() {
            self.listing = Some(self.archive.list()?);
        }
        Ok(self.listing.clone().unwrap_or_default())
    }

    /// Whether the engine is already giving these bytes.
    pub fn reaches(&self, name: &str, offset: u64) -> bool {
        self.archive.reaches(name, offset)
    }

    pub fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.archive.read(name, offset, buffer)
    }
}
