//! What has passed of an exchange that is under way, beside the record: a tap that is killed leaves it behind, and the next one puts it
//! into the record.
//!
//! One file an exchange, `.sentrix_tap/ID`: a line with the exchange as far as it was known before the answer, a line with how the answer
//! began, then the answer's bytes. It is removed once the exchange is in a log file. It is not synced: it is for a program that dies,
//! not for a machine. Where it cannot be written the exchange goes on without.

use crate::reader::Reader;
use sentrix_record::exchange::{Exchange, ExchangeError};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The folder, in the log directory.
const FOLDER: &str = ".sentrix_tap";

/// The file of an exchange that is under way.
#[derive(Debug)]
pub(crate) struct Spool {
    file: Option<File>,
    room: usize,
}

/// How an answer began.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Head {
    pub status: u16,
    pub stream: bool,
    pub encoding: Option<String>,
}

impl Spool {
    /// Begins with what is known of an exchange; `room` bytes of the answer are kept at most.
    pub(crate) fn begin(log_dir: &Path, exchange: &Exchange, room: usize) -> Self {
        let file = serde_json::to_vec(exchange).ok().and_then(|mut line| {
            line.push(b'\n');
            let path = place(log_dir, &exchange.id);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).ok()?;
            file.write_all(&line).ok()?;
            Some(file)
        });
        Self { file, room }
    }

    /// The answer has begun.
    pub(crate) fn head(&mut self, head: &Head) {
        if let Ok(mut line) = serde_json::to_vec(head) {
            line.push(b'\n');
            self.write(&line);
        }
    }

    /// A piece of it.
    pub(crate) fn piece(&mut self, piece: &[u8]) {
        let kept = self.room.min(piece.len());
        self.room -= kept;
        self.write(&piece[..kept]);
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.file.as_mut().is_some_and(|file| file.write_all(bytes).is_err()) {
            self.file = None;
        }
    }
}

/// Makes the folder.
pub(crate) fn prepare(log_dir: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(log_dir.join(FOLDER))
}

/// An exchange is in the record.
pub(crate) fn remove(log_dir: &Path, id: &str) {
    // There is none of an exchange that was refused; one that stays is removed by the next start.
    let _there_is_none = fs::remove_file(place(log_dir, id));
}

/// The exchanges that a tap which was killed has left behind, the oldest first.
pub(crate) fn left_behind(log_dir: &Path) -> Vec<Exchange> {
    let files = fs::read_dir(log_dir.join(FOLDER)).into_iter().flatten().flatten();
    let mut left: Vec<Exchange> = files
        .filter_map(|file| {
            let exchange = fs::read(file.path()).ok().and_then(|bytes| read(&bytes));
            if exchange.is_none() {
                // Killed before its first line was whole: nothing had left.
                let _stays = fs::remove_file(file.path());
            }
            exchange
        })
        .collect();
    left.sort_by_key(|exchange| exchange.ts);
    left
}

fn read(bytes: &[u8]) -> Option<Exchange> {
    let (first, rest) = split(bytes)?;
    let mut exchange: Exchange = serde_json::from_slice(first).ok()?;
    if let Some((head, body)) = split(rest) {
        let head: Head = serde_json::from_slice(head).unwrap_or_default();
        let mut reader = Reader::new(
            exchange.dialect,
            head.stream,
            head.encoding.as_deref(),
            body.len(),
            exchange.raw.is_some(),
        );
        reader.piece(body);
        let answer = reader.finish();
        exchange.status = Some(head.status).filter(|status| *status != 0);
        exchange.response = Some(answer.response);
        if let (Some(kept), Some(raw)) = (&mut exchange.raw, answer.raw) {
            kept.response = String::from_utf8_lossy(&raw).into_owned();
        }
    }
    let message = "the tap was killed before the exchange was over".to_owned();
    exchange.error = Some(ExchangeError { kind: "broken".to_owned(), message });
    exchange.complete = false;
    Some(exchange)
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn place(log_dir: &Path, id: &str) -> PathBuf {
    log_dir.join(FOLDER).join(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::exchange::{Dialect, EXCHANGE};

    #[test]
    fn what_had_passed_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path()).unwrap();
        let exchange = Exchange {
            event: EXCHANGE.to_owned(),
            id: "a".to_owned(),
            dialect: Dialect::Chat,
            ..Exchange::default()
        };
        let mut spool = Spool::begin(dir.path(), &exchange, 999);
        spool.head(&Head { status: 200, stream: true, encoding: None });
        spool.piece(b"data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"Hel");
        spool.piece(b"lo\"}}]}\n\ndata: {\"choi");
        let left = left_behind(dir.path());
        assert_eq!(left.len(), 1);
        let response = left[0].response.as_ref().unwrap();
        assert_eq!((response.text.as_str(), response.id.as_deref()), ("Hello", Some("c")));
        assert_eq!(left[0].error.as_ref().unwrap().kind, "broken");
        assert!(!left[0].complete);
        remove(dir.path(), "a");
        assert!(left_behind(dir.path()).is_empty());
    }

    #[test]
    fn what_never_left_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path()).unwrap();
        fs::write(place(dir.path(), "b"), b"{\"event\":").unwrap();
        assert!(left_behind(dir.path()).is_empty());
        assert!(!place(dir.path(), "b").exists());
    }
}
