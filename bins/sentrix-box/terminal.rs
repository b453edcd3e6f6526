//! What comes out of a sandbox is untrusted: on a terminal, its control characters are shown instead of obeyed.

use std::io::{IsTerminal, Result, Write};

/// Hands bytes on as they are to a file or a pipe, and escaped to a terminal.
pub struct Guarded<W> {
    to: W,
    terminal: bool,
    // The first byte of U+0080 to U+009F, which terminals obey as well, waits for its second.
    half: bool,
}

impl<W: Write + IsTerminal> Guarded<W> {
    /// Looks whether `to` is a terminal.
    pub fn new(to: W) -> Self {
        let terminal = to.is_terminal();
        Self { to, terminal, half: false }
    }
}

impl<W> Guarded<W> {
    fn escape(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len() + 16);
        for byte in bytes {
            let half = std::mem::replace(&mut self.half, *byte == 0xC2);
            match byte {
                0xC2 => {}
                0x80..=0x9F if half => shown.extend(format!("\\u{{{byte:x}}}").bytes()),
                b'\n' | b'\t' => shown.push(*byte),
                0..=0x1F | 0x7F => shown.extend(byte.escape_ascii()),
                _ if half => shown.extend([0xC2, *byte]),
                _ => shown.push(*byte),
            }
        }
        shown
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if !self.terminal {
            return self.to.write(bytes);
        }
        let shown = self.escape(bytes);
        self.to.write_all(&shown)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered() {
        let mut guarded = Guarded { to: Vec::new(), terminal: true, half: false };
        for piece in [&b"a\x1b[2J\n\xc2"[..], b"\x9bx \xc2", b"\xa9 \xc3\xa4"] {
            guarded.write_all(piece).unwrap();
        }
        assert_eq!(String::from_utf8(guarded.to).unwrap(), "a\\x1b[2J\n\\u{9b}x \u{a9} \u{e4}");
    }

    #[test]
    fn a_pipe_gets_the_bytes() {
        let mut guarded = Guarded { to: Vec::new(), terminal: false, half: false };
        guarded.write_all(b"\x1b[2J\xc2\x9b").unwrap();
        assert_eq!(guarded.to, b"\x1b[2J\xc2\x9b");
    }
}
