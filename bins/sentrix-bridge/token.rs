//! The gateway's token: from a file, from the environment, or from where sentrix-box keeps it. Never from the command line.

use crate::args::Options;
use crate::sandbox;
use crate::settings::{Gateway, sentrix_box};
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that may hold it.
pub const VARIABLE: &str = "SENTRIX_GATEWAY_TOKEN";

/// Where the token comes from. It is looked up for each connection: a new sandbox has a new one.
#[derive(Debug, Clone)]
pub struct Tokens {
    file: Option<PathBuf>,
    /// sentrix-box, and whether there is no other way.
    program: Option<(std::ffi::OsString, bool)>,
    log_dir: PathBuf,
}

impl Tokens {
    /// From the command line.
    pub fn new(options: &Options, gateway: &Gateway) -> Self {
        let program = match gateway {
            Gateway::Box(program) => Some((program.clone(), true)),
            // The command may be sentrix-box on a longer way.
            Gateway::Shell(_) => Some((sentrix_box(), false)),
            Gateway::Address(_) => None,
        };
        Self { file: options.gateway_token_file.clone(), program, log_dir: options.log_dir.clone() }
    }

    /// The token; why there is none.
    pub fn find(&self) -> Result<String, String> {
        if let Some(path) = &self.file {
            return read(path);
        }
        if let Ok(token) = std::env::var(VARIABLE) {
            return Ok(token);
        }
        match &self.program {
            Some((program, true)) => read(&self.kept(program)?),
            // A gateway that wants one says so itself.
            Some((program, false)) => Ok(self.kept(program).and_then(|path| read(&path)).unwrap_or_default()),
            None => Ok(String::new()),
        }
    }

    /// Where sentrix-box keeps it for the sandbox that records into the log directory.
    fn kept(&self, program: &std::ffi::OsStr) -> Result<PathBuf, String> {
        let found = sandbox::ask(program, &self.log_dir)?;
        let file = found.as_ref().and_then(|row| row["token_file"].as_str()).map(PathBuf::from);
        let dir = self.log_dir.display();
        file.ok_or_else(|| format!("no sandbox records into {dir}; `sentrix run` starts one"))
    }
}

fn read(path: &Path) -> Result<String, String> {
    let text =
        fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(text.trim().to_owned())
}
