//! The way from a view back to its source.

use std::ops::Range;

/// A piece of a view: bytes copied from the source, or bytes that stand for a range of it.
#[derive(Debug, Clone)]
struct Piece {
    start: usize,
    source: Range<usize>,
    copied: bool,
}

/// Which bytes of the source each byte of a view stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Map {
    pieces: Vec<Piece>,
}

impl Map {
    /// A map with room for so many pieces.
    pub(crate) fn with_capacity(pieces: usize) -> Self {
        Self { pieces: Vec::with_capacity(pieces) }
    }

    /// Says that the view from `start` on is a copy of `source`.
    pub(crate) fn copied(&mut self, start: usize, source: Range<usize>) {
        if !source.is_empty() {
            self.pieces.push(Piece { start, source, copied: true });
        }
    }

    /// Says that the view from `start` on stands for `source` as a whole.
    pub(crate) fn replaced(&mut self, start: usize, source: Range<usize>) {
        self.pieces.push(Piece { start, source, copied: false });
    }

    /// The range of the source that a range of the view stands for.
    pub(crate) fn to_source(&self, span: Range<usize>) -> Range<usize> {
        let (Some(first), Some(last)) =
            (self.piece(span.start), self.piece(span.end.saturating_sub(1).max(span.start)))
        else {
            return 0..0;
        };
        let inside =
            |piece: &Piece, at: usize| (piece.source.start + (at - piece.start)).min(piece.source.end);
        let start = if first.copied { inside(first, span.start) } else { first.source.start };
        let end = if last.copied { inside(last, span.end.max(last.start)) } else { last.source.end };
        start..end.max(start)
    }

    /// The piece that holds a byte. Where a piece stands for something that left no byte, the next one begins at the
    /// same place and counts.
    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= at);
        self.pieces.get(after.saturating_sub(1))
    }
}
