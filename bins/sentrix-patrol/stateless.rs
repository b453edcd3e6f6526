//! A patrol that remembers nothing: everything is read and judged, flags go straight out.

use crate::alerts::Channels;
use crate::args::{PatrolArgs, is_stdin};
use crate::deliver::Outlet;
use crate::flagging;
use crate::judged::{Held, Judged, Summary, judge};
use crate::memory::Memory;
use crate::pipe::Pipe;
use crate::reviewer::Reviewer;
use crate::turns::{empty, silent_since, sources};
use crate::voting::decide;
use sentrix_cli::{Failure, Signals, warn};
use sentrix_record::{Flag, rfc3339};
use sentrix_turns::{Archive, Stream};
use std::io::ErrorKind;
use std::time::SystemTime;

/// Patrols the paths, or standard input until it ends.
pub fn patrol(
    args: &PatrolArgs,
    reviewer: &Reviewer,
    outlet: &mut Outlet,
    signals: &Signals,
) -> Result<Summary, Failure> {
    let mut patrol = Stateless {
        reviewer,
        outlet,
        channels: args.alerts.channels()?,
        signals,
        run_timeout_ms: args.run_timeout_ms(),
        memory: Memory::default(),
        summary: Summary::default(),
    };
    if is_stdin(&args.paths) {
        patrol.stream(signals)?;
    } else {
        let sources = sources(&args.paths)?;
        if sources.is_empty() {
            empty::tell(&args.paths, |_| false);
        }
        patrol.archive(Archive::new(sources), signals)?;
    }
    patrol.outlet.finish()?;
    Ok(patrol.summary)
}

struct Stateless<'a> {
    reviewer: &'a Reviewer,
    outlet: &'a mut Outlet,
    channels: Channels,
    signals: &'a Signals,
    run_timeout_ms: i64,
    memory: Memory,
    summary: Summary,
}

impl Stateless<'_> {
    fn archive(&mut self, mut archive: Archive, signals: &Signals) -> Result<(), Failure> {
        let reviewer = self.reviewer;
        let mut ended = Ok(());
        archive.read(
            |wave| judge(wave, reviewer, &now()),
            |judged| {
                ended = self.take(judged);
                ended.is_ok() && signals.stopped().is_none()
            },
        );
        ended?;
        if signals.stopped().is_none() {
            self.take(judge(archive.rebuild(|_| true), reviewer, &now()))?;
            self.take(judge(archive.settle(silent_since(self.run_timeout_ms)), reviewer, &now()))?;
        }
        self.take(judge(archive.finish(), reviewer, &now()))
    }

    fn stream(&mut self, signals: &Signals) -> Result<(), Failure> {
        let run_timeout_ms = self.run_timeout_ms;
        let pipe = Pipe::stdin(Some(signals.clone()));
        let patience = pipe.patience();
        let mut stream = Stream::new("-", pipe);
        while signals.stopped().is_none() {
            match stream.next_wave() {
                Ok(Some(wave)) => {
                    self.take(judge(wave, self.reviewer, &now()))?;
                    self.take(judge(stream.silent(run_timeout_ms), self.reviewer, &now()))?;
                    patience.end(stream.may_pause());
                }
                Ok(None) => break,
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    self.take(judge(stream.pause(), self.reviewer, &now()))?;
                }
                Err(error) => {
                    warn(format_args!("cannot read standard input: {error}"));
                    break;
                }
            }
        }
        self.take(judge(stream.rest(), self.reviewer, &now()))?;
        self.take(judge(stream.settle(silent_since(run_timeout_ms)), self.reviewer, &now()))?;
        self.take(judge(stream.finish(), self.reviewer, &now()))
    }

    fn take(&mut self, judged: Judged) -> Result<(), Failure> {
        self.summary.count(&judged);
        let flags: Vec<Flag> = judged.reviewed.into_iter().filter_map(|reviewed| reviewed.flag).collect();
        self.send(&flags)?;
        let flags = self.hear(judged.held);
        self.send(&flags)
    }

    fn send(&mut self, flags: &[Flag]) -> Result<(), Failure> {
        self.outlet.deliver(flags)?;
        self.channels.tell_now(flags);
        Ok(())
    }

    /// Puts turns before the judges; what rules found stands, whatever comes of it.
    fn hear(&mut self, held: Vec<Held>) -> Vec<Flag> {
        let Some(judges) = self.reviewer.judges.as_ref().filter(|_| !held.is_empty()) else {
            return Vec::new();
        };
        let (mut flags, mut unreviewed, mut reason) = (Vec::new(), 0u64, String::new());
        for heard in self.memory.hear(judges, held, Some(self.signals)) {
            let rules = flagging::of_turn(&heard.turn, &heard.rules, &now());
            if let (Ok((severity, confidence)), Some(outcome)) = (heard.ruling(), &heard.outcome) {
                let decided = decide(outcome, severity, confidence, rules, 0.0, self.reviewer, &now());
                self.summary.settled(None, decided.severity);
                flags.extend(decided.flag);
                continue;
            }
            unreviewed += 1;
            reason = heard.ruling().err().unwrap_or_default().to_owned();
            if let Some(flag) = &rules {
                *self.summary.flags.entry(flag.consensus_severity).or_default() += 1;
            }
            flags.extend(rules);
        }
        if unreviewed > 0 {
            self.summary.unreviewed += unreviewed;
            warn(format_args!("{unreviewed} turns are not reviewed: {reason}"));
        }
        flags
    }
}

/// The time, as it stands in flags.
pub fn now() -> String {
    rfc3339(SystemTime::now())
}
