//! Files of records, one a line, that are given by name; `-` is standard input.

use crate::args::is_dash;
use sentrix_cli::{Failure, warn};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Hands on each line that is not blank. `each` gives nothing for a line that is not what is wanted; those are counted and named, as
/// "`bad`", and the rest is taken all the same. `wanted` says what the files should hold.
pub fn lines(
    path: &Path,
    wanted: &str,
    bad: &str,
    mut each: impl FnMut(&[u8]) -> Result<Option<()>, Failure>,
) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        Failure::environment(format!("cannot read {}", path.display()))
            .because(error)
            .next(format!("name files of {wanted}, one a line, or - for standard input"))
    };
    let reader: Box<dyn BufRead> = if is_dash(path) {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(fail)?))
    };
    let mut count = 0u64;
    for line in reader.split(b'\n') {
        let line = line.map_err(fail)?;
        if !line.trim_ascii().is_empty() && each(&line)?.is_none() {
            count += 1;
        }
    }
    if count > 0 {
        warn(format_args!("{count} lines of {} are {bad}", path.display()));
    }
    Ok(())
}
