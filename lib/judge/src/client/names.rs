//! Looking a server's name up, not before every question: ureq starts a thread for each look-up that has a time limit.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an address is good for. Servers move seldom, and the question that meets one which has moved is asked again.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// A resolver that remembers what it found.
#[derive(Debug, Default)]
pub(super) struct Names {
    system: DefaultResolver,
    found: Mutex<HashMap<String, (Instant, Vec<SocketAddr>)>>,
}

impl Names {
    fn remembered(&self, name: &str) -> Option<Vec<SocketAddr>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found
            .get(name)
            .filter(|(since, _)| since.elapsed() < GOOD_FOR)
            .map(|(_, addresses)| addresses.clone())
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        // The port of an address that names none depends on the scheme.
        let name = format!(
            "{}://{}",
            uri.scheme_str().unwrap_or_default(),
            uri.authority().map_or("", |it| it.as_str())
        );
        let mut addresses = self.empty();
        if let Some(remembered) = self.remembered(&name) {
            remembered.into_iter().for_each(|address| addresses.push(address));
            return Ok(addresses);
        }
        let found = self.system.resolve(uri, config, timeout)?;
        let entry = (Instant::now(), found.to_vec());
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(name, entry);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_once_for_each_scheme_and_port() {
        let names = Names::default();
        let agent = ureq::Agent::config_builder().build();
        for url in [
            "http://localhost:1/v1",
            "http://localhost:1/other",
            "http://localhost/v1",
            "https://localhost/v1",
        ] {
            let found = names.resolve(&url.parse().unwrap(), &agent, NextTimeout::default()).unwrap();
            let again = names.resolve(&url.parse().unwrap(), &agent, NextTimeout::default()).unwrap();
            assert_eq!(found.to_vec(), again.to_vec());
            assert!(found.iter().all(|address| address.ip().is_loopback()));
        }
        let ports: Vec<u16> = {
            let found = names.found.lock().unwrap();
            let mut ports: Vec<u16> = found.values().map(|(_, addresses)| addresses[0].port()).collect();
            ports.sort_unstable();
            ports
        };
        assert_eq!(ports, [1, 80, 443]);
    }
}
