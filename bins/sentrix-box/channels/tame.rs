//! A QR code needs colours and a cursor that moves. It needs no window title, no clipboard and no answers from the terminal: strings for those
//! (OSC, DCS, APC, PM, SOS) are left out.

use std::io::{Result, Write};

const ESCAPE: u8 = 0x1B;
const BELL: u8 = 0x07;

/// Hands on all but strings to the terminal itself.
pub struct Tame<W> {
    to: W,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// An escape was seen.
    Escape,
    /// Within `ESC [`.
    Control,
    /// Within a string.
    String,
    /// Within a string, and an escape was seen.
    StringEscape,
}

impl<W: Write> Tame<W> {
    /// Nothing was seen yet.
    pub fn new(to: W) -> Self {
        Self { to, state: State::Text }
    }

    fn tamed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(bytes.len());
        for byte in bytes.iter().copied() {
            self.state = match (self.state, byte) {
                (State::Text, ESCAPE) => State::Escape,
                (State::Text, _) => {
                    kept.push(byte);
                    State::Text
                }
                (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::String,
                (State::Escape, b'[') => {
                    kept.extend([ESCAPE, b'[']);
                    State::Control
                }
                (State::Escape, ESCAPE) => State::Escape,
                // ESC c resets the terminal, ESC Z asks what it is; the rest moves the cursor or chooses letters.
                (State::Escape, b'c' | b'Z') => State::Text,
                (State::Escape, _) => {
                    kept.extend([ESCAPE, byte]);
                    State::Text
                }
                // n and c ask the terminal for an answer; as m they only choose how letters look.
                (State::Control, b'n' | b'c') => {
                    kept.push(b'm');
                    State::Text
                }
                (State::Control, ESCAPE) => State::Escape,
                (State::Control, _) => {
                    kept.push(byte);
                    if (0x40..=0x7E).contains(&byte) { State::Text } else { State::Control }
                }
                (State::String, BELL) => State::Text,
                (State::String, ESCAPE) => State::StringEscape,
                (State::String, _) => State::String,
                (State::StringEscape, b'\\') => State::Text,
                (State::StringEscape, ESCAPE) => State::StringEscape,
                (State::StringEscape, _) => State::String,
            };
        }
        kept
    }
}

impl<W: Write> Write for Tame<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let kept = self.tamed(bytes);
        self.to.write_all(&kept)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tamed(pieces: &[&[u8]]) -> Vec<u8> {
        let mut tame = Tame::new(Vec::new());
        for piece in pieces {
            tame.write_all(piece).unwrap();
        }
        tame.to
    }

    #[test]
    fn colours_and_moves_pass() {
        let code = "\x1b[40m  \x1b[47m\u{2580}\x1b[0m\x1b[2A\x1b[?25l\r\n".as_bytes();
        assert_eq!(tamed(&[code]), code);
    }

    #[test]
    fn titles_clipboards_and_questions_do_not() {
        assert_eq!(tamed(&[b"a\x1b]52;c;c2VjcmV0\x07b"]), b"ab");
        assert_eq!(tamed(&[b"a\x1b]0;ti", b"tle\x1b", b"\\b"]), b"ab");
        assert_eq!(tamed(&[b"a\x1bPq\x1b\x1b\\b\x1bc"]), b"ab");
        assert_eq!(tamed(&[b"a\x1b[6nb"]), b"a\x1b[6mb");
    }
}
