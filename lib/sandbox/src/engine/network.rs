//! Networks: one for a sandbox, made, cut and removed with it.

use super::belonging::Belonging;
use super::{Engine, LONG, SHORT};
use crate::{Error, Name, Spec, config, label};
use bollard::models::{NetworkConnectRequest, NetworkDisconnectRequest};
use bollard::query_parameters::ListNetworksOptionsBuilder;
use std::collections::HashMap;

impl Engine {
    /// Makes the network that the sandbox wants of its own, if it does.
    ///
    /// # Errors
    /// When the engine cannot.
    pub fn create_network(&self, spec: &Spec) -> Result<(), Error> {
        match config::network(spec) {
            Some(request) => {
                self.call("create the network", LONG, self.docker.create_network(request)).map(drop)
            }
            None => Ok(()),
        }
    }

    /// Whether there is a network of this name.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn has_network(&self, name: &str) -> Result<bool, Error> {
        match self.call("look for the network", SHORT, self.docker.inspect_network(name, None)) {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The networks of this sandbox, or of all.
    ///
    /// # Errors
    /// When the engine cannot say.
    pub fn networks(&self, of: Option<&Name>) -> Result<Vec<Belonging>, Error> {
        let filters = HashMap::from([("label", vec![super::belonging::selector(of)])]);
        let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
        let listed = self.call("list the networks", SHORT, self.docker.list_networks(Some(options)))?;
        Ok(listed
            .into_iter()
            .filter_map(|network| {
                Some(Belonging {
                    id: network.id?,
                    sandbox: network.labels?.get(label::BOX)?.parse().ok()?,
                    created: network.created,
                })
            })
            .collect())
    }

    /// Removes a network. Gone already is fine.
    ///
    /// # Errors
    /// When the engine cannot: something is still connected.
    pub fn remove_network(&self, id: &str) -> Result<(), Error> {
        match self.call("remove the network", LONG, self.docker.remove_network(id)) {
            Err(error) if error.is_missing() => Ok(()),
            other => other,
        }
    }

    /// Takes the container off a network.
    ///
    /// # Errors
    /// When the engine cannot.
    pub fn disconnect(&self, id: &str, network: &str) -> Result<(), Error> {
        let request = NetworkDisconnectRequest { container: id.to_owned(), force: Some(true) };
        self.call("cut the network", SHORT, self.docker.disconnect_network(network, request))
    }

    /// Puts the container on a network.
    ///
    /// # Errors
    /// When the engine cannot.
    pub fn connect_to(&self, id: &str, network: &str) -> Result<(), Error> {
        let request = NetworkConnectRequest { container: id.to_owned(), endpoint_config: None };
        self.call("join the network", SHORT, self.docker.connect_network(network, request))
    }
}
