//! Docker: one blocking method a call, a time limit around each.

mod archive;
mod belonging;
mod build;
mod container;
mod exec;
mod find;
mod logs;
mod network;
mod volume;

pub use archive::Container;
pub use belonging::Belonging;
pub use build::Build;
pub use exec::{Command, Streams};
pub use find::{Labelled, Sandbox, State, Status};

use crate::Error;
use crate::error::innermost;
use bollard::{API_DEFAULT_VERSION, Docker};
use std::future::Future;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Long enough for a loaded machine, short enough to be told about.
const SHORT: Duration = Duration::from_secs(30);
/// What creates, starts and removes: these touch disks.
const LONG: Duration = Duration::from_secs(120);
/// bollard's own limit, seconds. It stands above ours, which differ from call to call.
const WAIT: u64 = 3600;
const SOCKET: &str = "/var/run/docker.sock";

/// A connection to the Docker engine.
#[derive(Debug)]
pub struct Engine {
    docker: Docker,
    // A worker of its own drives the connections, so that a caller who waits for a terminal or a pipe holds up nothing.
    runtime: Runtime,
    /// The engine's socket.
    path: String,
    /// Processors that the engine can give.
    pub cpus: u32,
    /// Whether a socket of this machine that is mounted leads out of the container: not where the engine runs in a machine of its own.
    pub mounts_sockets: bool,
    /// The engine's own id: names are unique within one engine only.
    pub id: String,
}

impl Engine {
    /// Connects to the socket that `host` names (`unix://PATH`; the usual one without it) and asks what is there.
    ///
    /// # Errors
    /// When the host is not a socket, nothing answers there in time, or this user may not ask.
    pub fn connect(host: Option<&str>) -> Result<Self, Error> {
        let path = socket(host)?;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Error::Start)?;
        let doing = "ask the Docker engine what it is";
        let unreachable = |cause: String| Error::Unreachable { host: path.clone(), cause };
        let docker = Docker::connect_with_unix(&path, WAIT, API_DEFAULT_VERSION)
            .map_err(|error| unreachable(error.to_string()))?;
        let asked = runtime.block_on(async {
            tokio::time::timeout(SHORT, async {
                let docker = docker.negotiate_version().await?;
                let info = docker.info().await?;
                Ok((docker, info))
            })
            .await
        });
        let (docker, info) = match asked {
            Ok(answer) => {
                answer.map_err(|error: bollard::errors::Error| match Error::from_docker(doing, error) {
                    Error::Broken { cause, .. } if cause.contains("ermission denied") => {
                        Error::Forbidden(path.clone())
                    }
                    Error::Broken { cause, .. } => unreachable(cause),
                    other => other,
                })?
            }
            Err(late) => return Err(unreachable(innermost(&late))),
        };
        let cpus = info.ncpu.and_then(|number| u32::try_from(number).ok()).unwrap_or(1).max(1);
        let mounts_sockets = here(info.operating_system.as_deref());
        Ok(Self { docker, runtime, path, cpus, mounts_sockets, id: info.id.unwrap_or_default() })
    }

    fn call<T>(
        &self,
        doing: &'static str,
        limit: Duration,
        future: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, Error> {
        let limited = async { tokio::time::timeout(limit, future).await };
        match self.runtime.block_on(limited) {
            Ok(answer) => answer.map_err(|error| Error::from_docker(doing, error)),
            Err(_) => Err(Error::Late { doing, limit }),
        }
    }
}

/// Containers are Linux: elsewhere the engine has a machine of its own, and Docker Desktop has one on Linux too.
fn here(operating_system: Option<&str>) -> bool {
    cfg!(target_os = "linux") && operating_system != Some("Docker Desktop")
}

fn socket(host: Option<&str>) -> Result<String, Error> {
    match host {
        None | Some("") => Ok(SOCKET.to_owned()),
        Some(host) => match host.strip_prefix("unix://") {
            Some(path) if path.starts_with('/') => Ok(path.to_owned()),
            _ => Err(Error::Host(host.to_owned())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_are_spoken() {
        assert_eq!(socket(None).unwrap(), SOCKET);
        assert_eq!(socket(Some("unix:///run/podman.sock")).unwrap(), "/run/podman.sock");
        for host in ["tcp://10.0.0.1:2375", "ssh://host", "unix://relative", "/bare"] {
            assert!(matches!(socket(Some(host)), Err(Error::Host(_))), "{host}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn docker_desktop_has_a_machine_of_its_own() {
        assert!(here(Some("Debian GNU/Linux 12 (bookworm)")) && here(None));
        assert!(!here(Some("Docker Desktop")));
    }

    #[test]
    fn where_nothing_listens_nothing_answers() {
        let missing = Engine::connect(Some("unix:///nonexistent/docker.sock")).unwrap_err();
        assert!(matches!(missing, Error::Unreachable { .. }), "{missing}");
    }
}
