//! A circuit breaker: a server that keeps failing is left alone for a while, then tried by one question.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest rest is this many times the first.
const MOST_RESTS: u32 = 16;

#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    rest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failed: u32,
    rests: u32,
    open_until: Option<Instant>,
    trying: bool,
}

impl Breaker {
    pub(super) fn new(failures: u32, rest: Duration) -> Self {
        Self { failures: failures.max(1), rest, state: Mutex::default() }
    }

    /// Whether a question may be asked now; else how long not.
    pub(super) fn enter(&self) -> Result<(), Duration> {
        let mut state = self.lock();
        let Some(until) = state.open_until else { return Ok(()) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() && !state.trying {
            state.trying = true;
            return Ok(());
        }
        Err(left)
    }

    /// How long the server is left alone from now on; nothing when it may be asked.
    pub(super) fn resting(&self) -> Option<Duration> {
        let left = self.lock().open_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn succeeded(&self) {
        *self.lock() = State::default();
    }

    pub(super) fn failed(&self) {
        let mut state = self.lock();
        state.failed += 1;
        if state.trying || (state.open_until.is_none() && state.failed >= self.failures) {
            let rest = self.rest.saturating_mul((1 << state.rests.min(16)).min(MOST_RESTS));
            state.rests += 1;
            state.open_until = Some(Instant::now() + rest);
            state.trying = false;
        }
    }

    /// The question ended in a way that says nothing about the server.
    pub(super) fn undecided(&self) {
        self.lock().trying = false;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_question_try() {
        let breaker = Breaker::new(3, Duration::ZERO);
        for _ in 0..2 {
            breaker.failed();
        }
        breaker.succeeded();
        for _ in 0..2 {
            breaker.failed();
            assert!(breaker.enter().is_ok());
        }
        breaker.failed();
        assert!(breaker.enter().is_ok(), "the rest is over");
        assert!(breaker.enter().is_err(), "only one tries");
        breaker.succeeded();
        assert!(breaker.enter().is_ok() && breaker.enter().is_ok());
    }

    #[test]
    fn a_failed_try_rests_longer() {
        let breaker = Breaker::new(1, Duration::from_secs(100));
        breaker.failed();
        let first = breaker.resting().unwrap();
        breaker.lock().trying = true;
        breaker.failed();
        let second = breaker.resting().unwrap();
        assert!(first <= Duration::from_secs(100) && second > Duration::from_secs(150));
    }
}
