//! Containers: made, started, stopped, removed.

use super::{Engine, LONG, SHORT};
use crate::{Error, Spec, config};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};
use std::time::Duration;

impl Engine {
    /// Makes the container and gives its id, and what the engine warns of.
    ///
    /// # Errors
    /// When the name is taken, the image is gone, or the engine says no.
    pub fn create(&self, spec: &Spec) -> Result<(String, Vec<String>), Error> {
        let options = CreateContainerOptionsBuilder::default().name(spec.name.as_str()).build();
        let body = config::container(spec);
        let made =
            self.call("create the container", LONG, self.docker.create_container(Some(options), body))?;
        Ok((made.id, made.warnings))
    }

    /// Starts it.
    ///
    /// # Errors
    /// When the engine cannot.
    pub fn start(&self, id: &str) -> Result<(), Error> {
        self.call("start the container", LONG, self.docker.start_container(id, None))
    }

    /// Asks it to end and waits, at most as long as it was made with; then the engine kills it. Ended already is fine.
    ///
    /// # Errors
    /// When the engine cannot, or it has not ended in time.
    pub fn stop(&self, id: &str, patience: Duration) -> Result<(), Error> {
        self.call("stop the container", patience + SHORT, self.docker.stop_container(id, None))
    }

    /// Stops it in its tracks.
    ///
    /// # Errors
    /// When it does not run, or is paused already.
    pub fn pause(&self, id: &str) -> Result<(), Error> {
        self.call("pause the container", SHORT, self.docker.pause_container(id))
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it is not paused.
    pub fn unpause(&self, id: &str) -> Result<(), Error> {
        self.call("resume the container", SHORT, self.docker.unpause_container(id))
    }

    /// Removes it, killing it if need be. Gone already is fine.
    ///
    /// # Errors
    /// When the engine cannot.
    pub fn remove(&self, id: &str) -> Result<(), Error> {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        match self.call("remove the container", LONG, self.docker.remove_container(id, Some(options))) {
            Err(error) if error.is_missing() => Ok(()),
            // Somebody else is removing it.
            Err(Error::Conflict { message, .. }) if message.contains("already in progress") => Ok(()),
            other => other,
        }
    }
}
