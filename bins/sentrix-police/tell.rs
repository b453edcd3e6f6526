//! Telling somebody of cases: at least once. Who is to be told stands in the database since the case was concluded.

use crate::place::store_failure;
use crate::row;
use sentrix_alert::{Command, Hook};
use sentrix_cli::{Failure, warn};
use sentrix_record::Severity;
use sentrix_store::{CaseAlert, CaseRow, PoliceStore};
use std::time::{Duration, Instant, SystemTime};

/// How many alerts are taken at once.
const BATCH: u32 = 64;
/// The first and the longest pause before a channel that failed is tried again.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(300);

/// A way of telling.
pub enum Channel {
    Exec(Command),
    Hook(Box<Hook>),
}

/// Ways of telling, and from which severity on.
pub struct Channels {
    channels: Vec<(Channel, Option<(Duration, Instant)>)>,
    least: Severity,
}

impl Channel {
    /// Its name in the database. Another command or URL takes over what the one before could not tell.
    fn name(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Hook(_) => "webhook",
        }
    }

    fn tell(&self, id: &str, severity: Severity, record: &[u8]) -> Result<(), String> {
        let variables = [("SENTRIX_CASE_ID", id), ("SENTRIX_SEVERITY", severity.as_str())];
        match self {
            Self::Exec(command) => command.tell(record, &variables).map_err(|error| error.to_string()),
            Self::Hook(hook) => {
                let now =
                    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
                hook.tell("case", id, record, now).map_err(|error| error.to_string())
            }
        }
    }
}

impl Channels {
    /// These channels.
    pub fn new(channels: Vec<Channel>, least: Severity) -> Self {
        Self { channels: channels.into_iter().map(|channel| (channel, None)).collect(), least }
    }

    /// Their names in the database.
    pub fn names(&self) -> Vec<&'static str> {
        self.channels.iter().map(|(channel, _)| channel.name()).collect()
    }

    /// Tells what is to be told. A channel that fails keeps the rest for later.
    pub fn tell(&mut self, store: &mut PoliceStore) -> Result<(), Failure> {
        let least = self.least;
        for (channel, pause) in &mut self.channels {
            if pause.is_some_and(|(_, until)| Instant::now() < until) {
                continue;
            }
            let failed = tell_all(channel, least, store)?;
            *pause = failed.map(|(left, why)| {
                let last = pause.map_or(SHORTEST, |(last, _)| (last * 2).min(LONGEST));
                warn(format_args!(
                    "{left} cases were not told to {}: {why}; they are kept and tried again by the next run",
                    channel.name()
                ));
                (last, Instant::now() + last)
            });
        }
        Ok(())
    }
}

/// Tells until nothing is left, or one fails: then says how many (of those that were looked at) are left, and why.
fn tell_all(
    channel: &Channel,
    least: Severity,
    store: &mut PoliceStore,
) -> Result<Option<(usize, String)>, Failure> {
    loop {
        let alerts = store.case_alerts(channel.name(), BATCH).map_err(store_failure)?;
        if alerts.is_empty() {
            return Ok(None);
        }
        for (n, alert) in alerts.iter().enumerate() {
            let id = &alert.investigation_id;
            let case = row::case(&as_row(alert));
            let told = if case.severity_score < least {
                Ok(())
            } else {
                let record = serde_json::to_vec(&case).map_err(|error| error.to_string());
                record.and_then(|record| channel.tell(id, case.severity_score, &record))
            };
            store.case_told(id, channel.name(), told.is_ok()).map_err(store_failure)?;
            if let Err(why) = told {
                return Ok(Some((alerts.len() - n, why)));
            }
        }
    }
}

fn as_row(alert: &CaseAlert) -> CaseRow {
    CaseRow {
        investigation_id: alert.investigation_id.clone(),
        flag_id: alert.flag_id.clone(),
        source_file: alert.source_file.clone(),
        concluded_at: alert.concluded_at.clone(),
        case_file_json: alert.case_file_json.clone(),
    }
}
