//! A listener on a unix socket or an address, with a bound on its connections.

use crate::error::TapError;
use crate::listen::Listen;
use std::fs::Permissions;
use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;

/// A connection, whatever it came over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// A listener.
pub(crate) enum Socket {
    Unix(UnixListener, PathBuf),
    Tcp(TcpListener),
}

impl Socket {
    /// Opens it. A unix socket may be connected to by everyone who reaches its folder, which is the sandbox: its relay is a user of its own. A
    /// socket that a tap left behind is replaced, one that somebody answers on is not.
    pub(crate) async fn open(listen: &Listen) -> Result<Self, TapError> {
        let cannot = |error: io::Error| TapError::Listen { place: listen.to_string(), error };
        match listen {
            Listen::Tcp(address) => Ok(Self::Tcp(TcpListener::bind(address).await.map_err(cannot)?)),
            Listen::Unix(path) => {
                if std::os::unix::net::UnixStream::connect(path).is_ok() {
                    return Err(TapError::Taken(listen.to_string()));
                }
                match std::fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(error)),
                    _ => {}
                }
                let socket = UnixListener::bind(path).map_err(cannot)?;
                std::fs::set_permissions(path, Permissions::from_mode(0o666)).map_err(cannot)?;
                Ok(Self::Unix(socket, path.clone()))
            }
        }
    }

    /// Where it is, with the port that the system chose.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Unix(_, path) => format!("unix:{}", path.display()),
            Self::Tcp(listener) => {
                listener.local_addr().map(|address| address.to_string()).unwrap_or_default()
            }
        }
    }

    /// Serves connections for ever.
    pub(crate) async fn serve<F, T>(self, most: usize, mut serve: F)
    where
        F: FnMut(Box<dyn Stream>) -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        let room = Arc::new(Semaphore::new(most));
        loop {
            // Beyond the bound, connections wait in the system's queue.
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            match self.accept().await {
                Ok(stream) => {
                    let served = serve(stream);
                    tokio::spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
                // Out of descriptors, or gone before it was taken: the next one may go better.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Unix(listener, _) => Box::new(listener.accept().await?.0),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            // Whoever starts the next tap removes it otherwise.
            let _left_behind = std::fs::remove_file(path);
        }
    }
}
