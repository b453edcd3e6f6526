//! Reads again the pieces whose text was left in their log files.

use super::piece::{Body, Piece};
use super::read;
use crate::digest::digest;
use crate::segment::{Found, Scanner};
use sentrix_record::Turn;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// No event is longer.
const MOST: u64 = 256 << 20;

/// Where log files are, by name.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) paths: HashMap<String, PathBuf>,
}

impl Reader {
    /// The turn of a piece.
    pub(crate) fn turn(&self, piece: &Piece, body: Body) -> io::Result<Box<Turn>> {
        match body {
            Body::Here(turn) => Ok(turn),
            Body::There => {
                let bytes = self.bytes(piece)?;
                turn(piece, &bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }

    fn bytes(&self, piece: &Piece) -> io::Result<Vec<u8>> {
        let place = &piece.place;
        let path = self.paths.get(&place.file).ok_or(io::ErrorKind::NotFound)?;
        let length = place.end.saturating_sub(place.start);
        if length > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // What `MOST` allows fits into memory.
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        File::open(path)?.read_exact_at(&mut bytes, place.start)?;
        // A file that was replaced has other bytes there.
        if digest(&bytes) != piece.blake3 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(bytes)
    }
}

fn turn(piece: &Piece, event: &[u8]) -> Option<Box<Turn>> {
    let place = &piece.place;
    if piece.answer.is_some() {
        return read::exchange(event, &place.file, place.start).ok().map(|found| found.turn);
    }
    let mut scanner = Scanner::new(&place.file, 0);
    scanner.entry(event, place.start);
    scanner.finish().items.into_iter().find_map(|found| match found {
        Found::Turn(found) => Some(found.turn),
        _ => None,
    })
}
