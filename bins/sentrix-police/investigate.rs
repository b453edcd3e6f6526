//! One flag, now.

use crate::args::InvestigateArgs;
use crate::place::store_failure;
use crate::station::Station;
use crate::{flags, line, row};
use sentrix_cli::{Exit, Failure, Signals, Stdout, note};
use sentrix_record::{Severity, epoch_millis};
use sentrix_store::{PoliceStore, Queued};
use std::time::SystemTime;

pub fn run(args: &InvestigateArgs, _signals: &Signals) -> Result<Exit, Failure> {
    let Some(_lock) = args.place.lock()? else {
        return Err(Failure::environment("another sentrix-police is at work here")
            .next("it works off the queue; `sentrix-police list` shows what it has concluded"));
    };
    let mut station = Station::open(&args.place, &args.investigation)?;
    flags::take_in(&args.place.flags(), &mut station.store)?;
    let Some(id) = flag_id(args, &station.store)? else {
        note("no flag waits for a case");
        return Ok(Exit::Ok);
    };
    if let Some(known) = station.store.case_of(&id).map_err(store_failure)? {
        note(format_args!("flag {id} has its case already"));
        let mut out = Stdout::lock();
        line::print(&mut out, &row::case(&known), line::is_terminal())?;
        out.flush()?;
        return Ok(Exit::Ok);
    }
    let queued: Queued =
        station.store.queued(&id).map_err(store_failure)?.ok_or_else(|| {
            Failure::usage(format!("flag {id} says CLEAN: there is nothing to investigate"))
        })?;
    match station.investigate(queued)? {
        None => Ok(Exit::Ok),
        Some(why) => Err(Failure::new(Exit::Partial, format!("flag {id} could not be investigated"))
            .because(why)
            .next("the attempt is recorded; `--judge offline` writes the case from the evidence itself")),
    }
}

/// The flag that is meant.
fn flag_id(args: &InvestigateArgs, store: &PoliceStore) -> Result<Option<String>, Failure> {
    let Some(wanted) = &args.flag_id else {
        let now = epoch_millis(SystemTime::now());
        let next = store.next(Severity::Low, now, u32::MAX, 1).map_err(store_failure)?;
        return Ok(next.into_iter().next().map(|queued| queued.flag.flag_id));
    };
    let ids = flags::ids(&args.place.flags())?;
    let unknown = || {
        Failure::usage(format!("there is no flag {wanted} in {}", args.place.flags().display()))
            .next("`sentrix-police list --waiting` shows those without a case; 1 is the latest")
    };
    // Eight digits are the beginning of an id as often as not; fewer are a number.
    if wanted.len() < 8
        && let Ok(number) = wanted.parse::<usize>()
    {
        return number
            .checked_sub(1)
            .and_then(|n| ids.iter().rev().nth(n))
            .map(|id| Some(id.clone()))
            .ok_or_else(unknown);
    }
    let mut found: Vec<&String> = ids.iter().filter(|id| id.starts_with(wanted.as_str())).collect();
    if let Some(exact) = found.iter().find(|id| id.as_str() == wanted) {
        found = vec![exact];
    }
    match found.as_slice() {
        [] => Err(unknown()),
        [one] => Ok(Some((*one).clone())),
        more => {
            Err(Failure::usage(format!("{} flags begin with {wanted}", more.len()))
                .next("give more of the id"))
        }
    }
}
