//! What reads an answer as it passes.

use crate::assembled::Assembled;
use crate::decode::Decode;
use crate::dialect;
use crate::sse::Sse;
use blake3::Hasher;
use sentrix_record::exchange::{Dialect, ExchangeResponse};

/// What reads an answer as it passes: in pieces of any length, and of which a bounded part is kept.
pub(crate) struct Reader {
    dialect: Dialect,
    /// How much is kept, bytes.
    limit: usize,
    assembled: Assembled,
    decode: Decode,
    stream: bool,
    sse: Sse,
    /// An answer that comes whole, as far as it is kept.
    text: Vec<u8>,
    /// What a piece holds without its compression.
    plain: Vec<u8>,
    raw: Option<Vec<u8>>,
    hasher: Hasher,
    bytes: u64,
}

/// An answer that was read.
pub(crate) struct Answer {
    pub response: ExchangeResponse,
    /// Whether it came to its end, as far as the answer itself says.
    pub ended: bool,
    /// Its bytes, if they were wanted.
    pub raw: Option<Vec<u8>>,
}

impl Reader {
    /// Nothing yet.
    pub(crate) fn new(
        dialect: Dialect,
        stream: bool,
        encoding: Option<&str>,
        limit: usize,
        raw: bool,
    ) -> Self {
        Self {
            dialect,
            limit,
            assembled: Assembled::new(limit),
            decode: Decode::new(encoding),
            stream,
            sse: Sse::default(),
            text: Vec::new(),
            plain: Vec::new(),
            raw: raw.then(Vec::new),
            hasher: Hasher::new(),
            bytes: 0,
        }
    }

    /// A piece has come.
    pub(crate) fn piece(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.hasher.update(piece);
        if let Some(raw) = &mut self.raw {
            let room = self.limit.saturating_sub(raw.len()).min(piece.len());
            raw.extend_from_slice(&piece[..room]);
        }
        let plain = if self.decode.is_plain() {
            piece
        } else {
            self.plain.clear();
            self.decode.push(piece, &mut self.plain);
            &self.plain
        };
        if self.stream {
            let (dialect, assembled) = (self.dialect, &mut self.assembled);
            self.sse.push(plain, |data| dialect::event(dialect, data, assembled));
        } else {
            let room = self.limit.saturating_sub(self.text.len()).min(plain.len());
            self.text.extend_from_slice(&plain[..room]);
        }
    }

    /// There are no more.
    pub(crate) fn finish(mut self) -> Answer {
        let (dialect, assembled) = (self.dialect, &mut self.assembled);
        if self.stream {
            self.sse.end(|data| dialect::event(dialect, data, assembled));
        } else {
            dialect::whole(dialect, &self.text, assembled);
            // Whatever it is: it came with its length.
            assembled.ended = true;
        }
        let ended = self.assembled.ended && !self.decode.is_opaque();
        let mut response = self.assembled.finish();
        response.bytes = self.bytes;
        response.blake3 = self.hasher.finalize().to_hex().to_string();
        Answer { response, ended, raw: self.raw }
    }
}
