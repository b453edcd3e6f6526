//! `sentrix_gap`: the event that says what the record does not hold.

use crate::time::{epoch_millis, rfc3339};
use serde::Serialize;
use std::time::SystemTime;

/// Why something is missing from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// A line was no JSON value.
    BadLine,
    /// A line was longer than the limit.
    Oversized,
    /// NUL bytes stood where events should be.
    Nuls,
    /// The source became shorter: what was not yet read is gone.
    Truncated,
    /// Another file took the source's name before it was read to its end.
    Replaced,
    /// The source was removed before it was read to its end.
    Deleted,
    /// The record itself was changed from outside.
    Tampered,
    /// The checkpoint was lost: where reading stopped was found again by searching.
    Checkpoint,
}

/// A place in the source that the record does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapSource<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Where it begins.
    pub offset: u64,
    /// How many bytes; `None` when nobody can know.
    pub bytes: Option<u64>,
    /// Hash of the bytes, when they were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// File in `rejects/` that holds them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<&'a str>,
}

/// The event on the wire; its fields are in the order of the collector's other events, `ts` first.
#[derive(Serialize)]
struct Gap<'a> {
    ts: i64,
    event: &'static str,
    timestamp: String,
    why: GapReason,
    source: &'a GapSource<'a>,
    detail: &'a str,
}

/// A `sentrix_gap` event as one line of JSON, without a newline. `detail` is for people: what happened, in a sentence.
pub fn gap_event(at: SystemTime, why: GapReason, source: &GapSource<'_>, detail: &str) -> Vec<u8> {
    let gap = Gap { ts: epoch_millis(at), event: "sentrix_gap", timestamp: rfc3339(at), why, source, detail };
    // Strings and numbers always serialize; were it otherwise, an event without particulars is still a gap.
    serde_json::to_vec(&gap).unwrap_or_else(|_| br#"{"event":"sentrix_gap"}"#.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::check_event;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_gap_is_an_event_on_one_line() {
        let at = UNIX_EPOCH + Duration::from_millis(1_773_422_598_909);
        let source =
            GapSource { file: "raw\n.jsonl", offset: 7, bytes: Some(9), blake3: None, reject: Some("a.bin") };
        let event = gap_event(at, GapReason::BadLine, &source, "not \"JSON\" at byte 3");
        assert_eq!(
            String::from_utf8(event.clone()).unwrap(),
            concat!(
                r#"{"ts":1773422598909,"event":"sentrix_gap","timestamp":"2026-03-13T17:23:18.909000Z","why":"bad_line","#,
                r#""source":{"file":"raw\n.jsonl","offset":7,"bytes":9,"reject":"a.bin"},"detail":"not \"JSON\" at byte 3"}"#
            )
        );
        assert_eq!(check_event(&event), Ok(()));
    }

    #[test]
    fn what_nobody_can_know_is_null() {
        let source =
            GapSource { file: "raw", offset: 0, bytes: None, blake3: Some("ab".to_owned()), reject: None };
        let event = gap_event(UNIX_EPOCH, GapReason::Truncated, &source, "");
        let event: serde_json::Value = serde_json::from_slice(&event).unwrap();
        assert_eq!(event["source"], serde_json::json!({"file":"raw","offset":0,"bytes":null,"blake3":"ab"}));
        assert_eq!(event["why"], "truncated");
    }
}
