//! The terminal, handed to a command inside: every key goes there, Ctrl-C as well.

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use sentrix_cli::Failure;

/// A terminal without a mind of its own; it is as before when this is dropped.
pub struct Raw {
    before: Termios,
}

impl Raw {
    /// Sets it so.
    pub fn set() -> Result<Self, Failure> {
        let cannot = |error: rustix::io::Errno| {
            Failure::environment("cannot hand this terminal to the command inside").because(error)
        };
        let before = tcgetattr(std::io::stdin()).map_err(cannot)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(std::io::stdin(), OptionalActions::Now, &raw).map_err(cannot)?;
        Ok(Self { before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no mending.
        let _gone = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
    }
}

/// Rows and columns.
pub fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_row > 0 && size.ws_col > 0).then_some((size.ws_row, size.ws_col))
}
