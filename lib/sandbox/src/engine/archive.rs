//! Files of a container, whether it runs or not, as the engine packs them.

use super::find::state;
use super::{Engine, SHORT, WAIT};
use crate::{Error, Spec, State, label};
use bollard::Docker;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt;
use std::io::Write;
use tokio::runtime::Builder;

/// A container, ours or not.
#[derive(Debug, Clone)]
pub struct Container {
    /// Docker's id.
    pub id: String,
    /// How it is.
    pub state: State,
    /// What it was made from; nothing when it is not ours.
    pub spec: Option<Spec>,
}

impl Engine {
    /// The container of this id or name, whoever made it.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn container(&self, id: &str) -> Result<Option<Container>, Error> {
        match self.call("inspect the container", SHORT, self.docker.inspect_container(id, None)) {
            Ok(inspect) => Ok(inspect.id.clone().map(|id| {
                let labels = inspect.config.as_ref().and_then(|config| config.labels.as_ref());
                Container { id, state: state(&inspect), spec: labels.and_then(label::read) }
            })),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the tar archive of a file or directory in a container; links are packed, not followed.
    ///
    /// # Errors
    /// When there is no such file, the engine cannot, or `out` takes no more.
    pub fn archive(&self, id: &str, path: &str, out: &mut dyn Write) -> Result<(), Error> {
        let doing = "pack the container's files";
        let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
        // A connection and a runtime on this thread alone: woken from another one for each piece, it took twice the time.
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
        let docker = Docker::connect_with_unix(&self.path, WAIT, &self.docker.client_version())
            .map_err(|error| Error::from_docker(doing, error))?;
        runtime.block_on(async {
            let mut stream = docker.download_from_container(id, Some(options));
            loop {
                match tokio::time::timeout(SHORT, stream.next()).await {
                    Ok(None) => return Ok(()),
                    Ok(Some(piece)) => {
                        let piece = piece.map_err(|error| Error::from_docker(doing, error))?;
                        out.write_all(&piece).map_err(Error::Output)?;
                    }
                    Err(_) => return Err(Error::Late { doing, limit: SHORT }),
                }
            }
        })
    }
}
