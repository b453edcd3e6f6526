//! `verify`: is the record what it was?

use crate::args::Verify;
use sentrix_cli::{Exit, Failure, note};
use sentrix_record::fs::StdFs;
use sentrix_record::manifest::{self, verify};

/// Checks every listed file, and the chain.
pub fn run(args: &Verify) -> Result<Exit, Failure> {
    let dir = args.dir.as_ref().unwrap_or(&args.log_dir);
    let shown = dir.display();
    let report = verify(&StdFs, &dir.join(manifest::FILE))
        .map_err(|error| Failure::environment(format!("cannot verify {shown}")).because(error))?;
    if let Some(first) = report.problems.first() {
        let others = match report.problems.len() - 1 {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        return Err(Failure::integrity(format!("{shown} is not as it was recorded: {first}{others}"))
            .next("keep the directory as it is, and look who could write there"));
    }
    note(format!(
        "{shown}: {} closed log files, {} events, {} bytes, all as recorded; {} removed by retention, {} not closed yet",
        report.files,
        report.events,
        report.bytes,
        report.removed,
        report.open.len()
    ));
    if let Some(first) = report.older.first() {
        let others = report.older.len();
        note(format!(
            "{shown}: {others} log files are in no manifest ({first} is the first): nothing says whether they are as they were recorded"
        ));
    }
    Ok(Exit::Ok)
}
