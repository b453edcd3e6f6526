//! A case as a page.

use crate::args::{Format, Place, ReportArgs};
use crate::place::store_failure;
use crate::row;
use sentrix_casework::page;
use sentrix_cli::{Exit, Failure, Stdout};
use sentrix_store::{CaseRow, PoliceStore};

pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let store = args.place.read()?.ok_or_else(|| unknown(&args.place, &args.id))?;
    let case = row::case(&find(&store, &args.place, &args.id)?);
    let text = match args.format {
        Format::Html => page::html(&case),
        Format::Md => page::markdown(&case),
        Format::Json => {
            let json = serde_json::to_string_pretty(&case);
            json.map_err(|error| Failure::environment("cannot print the case").because(error))? + "\n"
        }
    };
    let mut out = Stdout::lock();
    out.raw(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// The case that is meant by an id, or the beginning of one, of a case or its flag.
pub fn find(store: &PoliceStore, place: &Place, id: &str) -> Result<CaseRow, Failure> {
    let mut found = if id.is_empty() { Vec::new() } else { store.cases_named(id).map_err(store_failure)? };
    if let Some(at) = found.iter().position(|case| case.investigation_id == id || case.flag_id == id) {
        return Ok(found.swap_remove(at));
    }
    match found.len() {
        0 => Err(unknown(place, id)),
        1 => Ok(found.swap_remove(0)),
        _ => Err(Failure::usage(format!("several cases begin with {id}")).next("give more of the id")),
    }
}

fn unknown(place: &Place, id: &str) -> Failure {
    Failure::usage(format!("there is no case {id} in {}", place.database().display()))
        .next("`sentrix-police list` shows the cases, `list --waiting` the flags without one")
}
