//! From the flags file into the queue.

use crate::place::{FLAGS, store_failure};
use sentrix_cli::{Failure, warn};
use sentrix_record::Flag;
use sentrix_store::{FlagsRead, PoliceStore};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How many flags one transaction takes in.
const BATCH: usize = 5000;
/// How many bytes before the place say that it is the same file.
const MARKER: u64 = 4096;

/// Takes in what the flags file holds beyond what was read before. Returns how many flags are new; a file that is not there has none.
pub fn take_in(path: &Path, store: &mut PoliceStore) -> Result<u64, Failure> {
    let fail =
        |error: io::Error| Failure::environment(format!("cannot read {}", path.display())).because(error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        opened => opened.map_err(fail)?,
    };
    let mut read = store.flags_read(FLAGS).map_err(store_failure)?;
    let length = file.metadata().map_err(fail)?.len();
    let same = read.upto <= length && marker(&file, read.upto).map_err(fail)? == read.marker;
    if !same {
        // Another file, or a shortened one: what is known already is passed over.
        read.upto = 0;
    } else if read.upto == length {
        return Ok(0);
    }
    let mut reader = BufReader::with_capacity(1 << 16, &file);
    reader.seek(SeekFrom::Start(read.upto)).map_err(fail)?;
    let mut new = 0;
    loop {
        let (flags, more) = batch(path, &mut reader, &mut read.upto).map_err(fail)?;
        let read = FlagsRead { marker: marker(&file, read.upto).map_err(fail)?, ..read.clone() };
        new += store.take_in(&flags, &read).map_err(store_failure)?;
        if !more {
            return Ok(new);
        }
    }
}

/// Every flag of the file, in its order, the last line of each id; lines that are none are passed over.
pub fn ids(path: &Path) -> Result<Vec<String>, Failure> {
    let fail =
        |error: io::Error| Failure::environment(format!("cannot read {}", path.display())).because(error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(fail)?,
    };
    let mut ids: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for line in BufReader::new(file).split(b'\n') {
        if let Ok(flag) = serde_json::from_slice::<Flag>(&line.map_err(fail)?)
            && known.insert(flag.flag_id.clone())
        {
            ids.push(flag.flag_id);
        }
    }
    Ok(ids)
}

/// The next whole lines, and whether there may be more.
fn batch(path: &Path, reader: &mut impl BufRead, upto: &mut u64) -> io::Result<(Vec<Flag>, bool)> {
    let (mut flags, mut line) = (Vec::new(), Vec::new());
    while flags.len() < BATCH {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if length == 0 || line.last() != Some(&b'\n') {
            return Ok((flags, false));
        }
        match serde_json::from_slice::<Flag>(&line) {
            Ok(flag) => flags.push(flag),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(error) => warn(format_args!(
                "{}: the line at byte {upto} is no flag ({:?} error at column {}); it is not investigated",
                path.display(),
                error.classify(),
                error.column()
            )),
        }
        *upto += length as u64;
    }
    Ok((flags, true))
}

/// blake3 of the bytes before a place.
fn marker(file: &File, upto: u64) -> io::Result<String> {
    let length = upto.min(MARKER);
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(&mut bytes, upto - length)?;
    Ok(if upto == 0 { String::new() } else { blake3::hash(&bytes).to_hex().to_string() })
}
