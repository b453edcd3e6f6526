//! The queue, once.

use crate::args::WorkArgs;
use crate::place::FLAGS;
use crate::station::Station;
use sentrix_cli::{Exit, Failure, Signals, note, quiet};

pub fn run(args: &WorkArgs, signals: &Signals) -> Result<Exit, Failure> {
    if args.quiet {
        quiet();
    }
    let Some(_lock) = args.place.lock()? else { return Ok(Exit::Ok) };
    let mut station = Station::open(&args.place, &args.investigation)?;
    if !args.place.flags().exists() {
        note(format_args!(
            "there is no {FLAGS} in {}; `sentrix-patrol` reviews the record",
            args.place.log_dir.display()
        ));
    }
    let least = args.escalation.least();
    let concluded = station.work_off(least, signals)?;
    if let Some(signal) = signals.stopped() {
        note(format_args!("{concluded} cases concluded; stopped before the end, the next run goes on"));
        return Ok(signal);
    }
    station.tell_waiting(least)?;
    note(format_args!("{concluded} cases concluded"));
    Ok(Exit::Ok)
}
