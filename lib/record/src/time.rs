//! Time on the wire: RFC 3339 in UTC with a `Z`, epoch milliseconds, and the stamp in file names.

use jiff::Timestamp;
use std::time::SystemTime;

/// A moment as `2026-03-13T17:23:18.909678Z`: always so many digits, so that moments are in order as text too. A moment outside the
/// calendar becomes its start.
pub fn rfc3339(at: SystemTime) -> String {
    format!("{:.6}", timestamp(at))
}

/// A moment as it stands in the name of a log file: `20260313T172318`.
pub fn stamp(at: SystemTime) -> String {
    timestamp(at).strftime("%Y%m%dT%H%M%S").to_string()
}

/// A moment as milliseconds since 1970, negative before.
pub fn epoch_millis(at: SystemTime) -> i64 {
    timestamp(at).as_millisecond()
}

fn timestamp(at: SystemTime) -> Timestamp {
    Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn the_three_forms_name_the_same_moment() {
        let at = UNIX_EPOCH + Duration::from_micros(1_773_422_598_909_678);
        assert_eq!(rfc3339(at), "2026-03-13T17:23:18.909678Z");
        assert_eq!(rfc3339(UNIX_EPOCH), "1970-01-01T00:00:00.000000Z");
        assert_eq!(stamp(at), "20260313T172318");
        assert_eq!(epoch_millis(at), 1_773_422_598_909);
    }
}
