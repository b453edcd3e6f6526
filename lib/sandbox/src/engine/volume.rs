//! Volumes: where OpenClaw's state is.

use super::belonging::{Belonging, selector};
use super::{Engine, LONG, SHORT};
use crate::{Error, Name, Spec, config, label};
use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};
use std::collections::HashMap;

impl Engine {
    /// Makes the sandbox's volume; one that is kept may be there already, and is used as it is.
    ///
    /// # Errors
    /// When the engine cannot, or a volume that would go with the sandbox belongs to somebody else.
    pub fn create_volume(&self, spec: &Spec) -> Result<(), Error> {
        let doing = "create the volume";
        let volume = self.call(doing, LONG, self.docker.create_volume(config::volume(spec)))?;
        let ours = volume.labels.get(label::BOX).is_some_and(|name| name == spec.name.as_str());
        if spec.volume.keep || ours {
            return Ok(());
        }
        Err(Error::Conflict {
            doing,
            message: format!("there is a volume {} already, and it is not ours", volume.name),
        })
    }

    /// The volumes that were made for this sandbox, or for any, and end with it.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn volumes(&self, of: Option<&Name>) -> Result<Vec<Belonging>, Error> {
        let filters = HashMap::from([("label", vec![selector(of)])]);
        let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
        let listed = self.call("list the volumes", SHORT, self.docker.list_volumes(Some(options)))?;
        let volumes = listed.volumes.unwrap_or_default();
        Ok(volumes
            .into_iter()
            .filter_map(|volume| {
                let sandbox = volume.labels.get(label::BOX)?.parse().ok()?;
                Some(Belonging { id: volume.name, sandbox, created: volume.created_at })
            })
            .collect())
    }

    /// Removes a volume and what is in it. Gone already is fine.
    ///
    /// # Errors
    /// When the engine cannot: a container still uses it.
    pub fn remove_volume(&self, name: &str) -> Result<(), Error> {
        match self.call(
            "remove the volume",
            LONG,
            self.docker.remove_volume(name, None::<RemoveVolumeOptions>),
        ) {
            Err(error) if error.is_missing() => Ok(()),
            other => other,
        }
    }
}
