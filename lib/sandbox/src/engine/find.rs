//! Finding our sandboxes, and no one else's.

use super::{Engine, SHORT};
use crate::{Error, Inspect, Name, Spec, label};
use bollard::query_parameters::ListContainersOptionsBuilder;
use std::collections::HashMap;

/// One of our containers, as it is now.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Docker's id.
    pub id: String,
    /// What it was made from.
    pub spec: Spec,
    /// How it is.
    pub state: State,
    /// Everything that Docker says of it.
    pub inspect: Inspect,
}

/// A container with our label.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Docker's id.
    pub id: String,
    /// What the label says.
    pub name: String,
    /// Nothing when its specification cannot be read: another version made it, or somebody else.
    pub sandbox: Option<Sandbox>,
}

/// How a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// In one word.
    pub status: Status,
    /// What it ended with.
    pub exit_code: Option<i64>,
    /// Whether it, or a process in it, was killed for want of memory.
    pub oom_killed: bool,
    /// What Docker says was wrong.
    pub error: Option<String>,
    /// RFC 3339.
    pub started_at: Option<String>,
}

/// How a container is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Made, not started.
    Created,
    /// Running.
    Running,
    /// Stopped in its tracks.
    Paused,
    /// Ended.
    Exited,
    /// Anything else.
    Other,
}

impl Engine {
    /// All our sandboxes, in the order of their names.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn sandboxes(&self) -> Result<Vec<Sandbox>, Error> {
        Ok(self.labelled()?.into_iter().filter_map(|one| one.sandbox).collect())
    }

    /// All containers with our label, in the order of their names: also those whose specification cannot be read.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn labelled(&self) -> Result<Vec<Labelled>, Error> {
        let filters = HashMap::from([("label", vec![label::BOX])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        let listed = self.call("list the sandboxes", SHORT, self.docker.list_containers(Some(options)))?;
        let mut found = Vec::new();
        for container in listed {
            let Some(id) = container.id else { continue };
            let name =
                container.labels.and_then(|labels| labels.get(label::BOX).cloned()).unwrap_or_default();
            found.push(Labelled { sandbox: self.sandbox(&id)?, name, id });
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The sandbox of this id or name; nothing when there is none, or the container is not ours.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn sandbox(&self, id: &str) -> Result<Option<Sandbox>, Error> {
        match self.call("inspect the sandbox", SHORT, self.docker.inspect_container(id, None)) {
            Ok(inspect) => Ok(sandbox(inspect)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The id of a local image; nothing when there is none of this name.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn image(&self, name: &str) -> Result<Option<String>, Error> {
        match self.call("look for the image", SHORT, self.docker.inspect_image(name)) {
            Ok(image) => Ok(image.id),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether any container has this name, ours or not.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn is_taken(&self, name: &Name) -> Result<bool, Error> {
        match self.call("look for the name", SHORT, self.docker.inspect_container(name.as_str(), None)) {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn sandbox(inspect: Inspect) -> Option<Sandbox> {
    let labels = inspect.config.as_ref()?.labels.as_ref()?;
    Some(Sandbox { id: inspect.id.clone()?, spec: label::read(labels)?, state: state(&inspect), inspect })
}

pub(super) fn state(inspect: &Inspect) -> State {
    let state = inspect.state.clone().unwrap_or_default();
    let status = match state.status.map(|status| status.to_string()).as_deref() {
        Some("created") => Status::Created,
        Some("running") => Status::Running,
        Some("paused") => Status::Paused,
        Some("exited") => Status::Exited,
        _ => Status::Other,
    };
    State {
        status,
        exit_code: state.exit_code.filter(|_| status == Status::Exited),
        oom_killed: state.oom_killed.unwrap_or_default(),
        error: state.error.filter(|error| !error.is_empty()),
        started_at: state.started_at,
    }
}
