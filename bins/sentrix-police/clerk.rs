//! From a conclusion to a case: drafted, reported, concluded. Each step is durable before the next one, and can be taken again.

use crate::args::Place;
use crate::place::store_failure;
use crate::tell::Channels;
use sentrix_casework::{Conclusion, Scene, report_name};
use sentrix_cli::Failure;
use sentrix_record::atomic;
use sentrix_record::fs::{Fs, PRIVATE, StdFs};
use sentrix_store::{Draft, PoliceStore};
use std::time::SystemTime;

/// The draft of a case. Database and report name the same moment.
pub fn draft(scene: &Scene, conclusion: &Conclusion) -> Result<Draft, Failure> {
    let concluded_at = sentrix_record::rfc3339(SystemTime::now());
    let case = conclusion.case(scene, &concluded_at);
    let fail = |error: serde_json::Error| Failure::environment("cannot write a case").because(error);
    let mut kept = serde_json::to_value(&case).map_err(fail)?;
    if let Some(fields) = kept.as_object_mut() {
        // These have columns of their own.
        for name in ["investigation_id", "flag_id", "source_file", "concluded_at"] {
            fields.remove(name);
        }
    }
    Ok(Draft {
        flag_id: case.flag_id.clone(),
        report_name: report_name(&case.investigation_id, &concluded_at),
        report: serde_json::to_string_pretty(&case).map_err(fail)?,
        case_file_json: kept.to_string(),
        investigation_id: case.investigation_id,
        source_file: case.source_file,
        concluded_at,
    })
}

/// Makes drafts into cases: after this, each has its report and its row, or (after a crash) is a draft that [`finish`] finds.
pub fn file(
    drafts: &[Draft],
    place: &Place,
    store: &mut PoliceStore,
    channels: &Channels,
) -> Result<Vec<Draft>, Failure> {
    store.draft(drafts).map_err(store_failure)?;
    finish(place, store, channels)
}

/// Takes the last two steps for every draft there is. Returns what became a case.
pub fn finish(place: &Place, store: &mut PoliceStore, channels: &Channels) -> Result<Vec<Draft>, Failure> {
    let drafts = store.drafts().map_err(store_failure)?;
    if drafts.is_empty() {
        return Ok(drafts);
    }
    let reports = place.reports();
    let fail = |error: &dyn std::fmt::Display| {
        Failure::environment(format!("cannot write a report into {}", reports.display()))
            .because(error)
            .next("the case is kept as a draft; run it again when the cause is gone")
    };
    StdFs.make_dir(&reports).map_err(|error| fail(&error))?;
    for draft in &drafts {
        atomic::replace(&StdFs, &reports.join(&draft.report_name), draft.report.as_bytes(), PRIVATE)
            .map_err(|error| fail(&error))?;
    }
    store.conclude(&drafts, &channels.names()).map_err(store_failure)?;
    Ok(drafts)
}

/// Removes what a crash left half written in the reports. Only for the holder of the lock.
pub fn sweep(place: &Place) {
    if place.reports().is_dir() {
        // What stays is no report: its name says so.
        let _left_behind = atomic::sweep(&StdFs, &place.reports());
    }
}
