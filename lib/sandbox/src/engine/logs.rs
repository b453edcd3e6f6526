//! What the container itself says: the gateway's output and the supervisor's last line.

use super::{Engine, SHORT};
use crate::Error;
use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use std::io::Write;

impl Engine {
    /// Writes the last `tail` lines (all without it) and, when told to follow, what comes until the container ends.
    ///
    /// # Errors
    /// When the engine cannot, or `out` takes no more.
    pub fn logs(&self, id: &str, tail: Option<u32>, follow: bool, out: &mut dyn Write) -> Result<(), Error> {
        let doing = "read the container's output";
        let tail = tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
        let options =
            LogsOptionsBuilder::default().stdout(true).stderr(true).follow(follow).tail(&tail).build();
        let mut stream = self.docker.logs(id, Some(options));
        loop {
            let next = self.runtime.block_on(async {
                if follow {
                    Ok(stream.next().await)
                } else {
                    tokio::time::timeout(SHORT, stream.next()).await
                }
            });
            let piece = match next {
                Ok(None) => return Ok(()),
                Ok(Some(piece)) => piece.map_err(|error| Error::from_docker(doing, error))?,
                Err(_) => return Err(Error::Late { doing, limit: SHORT }),
            };
            let bytes = match &piece {
                LogOutput::StdOut { message }
                | LogOutput::StdErr { message }
                | LogOutput::Console { message } => message,
                LogOutput::StdIn { .. } => continue,
            };
            out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::Output)?;
        }
    }
}
