//! Which events are shown.

use super::event::{Event, Kind};
use crate::args::Logs;
use jiff::{SignedDuration, Timestamp};
use memchr::memmem::Finder;
use std::time::SystemTime;

/// Which events are shown.
pub struct Filter {
    kinds: Vec<Kind>,
    run: Option<String>,
    text: Option<Finder<'static>>,
    since: Option<i64>,
    until: Option<i64>,
}

impl Filter {
    /// As the command line has it. Pieces of messages are shown when they are asked for: most of a record is pieces.
    pub fn new(args: &Logs, now: SystemTime) -> Result<Self, String> {
        let at = |text: &Option<String>| text.as_deref().map(|text| time(text, now)).transpose();
        let mut kinds = args.kind.clone();
        if kinds.is_empty() && !args.all {
            kinds = vec![Kind::Message, Kind::Exchange, Kind::Connect, Kind::Gap, Kind::Other];
        }
        Ok(Self {
            kinds,
            run: args.run.clone(),
            text: args.grep.as_ref().map(|text| Finder::new(&text.to_lowercase()).into_owned()),
            since: at(&args.since)?,
            until: at(&args.until)?,
        })
    }

    /// Whether an event is shown.
    pub fn takes(&self, event: &Event) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&event.kind))
            && self.run.as_ref().is_none_or(|run| event.run.starts_with(run))
            && self.since.is_none_or(|since| event.ts >= since)
            && self.until.is_none_or(|until| event.ts < until)
            && self.text.as_ref().is_none_or(|text| {
                text.find(String::from_utf8_lossy(&event.line).to_lowercase().as_bytes()).is_some()
            })
    }
}

/// A time in epoch milliseconds: RFC 3339, or so long ago.
fn time(text: &str, now: SystemTime) -> Result<i64, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.as_millisecond());
    }
    let bad = || format!("{text:?} is no time");
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let number: i64 = number.parse().map_err(|_| bad())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(bad()),
    };
    let ago = number.checked_mul(seconds).filter(|ago| *ago >= 0).map(SignedDuration::from_secs);
    let now = Timestamp::try_from(now).map_err(|_| bad())?;
    ago.and_then(|ago| now.checked_sub(ago).ok()).map(Timestamp::as_millisecond).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn times_are_points_or_so_long_ago() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_eq!(time("90s", now), Ok(999_910_000));
        assert_eq!(time("2h", now), Ok(992_800_000));
        assert_eq!(time("1970-01-01T00:00:07Z", now), Ok(7000));
        for bad in ["", "s", "5", "5x", "-5m", "yesterday", "99999999999999999d", "5ä"] {
            assert!(time(bad, now).is_err(), "{bad}");
        }
    }
}
