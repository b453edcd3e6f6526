//! Signals as flags that a loop asks for: TERM and INT stop, HUP reloads, USR1 rotates.

use crate::{Exit, Failure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The signals that a program has been sent.
///
/// The first TERM or INT asks for a clean end; a second one kills at once, for the impatient.
#[derive(Debug, Clone)]
pub struct Signals {
    stop: Arc<AtomicUsize>,
    reload: Arc<AtomicBool>,
    rotate: Arc<AtomicBool>,
}

impl Signals {
    /// Installs the handlers. Call it once, before any work.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn install() -> Result<Self, Failure> {
        Self::try_install()
            .map_err(|error| Failure::environment("cannot install signal handlers").because(error))
    }

    fn try_install() -> std::io::Result<Self> {
        let signals = Self { stop: Arc::default(), reload: Arc::default(), rotate: Arc::default() };
        let again = Arc::new(AtomicBool::new(false));
        for (signal, number) in [(SIGTERM, 15), (SIGINT, 2)] {
            // The order matters: the second signal finds the flag set and ends the process by default action.
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&again))?;
            signal_hook::flag::register(signal, Arc::clone(&again))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.stop), number)?;
        }
        signal_hook::flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        signal_hook::flag::register(SIGUSR1, Arc::clone(&signals.rotate))?;
        // A file that reaches the limit of its size is an error of the write, to be told, and no death without a word.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        Ok(signals)
    }

    /// The exit to end with, once TERM or INT has come.
    pub fn stopped(&self) -> Option<Exit> {
        match self.stop.load(Ordering::Relaxed) {
            0 => None,
            number => i32::try_from(number).ok().map(Exit::Signal),
        }
    }

    /// Rings a bell at every signal: a byte written to this socket ends the sleep of whoever polls its other end.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn ring(&self, bell: &UnixStream) -> Result<(), Failure> {
        let ring = |signal| signal_hook::low_level::pipe::register(signal, bell.try_clone()?);
        [SIGTERM, SIGINT, SIGHUP, SIGUSR1]
            .into_iter()
            .try_for_each(|signal| ring(signal).map(drop))
            .map_err(|error| Failure::environment("cannot install signal handlers").because(error))
    }

    /// Whether HUP has come since the last call.
    pub fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Whether USR1 has come since the last call.
    pub fn take_rotate(&self) -> bool {
        self.rotate.swap(false, Ordering::Relaxed)
    }
}
