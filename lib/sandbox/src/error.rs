//! What can go wrong between us and the engine.

use std::time::Duration;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DOCKER_HOST names something that this program does not speak.
    #[error("DOCKER_HOST is {0}, and only unix:// sockets are spoken here")]
    Host(String),
    /// Nothing is there, or it does not answer.
    #[error("the Docker engine does not answer at {host}: {cause}")]
    Unreachable {
        /// The socket.
        host: String,
        /// What the system says.
        cause: String,
    },
    /// The socket is there, but not for this user.
    #[error("the Docker engine at {0} is not for this user")]
    Forbidden(String),
    /// No answer in time.
    #[error("{doing}: the Docker engine took longer than {} s", limit.as_secs())]
    Late {
        /// What was being done.
        doing: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection broke: the engine was stopped or restarted.
    #[error("{doing}: the connection to the Docker engine broke ({cause})")]
    Broken {
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        cause: String,
    },
    /// What was named is not there.
    #[error("{doing}: {message}")]
    Missing {
        /// What was being done.
        doing: &'static str,
        /// What the engine says.
        message: String,
    },
    /// Something is in the way: a name that is taken, a state that does not allow it.
    #[error("{doing}: {message}")]
    Conflict {
        /// What was being done.
        doing: &'static str,
        /// What the engine says.
        message: String,
    },
    /// The engine says no.
    #[error("{doing}: {message}")]
    Refused {
        /// What was being done.
        doing: &'static str,
        /// What the engine says.
        message: String,
    },
    /// What the container gave could not be handed on.
    #[error("cannot pass on what the container says: {0}")]
    Output(std::io::Error),
    /// No random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// A thread or a runtime could not be started.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
}

impl Error {
    /// Whether this says that the thing is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    pub(crate) fn from_docker(doing: &'static str, error: bollard::errors::Error) -> Self {
        use bollard::errors::Error as Docker;
        match error {
            Docker::DockerResponseServerError { status_code, message } => {
                Self::from_status(doing, status_code, message)
            }
            Docker::DockerStreamError { error } => Self::Refused { doing, message: error },
            other => Self::Broken { doing, cause: innermost(&other) },
        }
    }

    fn from_status(doing: &'static str, status: u16, message: String) -> Self {
        let message = message.trim().to_owned();
        match status {
            404 => Self::Missing { doing, message },
            409 => Self::Conflict { doing, message },
            _ => Self::Refused { doing, message },
        }
    }
}

/// The last cause: the outer ones only name libraries.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_what_it_was() {
        let of = |status| Error::from_status("create the container", status, "because\n".into());
        assert!(of(404).is_missing());
        assert!(matches!(of(409), Error::Conflict { .. }));
        assert_eq!(of(500).to_string(), "create the container: because");
    }
}
