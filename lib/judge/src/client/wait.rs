//! How long to wait before asking again.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// No pause between retries is longer, whatever the doubling says.
const LONGEST: Duration = Duration::from_secs(20);

/// What a `Retry-After` header asks for: seconds, or the date of a moment.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Duration::try_from(at.duration_since(now)).ok().or(Some(Duration::ZERO))
}

/// The pause before the retry of this number (from 0): doubled each time, and never quite the same, so that many who failed together
/// do not come back together.
pub(super) fn pause(first: Duration, retry: u32) -> Duration {
    let whole = first.saturating_mul(1 << retry.min(16)).min(LONGEST);
    whole.mul_f64(0.5 + 0.5 * random())
}

/// A little on top of a pause that a server asked of everybody at once.
pub(super) fn jitter(pause: Duration) -> Duration {
    pause + Duration::from_millis(250).min(pause).mul_f64(random())
}

/// 0 to 1.
fn random() -> f64 {
    // Without randomness the pauses are only more alike.
    let number = getrandom::u32().unwrap_or(u32::MAX / 2);
    f64::from(number) / f64::from(u32::MAX)
}

/// A sleep that ends early when everything is to stop, and a moment before which nobody should ask.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    not_before: Option<Instant>,
}

impl Gate {
    pub(super) fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.changed.notify_all();
    }

    /// Asks everybody to wait.
    pub(super) fn hold(&self, pause: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + pause;
        state.not_before = Some(state.not_before.map_or(until, |before| before.max(until)));
    }

    /// How long everybody has been asked to wait.
    pub(super) fn held(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.not_before.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Waits; false when everything is to stop.
    pub(super) fn wait(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(retry_after("5", now), Some(Duration::from_secs(5)));
        assert_eq!(retry_after(" 0.5 ", now), Some(Duration::from_millis(500)));
        assert_eq!(retry_after("Tue, 14 Nov 2023 22:13:50 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Tue, 14 Nov 2023 22:13:10 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("-3", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("1e400", now), None);
    }

    #[test]
    fn pauses_grow_and_differ() {
        let first = Duration::from_millis(500);
        for retry in 0..40 {
            let pause = pause(first, retry);
            let whole = first.saturating_mul(1 << retry.min(16)).min(LONGEST);
            assert!(pause >= whole / 2 && pause <= whole);
        }
    }

    #[test]
    fn a_stop_ends_every_wait() {
        let gate = std::sync::Arc::new(Gate::default());
        let waiting = {
            let gate = std::sync::Arc::clone(&gate);
            std::thread::spawn(move || gate.wait(Duration::from_secs(3600)))
        };
        gate.stop();
        assert!(!waiting.join().unwrap());
    }
}
