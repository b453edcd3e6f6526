//! A buffer for what a container says: it may say more than anybody wants to hold.

use std::io::{Result, Write};

/// Keeps the first bytes and drops the rest.
#[derive(Debug, Default)]
pub struct Capped {
    /// What was kept.
    pub bytes: Vec<u8>,
}

impl Capped {
    const MOST: usize = 64 * 1024;
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let room = Self::MOST.saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
