//! `sentrix-patrol show`: flags as a person would want to read them.

use crate::args::ShowArgs;
use crate::deliver::text;
use crate::given;
use sentrix_cli::{Exit, Failure, Stdout};
use sentrix_record::Flag;

/// Shows the flags of files, in their order. Lines that are none are counted, and the rest is shown all the same.
pub fn run(args: &ShowArgs) -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    for path in &args.paths {
        given::lines(path, "flags", "no flags; the rest is shown", |line| {
            let Ok(flag) = serde_json::from_slice::<Flag>(line) else { return Ok(None) };
            out.raw(text(&flag).as_bytes())?;
            Ok(Some(()))
        })?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}
