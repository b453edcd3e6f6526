//! Gap events, and the bytes that they stand for.

use super::{Queued, Recorder};
use crate::error::TailError;
use sentrix_record::fs::Fs;
use sentrix_record::{GapReason, GapSource, gap_event};

/// Where the bytes of a gap stood.
#[derive(Debug, Clone)]
pub struct Place {
    /// What the source is called.
    pub file: String,
    /// Where the gap begins.
    pub offset: u64,
    /// How long it is, when that is known.
    pub bytes: Option<u64>,
    /// Hash of its bytes, when they were seen.
    pub blake3: Option<blake3::Hash>,
}

impl<F: Fs> Recorder<F> {
    /// Puts a gap event in the place of bytes that are kept in the rejects.
    ///
    /// # Errors
    /// As [`Recorder::push`].
    pub fn reject(
        &mut self,
        bytes: &[u8],
        reason: GapReason,
        place: Place,
        detail: String,
    ) -> Result<(), TailError> {
        if self.queue.is_empty() {
            match self.rejects.keep(bytes) {
                Ok(kept) => {
                    let place = Place { blake3: Some(kept.blake3), ..place };
                    return self.gap(reason, &place, kept.file.as_deref(), &detail);
                }
                Err(error) if error.is_full() => self.full = true,
                Err(error) => return Err(error.into()),
            }
        }
        self.queue.push_back(Queued::Reject { bytes: bytes.to_vec(), reason, place, detail });
        Ok(())
    }

    /// Adds a gap event.
    ///
    /// # Errors
    /// As [`Recorder::push`].
    pub fn gap(
        &mut self,
        reason: GapReason,
        place: &Place,
        reject: Option<&str>,
        detail: &str,
    ) -> Result<(), TailError> {
        let event = self.gap_of(reason, place, reject, detail);
        self.push(&event)
    }

    pub(super) fn gap_of(
        &self,
        reason: GapReason,
        place: &Place,
        reject: Option<&str>,
        detail: &str,
    ) -> Vec<u8> {
        let source = GapSource {
            file: &place.file,
            offset: place.offset,
            bytes: place.bytes,
            blake3: place.blake3.map(|hash| hash.to_hex().to_string()),
            reject,
        };
        gap_event((self.options.now)(), reason, &source, detail)
    }
}
