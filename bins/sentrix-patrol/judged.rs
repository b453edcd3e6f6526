//! A wave of the record after judging, and what a patrol counts.

use crate::flagging;
use crate::place::{self, Paths};
use crate::reviewer::Reviewer;
use rayon::prelude::*;
use sentrix_cli::{note, warn};
use sentrix_record::{Flag, Severity, Turn, Verdict};
use sentrix_store::{Pending, Reviewed};
use sentrix_turns::{Item, Progress, Wave};
use std::collections::BTreeMap;

/// What came of a wave, made on the threads that read it.
#[derive(Debug, Default)]
pub struct Judged {
    /// Turns with a verdict, and places of the record that call for a flag; in order.
    pub reviewed: Vec<Reviewed>,
    /// Turns that rules have looked at and judges have not; in order.
    pub held: Vec<Held>,
    /// The same, ready to wait in the state: see [`Judged::place`].
    pub pending: Vec<(Pending, Option<String>)>,
    /// What could not be read or judged, in words.
    pub faults: Vec<String>,
    /// How far the sources have been read.
    pub progress: Vec<Progress>,
    bytes: u64,
}

/// A turn that is for the judges.
#[derive(Debug)]
pub struct Held {
    pub turn: Box<Turn>,
    /// What the rules say.
    pub verdict: Verdict,
}

enum One {
    Reviewed(Reviewed),
    Held(Held),
    /// A fault, and the flag that keeps it from being forgotten.
    Fault(String, Option<Reviewed>),
}

/// Judges a wave.
pub fn judge(wave: Wave, reviewer: &Reviewer, now: &str) -> Judged {
    let all: Vec<One> = wave.items.into_par_iter().map(|item| one(item, reviewer, now)).collect();
    let mut judged = Judged { progress: wave.progress, bytes: wave.bytes, ..Judged::default() };
    for one in all {
        match one {
            One::Reviewed(reviewed) => judged.reviewed.push(reviewed),
            One::Held(held) => judged.held.push(held),
            One::Fault(fault, flagged) => {
                judged.faults.push(fault);
                judged.reviewed.extend(flagged);
            }
        }
    }
    judged
}

impl Judged {
    /// Makes what is held ready to wait in the state. What cannot be kept counts as a fault, and the rules' word stays.
    pub fn place(mut self, paths: &Paths, now: &str) -> Self {
        let placed: Vec<_> = std::mem::take(&mut self.held)
            .into_par_iter()
            .map(|held| {
                let flag = flagging::of_turn(&held.turn, &held.verdict, now);
                let run = held.turn.run_id.clone();
                place::pending(&held.turn, &held.verdict, flag, paths).map(|pending| (pending, run)).map_err(
                    |error| format!("turn {} cannot be kept for the judges: {error}", held.turn.run_id_ts),
                )
            })
            .collect();
        for one in placed {
            match one {
                Ok(pending) => self.pending.push(pending),
                Err(fault) => self.faults.push(fault),
            }
        }
        self
    }
}

fn one(item: Item, reviewer: &Reviewer, now: &str) -> One {
    match item {
        Item::Turn(turn) => match reviewer.judge(&turn) {
            Some(verdict) if reviewer.judges.is_some() => One::Held(Held { turn, verdict }),
            Some(verdict) => One::Reviewed(Reviewed {
                flag: flagging::of_turn(&turn, &verdict, now),
                run_id_ts: turn.run_id_ts,
                blake3: turn.blake3.unwrap_or_default(),
                source_file: turn.source_file.unwrap_or_default(),
                status: verdict.severity,
                answered: None,
            }),
            // The same rules would fail on it again, so waiting does not help: a person has to look, and other rules
            // will review it anew.
            None => {
                let fault = format!("turn {} was not reviewed: a rule failed on it", turn.run_id_ts);
                let flag = flagging::of_failure(&turn, now);
                One::Fault(fault, Some(flagged(flag, turn.blake3.unwrap_or_default())))
            }
        },
        Item::Gap(gap) => One::Reviewed(flagged(flagging::of_gap(&gap, now), gap.blake3)),
        Item::Bad(bad) => {
            // A file that cannot be read at all, or an end that may still be on its way, is tried again; only bytes that
            // are there to stay are flagged.
            let stays = !bad.blake3.is_empty() && !bad.at_end;
            let flag = stays.then(|| flagged(flagging::of_bad(&bad, now), bad.blake3.clone()));
            One::Fault(bad.to_string(), flag)
        }
    }
}

fn flagged(flag: Flag, blake3: String) -> Reviewed {
    Reviewed {
        run_id_ts: flag.run_id_ts.clone(),
        blake3,
        source_file: flag.source_file.clone(),
        status: flag.consensus_severity,
        flag: Some(flag),
        answered: None,
    }
}

/// What a patrol did.
#[derive(Debug, Default)]
pub struct Summary {
    /// Turns (and gaps) that were read.
    pub turns: u64,
    /// Turns (and gaps) that got a verdict.
    pub reviewed: u64,
    /// Turns that judges are still to review.
    pub unreviewed: u64,
    /// The judges were stopped by the clock, not by the end of their work.
    pub goes_on: bool,
    /// Flags that were raised, by severity.
    pub flags: BTreeMap<Severity, u64>,
    /// What was unreadable or could not be judged.
    pub faults: u64,
    /// Bytes of the record that were read.
    pub bytes: u64,
}

impl Summary {
    /// Counts a wave and names its faults.
    pub fn count(&mut self, judged: &Judged) {
        self.turns += (judged.reviewed.len() + judged.held.len() + judged.pending.len()) as u64;
        self.reviewed += judged.reviewed.len() as u64;
        self.bytes += judged.bytes;
        for fault in &judged.faults {
            self.faults += 1;
            // A wrecked archive must not scroll everything else away.
            match self.faults {
                ..=20 => warn(fault),
                21 => warn("more is unreadable than is named here"),
                _ => {}
            }
        }
        for reviewed in &judged.reviewed {
            if reviewed.flag.is_some() {
                *self.flags.entry(reviewed.status).or_default() += 1;
            }
        }
        for flag in judged.pending.iter().filter_map(|(pending, _)| pending.flag.as_ref()) {
            *self.flags.entry(flag.consensus_severity).or_default() += 1;
        }
    }

    /// Counts a turn that the judges have settled; `known` is the severity of the rules' flag on it.
    pub fn settled(&mut self, known: Option<Severity>, severity: Severity) {
        self.reviewed += 1;
        if severity > known.unwrap_or(Severity::Clean) {
            *self.flags.entry(severity).or_default() += 1;
        }
    }

    /// How many flags were raised.
    pub fn flagged(&self) -> u64 {
        self.flags.values().sum()
    }

    /// Tells people what was done.
    pub fn tell(&self) {
        if self.reviewed == 0 && self.faults == 0 && self.unreviewed == 0 {
            return note("nothing new to review");
        }
        let severities: Vec<String> =
            self.flags.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
        let flags = if severities.is_empty() {
            "no flags".to_owned()
        } else {
            format!("flagged {}", severities.join(", "))
        };
        let faults = if self.faults == 0 { String::new() } else { format!(", {} unreadable", self.faults) };
        let waiting = match self.unreviewed {
            0 => String::new(),
            waiting => format!(", {waiting} not reviewed"),
        };
        note(format_args!("{} turns reviewed, {flags}{faults}{waiting}", self.reviewed));
    }
}
