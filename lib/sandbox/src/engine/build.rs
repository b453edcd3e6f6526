//! Building the image.

use super::Engine;
use crate::Error;
use bollard::query_parameters::BuildImageOptionsBuilder;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::io;
use std::time::Duration;

/// A step may fetch hundreds of megabytes without a word.
const SILENCE: Duration = Duration::from_secs(900);

/// What to build an image from.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// What the image is called.
    pub tag: String,
    /// The Dockerfile's arguments.
    pub arguments: HashMap<String, String>,
    /// Path, mode and content of every file.
    pub files: Vec<(String, u32, Vec<u8>)>,
}

impl Build {
    /// The files as the engine takes them.
    fn context(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, mode, bytes) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(u64::try_from(bytes.len()).map_err(io::Error::other)?);
            header.set_mode(*mode);
            archive.append_data(&mut header, path, bytes.as_slice())?;
        }
        archive.into_inner()
    }
}

impl Engine {
    /// Builds the image; `progress` is given each line as it comes.
    ///
    /// # Errors
    /// When a step fails, or the engine says nothing for a quarter of an hour.
    pub fn build(&self, build: &Build, mut progress: impl FnMut(&str)) -> Result<(), Error> {
        let doing = "build the image";
        let options = BuildImageOptionsBuilder::default()
            .dockerfile("Dockerfile")
            .t(&build.tag)
            .rm(true)
            .forcerm(true)
            .buildargs(&build.arguments)
            .build();
        let context = build.context().map_err(Error::Start)?;
        let mut stream = self.docker.build_image(options, None, Some(bollard::body_full(context.into())));
        let mut lines = Lines::default();
        loop {
            let limited = async { tokio::time::timeout(SILENCE, stream.next()).await };
            let step = match self.runtime.block_on(limited) {
                Ok(None) => {
                    lines.end(&mut progress);
                    return Ok(());
                }
                Ok(Some(step)) => step.map_err(|error| Error::from_docker(doing, error))?,
                Err(_) => return Err(Error::Late { doing, limit: SILENCE }),
            };
            // Docker writes what it pulls as `status`, over and over; each is a line.
            if let Some(text) = step.stream {
                lines.add(&text, &mut progress);
            } else if let (Some(status), None) = (step.status, step.progress_detail) {
                progress(&status);
            }
        }
    }
}

/// Puts lines together from the pieces that the engine sends.
#[derive(Default)]
struct Lines {
    open: String,
}

impl Lines {
    fn add(&mut self, text: &str, progress: &mut impl FnMut(&str)) {
        self.open.push_str(text);
        while let Some(end) = self.open.find('\n') {
            let line: String = self.open.drain(..=end).collect();
            if !line.trim().is_empty() {
                progress(line.trim_end());
            }
        }
    }

    fn end(self, progress: &mut impl FnMut(&str)) {
        if !self.open.trim().is_empty() {
            progress(self.open.trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn lines_are_put_together_from_pieces() {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        let mut progress = |line: &str| seen.push(line.to_owned());
        for piece in ["Step 1", " : FROM a\n", "\n\nb\r\nc", "d"] {
            lines.add(piece, &mut progress);
        }
        lines.end(&mut progress);
        assert_eq!(seen, ["Step 1 : FROM a", "b", "cd"]);
    }

    #[test]
    fn the_context_holds_the_files_with_their_modes() {
        let build = Build { files: vec![("bin/a".into(), 0o755, b"x".to_vec())], ..Build::default() };
        let context = build.context().unwrap();
        let mut archive = tar::Archive::new(context.as_slice());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some("bin/a"));
        assert_eq!(entry.header().mode().unwrap(), 0o755);
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        assert_eq!(content, "x");
    }
}
