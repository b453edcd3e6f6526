//! Unix sockets whose connections go over standard input and output, where the engine cannot mount the host's.

use sentrix_carry::{Side, listen};
use sentrix_cli::{Exit, Failure};
use std::path::{Path, PathBuf};

/// Carries until standard input ends; then the sockets are gone, and whoever connects is refused at once.
pub fn carry(sockets: &[PathBuf]) -> Result<Exit, Failure> {
    let cannot = |path: &Path, error| {
        Failure::environment(format!("cannot listen on {}", path.display())).because(error)
    };
    let listeners = sockets.iter().map(|path| listen(path).map_err(|error| cannot(path, error)));
    let side = Side::Near(listeners.collect::<Result<_, _>>()?);
    let carried = sentrix_carry::carry(std::io::stdin(), std::io::stdout(), side, &mut || {});
    for path in sockets {
        // What cannot be removed refuses whoever connects, and the next carrier replaces it.
        let _ = std::fs::remove_file(path);
    }
    carried.map_err(|error| Failure::environment("the carrier broke").because(error))?;
    Ok(Exit::Ok)
}
