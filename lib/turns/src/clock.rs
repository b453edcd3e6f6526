//! What times of the record are worth. Whoever writes a line chooses its time; a time that has not come yet must not keep a run, or a
//! message that waits for its exchange, from being reviewed.

use sentrix_record::epoch_millis;
use std::time::SystemTime;

/// Epoch milliseconds by our own clock.
pub(crate) fn now() -> i64 {
    epoch_millis(SystemTime::now())
}

/// The time that a line says, or now, when it lies ahead of now: the line was written before it was read.
pub(crate) fn past(ts: i64) -> i64 {
    ts.min(now())
}
