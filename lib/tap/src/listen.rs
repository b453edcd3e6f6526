//! Where a listener is: a unix socket, or an address of this machine.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a listener is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// `unix:PATH`.
    Unix(PathBuf),
    /// `HOST:PORT`, on the loopback: a tap with keys is not for the network.
    Tcp(SocketAddr),
}

/// No place to listen.
#[derive(Debug, thiserror::Error)]
pub enum BadListen {
    /// Neither form.
    #[error("neither unix:PATH nor HOST:PORT")]
    Form,
    /// Others could use the keys.
    #[error("only an address of the loopback may be listened on: whoever reaches the tap uses its keys")]
    Open,
}

impl FromStr for Listen {
    type Err = BadListen;

    fn from_str(text: &str) -> Result<Self, BadListen> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(BadListen::Form) } else { Ok(Self::Unix(path.into())) };
        }
        let text = text
            .strip_prefix("localhost:")
            .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
        let address: SocketAddr = text.parse().map_err(|_| BadListen::Form)?;
        if address.ip().is_loopback() { Ok(Self::Tcp(address)) } else { Err(BadListen::Open) }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!("unix:/run/llm.sock".parse::<Listen>().unwrap(), Listen::Unix("/run/llm.sock".into()));
        assert_eq!("localhost:80".parse::<Listen>().unwrap().to_string(), "127.0.0.1:80");
        assert!(matches!("0.0.0.0:80".parse::<Listen>(), Err(BadListen::Open)));
        for bad in ["", "unix:", "80", "host"] {
            assert!(matches!(bad.parse::<Listen>(), Err(BadListen::Form)), "{bad}");
        }
    }
}
