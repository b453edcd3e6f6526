//! From what stands in the source to what stands in the record.

use sentrix_record::frame::{BadLine, Frame, check_event};
use serde::Deserialize;

/// A part of a line: all of it, as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An event, verbatim.
    Event(&'a [u8]),
    /// Bytes that are none, and why.
    Bad(&'a [u8], BadLine),
}

/// What a line that is no event becomes. Where events are separated by bare carriage returns, it is these events.
pub fn pieces(line: &[u8], why: BadLine) -> Vec<Piece<'_>> {
    let parts = || line.split(|&byte| byte == b'\r').map(<[u8]>::trim_ascii).filter(|part| !part.is_empty());
    if parts().count() > 1 && parts().all(|part| check_event(part).is_ok()) {
        parts().map(Piece::Event).collect()
    } else {
        vec![Piece::Bad(line, why)]
    }
}

/// What an event and its source are compared by.
pub type Key = blake3::Hash;

/// The keys of what a frame becomes in the record, in order.
pub fn frame_keys(frame: &Frame<'_>) -> Vec<Key> {
    match frame {
        Frame::Line(line) => match check_event(line.bytes) {
            Ok(()) => vec![event_key(line.bytes)],
            Err(why) => pieces(line.bytes, why).iter().map(piece_key).collect(),
        },
        Frame::Oversized { blake3, .. } => vec![*blake3],
        Frame::Nuls { start, end } => vec![nuls_key(end - start)],
    }
}

fn piece_key(piece: &Piece<'_>) -> Key {
    match piece {
        Piece::Event(event) => event_key(event),
        Piece::Bad(bytes, _) => blake3::hash(bytes),
    }
}

/// The hash of a run of NUL bytes.
pub fn nuls_key(length: u64) -> Key {
    let zeros = [0; 4096];
    let mut hasher = blake3::Hasher::new();
    let mut left = length;
    while left > 0 {
        let step = left.min(zeros.len() as u64);
        // At most the length of `zeros`, which fits.
        hasher.update(&zeros[..usize::try_from(step).unwrap_or(0)]);
        left -= step;
    }
    hasher.finalize()
}

/// The key of an event in the record: for a gap that stands in the place of a line, the hash of that line. White space
/// around an event does not count: a reader of the record does not hand it out.
pub fn event_key(event: &[u8]) -> Key {
    let event = event.trim_ascii();
    line_gap(event).unwrap_or_else(|| blake3::hash(event))
}

/// Whether an event is a gap that stands for no line of the source, but for a break in it.
pub fn is_break(event: &[u8]) -> bool {
    gap(event).is_some_and(|gap| !gap.is_line())
}

/// The fields of a gap event that matter here.
#[derive(Debug, Deserialize)]
struct Gap {
    event: String,
    #[serde(default)]
    why: String,
    source: GapSource,
}

#[derive(Debug, Deserialize)]
struct GapSource {
    blake3: Option<String>,
}

impl Gap {
    fn is_line(&self) -> bool {
        matches!(self.why.as_str(), "bad_line" | "oversized" | "nuls")
    }
}

fn gap(event: &[u8]) -> Option<Gap> {
    memchr::memmem::find(event, b"\"sentrix_gap\"")?;
    serde_json::from_slice::<Gap>(event).ok().filter(|gap| gap.event == "sentrix_gap")
}

fn line_gap(event: &[u8]) -> Option<Key> {
    let gap = gap(event).filter(Gap::is_line)?;
    Key::from_hex(gap.source.blake3?).ok()
}
