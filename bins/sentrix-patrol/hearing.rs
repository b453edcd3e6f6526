//! The second half of a sweep: what waits is put before the judges.

use crate::docket::{Room, StateDocket};
use crate::judged::Summary;
use crate::judges::Judges;
use crate::sweep::store_failure;
use sentrix_cli::{Failure, warn};
use sentrix_judge::{Report, Suspicion};
use sentrix_record::{Severity, rfc3339};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

/// What the judges did in a sweep.
pub struct Hearing {
    pub report: Report,
    pub streams: usize,
    calls: u64,
    cost: f64,
    input_tokens: u64,
    output_tokens: u64,
    began: SystemTime,
}

/// Puts what waits before the judges.
pub fn hear(room: &mut Room<'_>, judges: &Judges, summary: &mut Summary) -> Result<Option<Hearing>, Failure> {
    let (pending, streams) = room.store.pending_counts().map_err(store_failure)?;
    summary.unreviewed = pending;
    if pending == 0 {
        return Ok(None);
    }
    let began = SystemTime::now();
    let before = judges.budget.spent();
    let (report, why, failure) = {
        let mut docket = StateDocket::open(room, summary)?;
        let report = judges.panel.sweep(&mut docket, streams);
        let (why, failure) = docket.close();
        (report, why, failure)
    };
    let (store, delivery, until) = (&mut *room.store, &mut *room.delivery, room.until);
    let cooled: Vec<(String, f64)> = store
        .suspicion()
        .map_err(store_failure)?
        .into_iter()
        .map(|(stream, level)| (stream, Suspicion::new(level).decay().level()))
        .collect();
    store.cool(&cooled).map_err(store_failure)?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    delivery.deliver(store)?;
    let (pending, _) = store.pending_counts().map_err(store_failure)?;
    summary.unreviewed = pending;
    summary.goes_on = pending > 0 && until.is_some_and(|until| Instant::now() >= until);
    if pending > 0 && room.signals.stopped().is_none() && !summary.goes_on && delivery.unreviewed != pending {
        tell(pending, &report, &why);
    }
    // A follower says it once, not at every look.
    delivery.unreviewed = if until.is_some() { pending } else { 0 };
    if until.is_some() && report.questions == 0 && report.reviewed == 0 {
        return Ok(None);
    }
    let after = judges.budget.spent();
    Ok(Some(Hearing {
        report,
        streams,
        calls: after.calls - before.calls,
        cost: after.cost - before.cost,
        input_tokens: after.input_tokens - before.input_tokens,
        output_tokens: after.output_tokens - before.output_tokens,
        began,
    }))
}

/// Says how many turns nobody has reviewed, and why.
fn tell(pending: u64, report: &Report, why: &std::collections::HashMap<String, u64>) {
    let dropped = || report.dropped.values().next().cloned();
    let most = why.iter().max_by_key(|(_, count)| **count).map(|(why, _)| why.clone());
    let why =
        if report.budget_spent { Some("the budget is spent".to_owned()) } else { most.or_else(dropped) };
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    warn(format_args!("{pending} turns are not reviewed{why}; they wait for the next sweep"));
}

impl Hearing {
    /// The sweep as a record.
    pub fn record(&self, summary: &Summary, asked: &str) -> Value {
        let flags: BTreeMap<&str, u64> =
            summary.flags.iter().map(|(severity, count)| (Severity::as_str(*severity), *count)).collect();
        let retries = self.calls.saturating_sub(self.report.questions);
        json!({
            "v": 1,
            "type": "sweep",
            "timestamp": rfc3339(self.began),
            "asked": asked,
            "streams": self.streams,
            "agents": self.report.agents,
            "turns": summary.turns,
            "reviewed": self.report.reviewed,
            "unreviewed": summary.unreviewed,
            "flags": flags,
            "calls": self.calls,
            "retries": retries,
            "cost_usd": (self.cost * 1e6).round() / 1e6,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "judges": self.report,
        })
    }
}
