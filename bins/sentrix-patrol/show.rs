//! `sentrix-patrol show`: flags as a person would want to read them.

use crate::args::ShowArgs;
use crate::deliver::text;
use sentrix_cli::{Exit, Failure, Stdout, warn};
use sentrix_record::Flag;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Shows the flags of files, in their order. Lines that are none are counted, and the rest is shown all the same.
pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    for path in &args.paths {
        show(path, &mut out)?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn show(path: &Path, out: &mut Stdout) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        Failure::environment(format!("cannot read {}", path.display()))
            .because(error)
            .next("name files of flags, one a line, or - for standard input")
    };
    let reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(fail)?))
    };
    let mut bad = 0u64;
    for line in reader.split(b'\n') {
        let line = line.map_err(fail)?;
        match serde_json::from_slice::<Flag>(&line) {
            Ok(flag) => out.raw(text(&flag).as_bytes())?,
            Err(_) => bad += u64::from(!line.trim_ascii().is_empty()),
        }
    }
    if bad > 0 {
        warn(format_args!("{bad} lines of {} are no flags; the rest is shown", path.display()));
    }
    Ok(())
}
