//! What the patrol and the police remember, in SQLite.
//!
//! The patrol ([`PatrolStore`]): which turns were reviewed, by what, how far each log file has been read, which runs are
//! open, and which flags are waiting to be delivered. The police ([`PoliceStore`]): flags without a case, and cases.
//!
//! The table `cleared` is the Python version's and is kept as that version would keep it, so either can take over from
//! the other; everything else lives in tables of our own beside it. One transaction holds a flag, the mark that its turn
//! was reviewed and the progress that passes it: after a crash either all of it is there or none.

mod alerts;
mod error;
mod flags;
mod gather;
mod ledger;
mod legacy;
mod patrol;
mod pending;
mod police;
mod progress;
mod schema;
mod trust;
mod verdicts;

pub use alerts::Alert;
pub use error::StoreError;
pub use ledger::SavedLedger;
pub use patrol::{Batch, Judge, PatrolStore, Reviewed, Version};
pub use pending::{Pending, Place, Waiting};
pub use police::{
    Attempt, CaseAlert, CaseRow, Draft, FlagsRead, PoliceStore, Queued, Waiting as QueueWaiting,
};
pub use progress::{FileProgress, SavedRun, SavedSpan};
pub use trust::SavedTrust;
pub use verdicts::SavedVerdict;
