//! What the engine's refusals mean, and what to do next.

use sentrix_cli::{Exit, Failure};
use sentrix_sandbox::{Engine, Error};

/// The engine of DOCKER_HOST.
pub fn engine() -> Result<Engine, Failure> {
    let host = std::env::var("DOCKER_HOST").ok();
    Engine::connect(host.as_deref()).map_err(from)
}

/// One line with the cause and the next command.
pub fn from(error: Error) -> Failure {
    let next = match &error {
        Error::Host(_) => {
            "set DOCKER_HOST to unix:///PATH/OF/docker.sock or unset it (TCP and TLS are not spoken)"
        }
        Error::Unreachable { .. } => {
            "start it (on Debian: apt-get install docker.io && systemctl start docker) or set DOCKER_HOST"
        }
        Error::Forbidden(_) => {
            "join the group docker (usermod -aG docker USER, then log in again) or use sudo"
        }
        Error::Late { .. } => "see whether `docker info` answers, then try again",
        Error::Broken { .. } => "the engine may have been restarted: `sentrix-box status` shows what is left",
        Error::Missing { .. } => "`sentrix-box status` shows what there is",
        Error::Conflict { .. } | Error::Refused { .. } => "`sentrix-box status` shows how things are",
        Error::Output(_) | Error::Random(_) | Error::Start(_) => {
            "see how much memory, disk and descriptors are left"
        }
    };
    let exit = if matches!(error, Error::Host(_)) { Exit::Usage } else { Exit::Environment };
    Failure::new(exit, error.to_string()).next(next)
}

/// The sandbox ended, or never ran, while something was asked of it.
pub fn not_running(name: &str, how: &str) -> Failure {
    Failure::environment(format!("the sandbox {name} does not run"))
        .because(how)
        .next("`sentrix-box logs` shows its last words, `sentrix-box stop` clears it away, `sentrix-box up` makes another")
}
