//! A container as a source: over a conversation while it runs, as archives when it stands still.

use crate::link::{Link, Place};
use crate::still::Still;
use sentrix_cli::{Signals, note};
use sentrix_sandbox::{Container as Found, Engine, State, Status, hardening};
use sentrix_transfer::{Item, ItemKind, Source};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From this length on a file that is read from its beginning comes as an archive: the engine hands that on faster than the output
/// of a command.
const LONG: u64 = 8 << 20;

/// How often is asked how the container is, while it seems to run.
const LOOK: Duration = Duration::from_secs(1);

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The container's id or name.
    pub container: String,
    /// Who may read there; nothing: who records in a sandbox of ours.
    pub user: Option<String>,
    /// The directory; nothing: where a sandbox of ours keeps its log files.
    pub dir: Option<String>,
    /// DOCKER_HOST.
    pub host: Option<String>,
    /// What is remembered under this name; nothing: under the container's id.
    pub source: Option<String>,
}

/// A container.
pub struct Container {
    wanted: Wanted,
    id: String,
    place: Place,
    signals: Signals,
    engine: Option<Arc<Engine>>,
    state: Option<State>,
    looked: Instant,
    view: View,
    /// The files that are long, as they were listed, and the one that is being read as an archive.
    long: BTreeSet<String>,
    bulk: Option<Still>,
}

/// How it is read.
enum View {
    None,
    Live(Link),
    Still(Still),
}

impl Container {
    /// Finds it.
    ///
    /// # Errors
    /// `NotFound` when there is none; `InvalidInput` when it is not ours and was not described.
    pub fn find(wanted: &Wanted, signals: &Signals) -> io::Result<Self> {
        let engine = connect(wanted)?;
        let found = look(&engine, &wanted.container)?;
        let place = place(wanted, &found)?;
        Ok(Self {
            wanted: wanted.clone(),
            id: found.id,
            place,
            signals: signals.clone(),
            engine: Some(engine),
            state: None,
            looked: Instant::now(),
            view: View::None,
            long: BTreeSet::new(),
            bulk: None,
        })
    }

    /// Whatever an engine that was lost has become.
    fn engine(&mut self) -> io::Result<Arc<Engine>> {
        if let Some(engine) = &self.engine {
            return Ok(Arc::clone(engine));
        }
        let engine = connect(&self.wanted)?;
        self.engine = Some(Arc::clone(&engine));
        Ok(engine)
    }

    /// Sees how the container is, and how it has to be read now.
    fn look(&mut self) -> io::Result<()> {
        let fresh = self.looked.elapsed() < LOOK;
        if let View::Live(link) = &self.view
            && fresh
            && !link.has_ended()
        {
            return Ok(());
        }
        self.looked = Instant::now();
        let engine = self.engine()?;
        let found = look(&engine, &self.wanted.container).inspect_err(|error| {
            self.view = View::None;
            if error.kind() != ErrorKind::NotFound {
                self.engine = None;
            }
        })?;
        if found.id != self.id {
            return Err(io::Error::new(ErrorKind::ConnectionReset, "another container has its name now"));
        }
        let changed = self.state.replace(found.state.clone()).is_some_and(|old| old != found.state);
        let running = found.state.status == Status::Running;
        match &self.view {
            View::Live(link) if running && !changed && !link.has_ended() => {}
            View::Still(_) if !changed => {}
            _ if running => {
                self.view = View::Live(Link::exec(&engine, &self.id, &self.place, &self.signals)?);
            }
            _ => {
                self.tell(&found.state);
                self.view = View::Still(Still::new(&engine, &self.id, &self.place.dir, &self.signals));
            }
        }
        Ok(())
    }

    /// Reads a long file as an archive; nothing when that is not the way.
    fn read_long(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        if !matches!(self.view, View::Live(_)) || !self.long.contains(name) {
            return None;
        }
        let begins = offset == 0 && buffer.len() as u64 >= LONG >> 3;
        if begins {
            let engine = self.engine.as_ref()?;
            self.bulk = Some(Still::new(engine, &self.id, &self.place.dir, &self.signals));
        } else if !self.bulk.as_ref().is_some_and(|bulk| bulk.reaches(name, offset)) {
            return None;
        }
        match self.bulk.as_mut()?.read(name, offset, buffer) {
            // Not where the engine can see it: on a tmpfs.
            Err(error) if begins && error.kind() == ErrorKind::NotFound => {
                self.bulk = None;
                None
            }
            read => Some(read),
        }
    }

    fn tell(&self, state: &State) {
        let how = match (state.status, state.exit_code) {
            (Status::Paused, _) => "is paused".to_owned(),
            (Status::Exited, Some(code)) => format!("has ended with code {code}"),
            (Status::Exited, None) => "has ended".to_owned(),
            _ => "does not run".to_owned(),
        };
        note(format!("{} {how}: what it recorded is read once more, from the engine", self.wanted.container));
    }
}

impl Source for Container {
    fn id(&self) -> String {
        self.wanted.source.clone().unwrap_or_else(|| format!("container {}", self.id))
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        self.bulk = None;
        self.look()?;
        match &mut self.view {
            View::None => Err(ErrorKind::NotConnected.into()),
            View::Still(still) => still.list(),
            View::Live(link) => {
                let items = link.list()?;
                let long = items.iter().filter(|item| item.kind == ItemKind::File && item.size >= LONG);
                self.long = long.map(|item| item.name.clone()).collect();
                Ok(items)
            }
        }
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(read) = self.read_long(name, offset, buffer) {
            return read;
        }
        match &mut self.view {
            View::None => Err(ErrorKind::NotConnected.into()),
            View::Live(link) => link.read(name, offset, buffer),
            View::Still(still) => still.read(name, offset, buffer),
        }
    }
}

fn connect(wanted: &Wanted) -> io::Result<Arc<Engine>> {
    Engine::connect(wanted.host.as_deref()).map(Arc::new).map_err(io::Error::other)
}

fn look(engine: &Engine, container: &str) -> io::Result<Found> {
    let found = engine.container(container).map_err(io::Error::other)?;
    found.ok_or_else(|| io::Error::new(ErrorKind::NotFound, format!("there is no container {container}")))
}

fn place(wanted: &Wanted, found: &Found) -> io::Result<Place> {
    let recorder = found.spec.as_ref().map(|spec| format!("{0}:{0}", spec.capture_uid));
    let ours = recorder.is_some().then(|| hardening::CAPTURE.to_owned());
    match (wanted.user.clone().or(recorder), wanted.dir.clone().or(ours)) {
        (Some(user), Some(dir)) => Ok(Place { user, dir }),
        _ => Err(io::Error::new(
            ErrorKind::InvalidInput,
            format!("{} is no sandbox of ours: who may read which directory in it?", wanted.container),
        )),
    }
}
