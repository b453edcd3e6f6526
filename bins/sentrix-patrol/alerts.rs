//! Telling somebody of flags: at least once, on a thread of its own, so that no sweep waits for it.
//!
//! Who is to be told stands in the state since the flag was saved, and goes when it was told. What could not be told is
//! tried again, by this program or the next one.

use crate::sweep::store_failure;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use sentrix_alert::{Command, Hook};
use sentrix_cli::{Failure, note, warn};
use sentrix_record::{Flag, Severity};
use sentrix_store::{Alert, PatrolStore};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// How long the end of the program waits for alerts that are on their way.
const GRACE: Duration = Duration::from_secs(30);
/// The longest pause before a channel that failed is tried again.
const LONGEST: Duration = Duration::from_secs(60);
/// How many alerts are taken out of the state at once.
const BATCH: u32 = 64;

/// A way of telling.
pub enum Channel {
    Exec(Command),
    Hook(Box<Hook>),
}

/// Ways of telling, and from which severity on.
pub struct Channels {
    pub channels: Vec<Channel>,
    pub least: Severity,
}

impl Channel {
    /// Its name in the state. Another command or URL takes over what the one before could not tell.
    fn name(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Hook(_) => "webhook",
        }
    }

    fn tell(&self, flag_id: &str, severity: Severity, record: &[u8]) -> Result<(), String> {
        let variables = [("SENTRIX_FLAG_ID", flag_id), ("SENTRIX_SEVERITY", severity.as_str())];
        match self {
            Self::Exec(command) => command.tell(record, &variables).map_err(|error| error.to_string()),
            Self::Hook(hook) => {
                let now =
                    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
                hook.tell("flag", flag_id, record, now).map_err(|error| error.to_string())
            }
        }
    }
}

impl Channels {
    /// Their names in the state.
    pub fn names(&self) -> Vec<String> {
        self.channels.iter().map(|channel| channel.name().to_owned()).collect()
    }

    /// Tells of flags at once, for a patrol without state: nothing is tried again later.
    pub fn tell_now(&self, flags: &[Flag]) {
        for channel in &self.channels {
            for flag in flags.iter().filter(|flag| flag.consensus_severity >= self.least) {
                let told = serde_json::to_vec(flag)
                    .map_err(|error| error.to_string())
                    .and_then(|record| channel.tell(&flag.flag_id, flag.consensus_severity, &record));
                if let Err(why) = told {
                    // One that fails is not tried for every other flag: that could take for ever.
                    warn(format_args!(
                        "flag {} and what follows were not told to {}: {why}",
                        flag.flag_id,
                        channel.name()
                    ));
                    break;
                }
            }
        }
    }
}

enum News {
    Flags,
    End,
}

/// The thread that tells.
pub struct Alerts {
    news: Sender<News>,
    ended: Receiver<u64>,
}

impl Alerts {
    /// Starts the thread; nobody to tell, no thread.
    pub fn start(channels: Channels, state: &Path) -> Result<Option<Self>, Failure> {
        if channels.channels.is_empty() {
            return Ok(None);
        }
        let store = PatrolStore::open(state).map_err(store_failure)?;
        let (news, inbox) = unbounded();
        let (done, ended) = bounded(1);
        let work = move || {
            let left = Worker { store, channels, pauses: Vec::new() }.run(&inbox);
            let _nobody_waits_any_more = done.send(left);
        };
        std::thread::Builder::new()
            .spawn(work)
            .map_err(|error| Failure::environment("cannot start a thread for alerts").because(error))?;
        Ok(Some(Self { news, ended }))
    }

    /// Says that there may be something to tell.
    pub fn wake(&self) {
        let _it_has_ended = self.news.send(News::Flags);
    }

    /// Lets what is on its way arrive, within bounds.
    pub fn finish(self) {
        let _it_has_ended = self.news.send(News::End);
        match self.ended.recv_timeout(GRACE + Duration::from_secs(5)) {
            Ok(0) => {}
            Ok(left) => warn(format_args!(
                "{left} alerts did not arrive; they are kept and tried again by the next sweep"
            )),
            Err(_) => warn(
                "alerts are still on their way; those that do not arrive are tried again by the next sweep",
            ),
        }
    }
}

struct Worker {
    store: PatrolStore,
    channels: Channels,
    /// For each channel that failed: its pause, and when it is over.
    pauses: Vec<(&'static str, Duration, Instant)>,
}

impl Worker {
    /// Tells until the end; returns how many could not be told.
    fn run(mut self, inbox: &Receiver<News>) -> u64 {
        loop {
            let next = self.pauses.iter().map(|(_, _, until)| *until).min();
            let news = match next {
                Some(until) => inbox.recv_deadline(until),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match news {
                Ok(News::Flags) | Err(RecvTimeoutError::Timeout) => self.tell(None),
                Ok(News::End) | Err(RecvTimeoutError::Disconnected) => {
                    self.pauses.clear();
                    return self.tell_rest(Instant::now() + GRACE);
                }
            }
        }
    }

    fn tell_rest(&mut self, until: Instant) -> u64 {
        self.tell(Some(until));
        let names = self.channels.names();
        names.iter().map(|name| self.store.alerts(name, 10_000).map_or(0, |left| left.len() as u64)).sum()
    }

    fn tell(&mut self, until: Option<Instant>) {
        for number in 0..self.channels.channels.len() {
            let name = self.channels.channels[number].name();
            if self.pauses.iter().any(|(paused, _, until)| *paused == name && *until > Instant::now()) {
                continue;
            }
            while until.is_none_or(|until| Instant::now() < until) {
                match self.store.alerts(name, BATCH) {
                    Ok(waiting) if !waiting.is_empty() => {
                        if !self.batch(number, &waiting, until) {
                            break;
                        }
                    }
                    Ok(_) => break,
                    Err(error) => {
                        warn(format_args!("cannot see who is to be told: {error}"));
                        break;
                    }
                }
            }
        }
    }

    /// Tells some; false when the channel failed or time is up.
    fn batch(&mut self, number: usize, waiting: &[Alert], until: Option<Instant>) -> bool {
        for alert in waiting {
            if until.is_some_and(|until| Instant::now() >= until) {
                return false;
            }
            let channel = &self.channels.channels[number];
            let name = channel.name();
            let severity = alert.severity.parse().unwrap_or(Severity::High);
            let told = if severity < self.channels.least {
                Ok(())
            } else {
                channel.tell(&alert.flag_id, severity, alert.record.as_bytes())
            };
            if let Err(error) = self.store.told(alert, name, told.is_ok()) {
                warn(format_args!("cannot note what was told: {error}"));
                return false;
            }
            if let Err(why) = told {
                self.pause(name, &why);
                return false;
            }
            self.pauses.retain(|(paused, ..)| *paused != name);
        }
        true
    }

    fn pause(&mut self, name: &'static str, why: &str) {
        let before = self.pauses.iter().find(|(paused, ..)| *paused == name).map(|(_, pause, _)| *pause);
        if before.is_none() {
            note(format_args!("an alert did not arrive ({name}): {why}; it is tried again"));
        }
        let pause = before.map_or(Duration::from_secs(1), |before| (before * 2).min(LONGEST));
        self.pauses.retain(|(paused, ..)| *paused != name);
        self.pauses.push((name, pause, Instant::now() + pause));
    }
}
