//! When to try again.

use crate::error::GatewayError;
use crate::refusal::Cause;
use std::time::{Duration, Instant};
use uuid::Uuid;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that held for so long was a good one.
const GOOD: Duration = Duration::from_secs(20);

/// When to try again: soon at first, then ever more seldom, with jitter; at once again after a connection that held.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    up: Option<Instant>,
}

impl Backoff {
    /// A connection was made.
    pub fn connected(&mut self, now: Instant) {
        self.up = Some(now);
    }

    /// A connection was not made, or has ended; gives the moment to try again.
    pub fn failed(&mut self, error: &GatewayError, now: Instant) -> Instant {
        let held = self.up.take().is_some_and(|up| now.saturating_duration_since(up) >= GOOD);
        self.failures = if held { 0 } else { self.failures.saturating_add(1) };
        now + self.wait(error)
    }

    fn wait(&self, error: &GatewayError) -> Duration {
        if let GatewayError::Refused(refusal) = error {
            match refusal.cause {
                // It says itself when; the doubling guards against one that says so for ever.
                Cause::Starting { retry_after } => return retry_after.max(FIRST).min(LONGEST),
                // Only somebody's hand mends these.
                Cause::WrongToken | Cause::NotPaired { .. } | Cause::ProtocolMismatch { .. } => {
                    return LONGEST;
                }
                Cause::MissingScope | Cause::Other { .. } => {}
            }
        }
        let doubled = FIRST.saturating_mul(1 << self.failures.saturating_sub(1).min(6)).min(LONGEST);
        // Half of it is left to chance, so that many who lost the same gateway do not come back as one.
        let chance = u32::from(Uuid::new_v4().as_bytes()[0]);
        doubled / 2 + doubled / 2 * chance / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    fn gone() -> GatewayError {
        GatewayError::Timeout("sign of life")
    }

    #[test]
    fn it_waits_longer_each_time_and_not_for_ever() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..12).map(|_| backoff.failed(&gone(), now) - now).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[11] >= LONGEST / 2 && waits.iter().all(|wait| *wait <= LONGEST));
    }

    #[test]
    fn a_connection_that_held_begins_anew_and_one_that_did_not_does_not() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        for _ in 0..8 {
            backoff.connected(now);
            backoff.failed(&gone(), now + Duration::from_secs(1));
        }
        assert!(backoff.failed(&gone(), now) - now > FIRST);
        backoff.connected(now);
        assert!(backoff.failed(&gone(), now + GOOD) - (now + GOOD) <= FIRST);
    }

    #[test]
    fn what_the_gateway_says_counts() {
        let now = Instant::now();
        let wait = |cause| {
            let refusal = Refusal { cause, code: String::new(), message: String::new() };
            Backoff::default().failed(&GatewayError::Refused(refusal), now) - now
        };
        assert_eq!(wait(Cause::Starting { retry_after: Duration::from_secs(2) }), Duration::from_secs(2));
        assert_eq!(wait(Cause::WrongToken), LONGEST);
    }
}
