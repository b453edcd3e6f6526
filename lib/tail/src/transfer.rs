//! Lines on their way from the source to the record.

use crate::error::TailError;
use crate::input::Input;
use crate::notice::Notice;
use crate::pieces::{Piece, nuls_key, pieces};
use crate::recorder::{Place, Recorder};
use crate::source::{Read, Source};
use sentrix_record::GapReason;
use sentrix_record::frame::{BadLine, Frame, check_event};
use sentrix_record::fs::Fs;

/// What the source is called in gap events and in the checkpoint.
#[derive(Debug, Clone)]
pub struct Name(pub String);

impl Name {
    /// The name of an input.
    pub fn of(input: &Input) -> Self {
        Self(input.name().to_string_lossy().into_owned())
    }
}

/// Records the whole lines that were read of a source: all of them, unless the disk is full.
///
/// # Errors
/// When the record cannot be written for another reason.
pub fn transfer<F: Fs>(
    source: &mut Source,
    recorder: &mut Recorder<F>,
    name: &Name,
    notices: &mut Vec<Notice>,
) -> Result<(), TailError> {
    while !recorder.is_full()
        && let Some(frame) = source.framer.next()
    {
        match frame {
            Frame::Line(line) => match source.checker.check(line.bytes) {
                Ok(()) => recorder.push(line.bytes)?,
                Err(why) => bad_line(line.bytes, line.start, why, recorder, name, notices)?,
            },
            Frame::Oversized { start, end, blake3 } => {
                let reason = GapReason::Oversized;
                notices.push(Notice::Passed { reason, offset: start, bytes: end - start });
                let bytes = Some(end - start);
                let place = Place { file: name.0.clone(), offset: start, bytes, blake3: Some(blake3) };
                recorder.gap(reason, &place, None, "the line is longer than any event may be")?;
            }
            Frame::Nuls { start, end } => {
                let reason = GapReason::Nuls;
                notices.push(Notice::Passed { reason, offset: start, bytes: end - start });
                let (bytes, blake3) = (Some(end - start), Some(nuls_key(end - start)));
                let place = Place { file: name.0.clone(), offset: start, bytes, blake3 };
                recorder.gap(reason, &place, None, "NUL bytes")?;
            }
        }
    }
    Ok(())
}

/// Records what is there of a source, unless the disk is full. Says whether anything was new.
///
/// # Errors
/// As [`transfer`], and when the source cannot be read.
pub fn read_out<F: Fs>(
    source: &mut Source,
    recorder: &mut Recorder<F>,
    name: &Name,
    notices: &mut Vec<Notice>,
) -> Result<bool, TailError> {
    let mut new = false;
    transfer(source, recorder, name, notices)?;
    while !recorder.is_full()
        && let Read::Data(_) = source.read().map_err(TailError::Source)?
    {
        new = true;
        transfer(source, recorder, name, notices)?;
    }
    Ok(new)
}

fn bad_line<F: Fs>(
    line: &[u8],
    offset: u64,
    why: BadLine,
    recorder: &mut Recorder<F>,
    name: &Name,
    notices: &mut Vec<Notice>,
) -> Result<(), TailError> {
    for piece in pieces(line, why) {
        match piece {
            Piece::Event(event) => recorder.push(event)?,
            Piece::Bad(bytes, why) => {
                let length = bytes.len() as u64;
                let place = Place { file: name.0.clone(), offset, bytes: Some(length), blake3: None };
                recorder.reject(bytes, GapReason::BadLine, place, why.to_string())?;
                notices.push(Notice::BadLine { offset, bytes: length, why });
            }
        }
    }
    Ok(())
}

/// Whether bytes without a newline are a whole event that nothing more could be part of.
pub fn is_whole(pending: &[u8]) -> bool {
    let closed = |first| matches!(first, b'{' | b'[' | b'"');
    let text = pending.trim_ascii_start();
    text.first().copied().is_some_and(closed) && check_event(text).is_ok()
}

/// Takes what is left of a source that has ended: as an event if it is one, else as a gap.
///
/// # Errors
/// As [`transfer`].
pub fn rest<F: Fs>(
    source: &mut Source,
    recorder: &mut Recorder<F>,
    name: &Name,
    reason: GapReason,
) -> Result<(), TailError> {
    let Some(Frame::Line(line)) = source.framer.take_rest() else { return Ok(()) };
    match check_event(line.bytes) {
        Ok(()) => recorder.push(line.bytes),
        Err(why) => {
            let bytes = Some(line.bytes.len() as u64);
            let place = Place { file: name.0.clone(), offset: line.start, bytes, blake3: None };
            recorder.reject(line.bytes, reason, place, why.to_string())
        }
    }
}
