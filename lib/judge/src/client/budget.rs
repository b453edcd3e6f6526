//! What may be spent.

use std::sync::{Mutex, PoisonError};

/// A purse of calls and money. Every request counts as a call, retries too, because providers may charge for them.
#[derive(Debug)]
pub struct Budget {
    most_calls: Option<u64>,
    most_cost: Option<f64>,
    spent: Mutex<Spent>,
}

/// What was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Requests sent.
    pub calls: u64,
    /// US dollars, as far as prices are known.
    pub cost: f64,
    /// US dollars set aside for answers that are on their way.
    pub reserved: f64,
    /// Tokens of questions.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
}

impl Budget {
    /// A purse with these limits.
    pub fn new(most_calls: Option<u64>, most_cost: Option<f64>) -> Self {
        Self { most_calls, most_cost, spent: Mutex::default() }
    }

    /// A purse without limits, which still counts.
    pub fn unlimited() -> Self {
        Self::new(None, None)
    }

    /// Whether money is limited.
    pub fn limits_cost(&self) -> bool {
        self.most_cost.is_some()
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        *self.lock()
    }

    /// Begins again, as at the beginning of a sweep.
    pub fn refill(&self) {
        let mut spent = self.lock();
        *spent = Spent { reserved: spent.reserved, ..Spent::default() };
    }

    /// Sets aside what a call may cost; false when the purse does not hold it.
    pub(super) fn reserve(&self, estimate: f64) -> bool {
        let mut spent = self.lock();
        let calls = self.most_calls.is_none_or(|most| spent.calls < most);
        let cost = self.most_cost.is_none_or(|most| spent.cost + spent.reserved + estimate <= most);
        if calls && cost {
            spent.calls += 1;
            spent.reserved += estimate;
        }
        calls && cost
    }

    /// Replaces what was set aside by what it cost.
    pub(super) fn settle(&self, estimate: f64, cost: f64, usage: super::Usage) {
        let mut spent = self.lock();
        spent.reserved = (spent.reserved - estimate).max(0.0);
        spent.cost += cost;
        spent.input_tokens += usage.input;
        spent.output_tokens += usage.output;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Spent> {
        // Nothing inside can panic, and numbers have no state that could be half done.
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
