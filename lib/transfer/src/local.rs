//! Comparing a copy with its source.

use crate::copies::Stop;
use crate::source::Source;
use crate::walk::CHUNK;
use sentrix_record::fs::{At, Fs, FsFile, Open};
use std::path::Path;

/// How two files compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The bytes are the same.
    Same,
    /// The source holds another byte here.
    Differs(u64),
    /// The source ends here, before what was compared does.
    Ends(u64),
}

/// Compares a stretch of a copy with the source, byte by byte.
pub fn compare<F: Fs, S: Source>(
    fs: &F,
    path: &Path,
    source: &mut S,
    name: &str,
    from: u64,
    upto: u64,
) -> Result<Compared, Stop> {
    let file = fs.open(path, Open::Read).at("open", path)?;
    let mut ours = vec![0; CHUNK];
    let mut theirs = vec![0; CHUNK];
    let mut offset = from;
    while offset < upto {
        let want = usize::try_from(upto - offset).unwrap_or(CHUNK).min(CHUNK);
        let have = file.read_full_at(&mut ours[..want], offset).at("read", path)?;
        let read = source.read(name, offset, &mut theirs[..have]).map_err(Stop::Unreadable)?;
        if let Some(at) = first_difference(&ours[..read], &theirs[..read]) {
            return Ok(Compared::Differs(offset + at as u64));
        }
        if read < have {
            return Ok(Compared::Ends(offset + read as u64));
        }
        if have == 0 {
            break;
        }
        offset += have as u64;
    }
    Ok(Compared::Same)
}

/// Where two stretches of the same length differ first.
pub fn first_difference(ours: &[u8], theirs: &[u8]) -> Option<usize> {
    if ours == theirs { None } else { ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs) }
}
