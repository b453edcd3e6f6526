//! A copy of the record as it is, with what Docker says of the container. Names in the log directory come from the sandbox: only plain files
//! with plain names are copied, and no link is followed.

use crate::failure;
use crate::state_dir;
use sentrix_cli::{Failure, warn};
use sentrix_sandbox::{Engine, Sandbox};
use std::fs::{File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What was copied.
#[derive(Debug, Default)]
pub struct Copied {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Copies the log directory, the container's output and its inspection into a new directory.
pub fn take(engine: &Engine, sandbox: &Sandbox, to: &Path) -> std::result::Result<Copied, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::environment(format!("cannot copy the record to {}", to.display()))
            .because(error)
            .next("the sandbox is paused and cut off; try again with --snapshot DIR")
    };
    state_dir::make(to)?;
    let mut copied = Copied::default();
    tree(&sandbox.spec.log_dir, &to.join("agent_logs"), 3, &mut copied).map_err(cannot)?;
    let inspect = serde_json::to_vec_pretty(&sandbox.inspect).map_err(crate::status::unwritable)?;
    create(&to.join("inspect.json"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, &inspect))
        .map_err(cannot)?;
    let mut output = create(&to.join("container.log")).map_err(cannot)?;
    engine.logs(&sandbox.id, None, false, &mut output).map_err(failure::from)?;
    output.sync_all().map_err(cannot)?;
    Ok(copied)
}

fn tree(from: &Path, to: &Path, depth: u32, copied: &mut Copied) -> Result<()> {
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
        .recursive(true)
        .create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        let shape = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let plain = name.as_encoded_bytes().iter().all(shape);
        if plain && kind.is_file() {
            // NOFOLLOW: what was a file a moment ago may be a link now.
            let mut source = OpenOptions::new().read(true).custom_flags(NOFOLLOW).open(entry.path())?;
            let mut target = create(&to.join(&name))?;
            copied.bytes += std::io::copy(&mut source, &mut target)?;
            target.sync_all()?;
            copied.files += 1;
        } else if plain && kind.is_dir() && depth > 0 {
            tree(&entry.path(), &to.join(&name), depth - 1, copied)?;
        } else {
            warn(format!(
                "{} was left out of the copy: neither a plain file nor a plain name",
                entry.path().display()
            ));
        }
    }
    Ok(())
}

const NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

fn create(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
