//! `sentrix-patrol judge`: turns in, verdicts out, nothing remembered.

use crate::args::JudgeArgs;
use crate::judged::Held;
use crate::memory::{Heard, Memory};
use crate::reviewer::Reviewer;
use crate::turns;
use rayon::prelude::*;
use sentrix_cli::{Exit, Failure, Stdout, warn};
use sentrix_record::frame::Window;
use sentrix_record::{Turn, Verdict};
use std::io::{self, Read};

/// How much is asked for at once; a pipe gives what it has, so a live one is answered line by line.
const CHUNK: usize = 1 << 19;

pub fn run(args: &JudgeArgs) -> Result<Exit, Failure> {
    turns::threads(args.review.jobs)?;
    let reviewer = Reviewer::load(&args.review)?;
    let mut input = io::stdin().lock();
    let mut out = Stdout::lock();
    let mut memory = Memory::default();
    let (mut window, mut number) = (Window::default(), 0);
    loop {
        let known = window.data().len();
        let ended = fill(&mut input, &mut window)?;
        let data = window.data();
        // No line ends in what was known.
        let newline = memchr::memrchr(b'\n', &data[known..]);
        let whole = if ended { data.len() } else { newline.map_or(0, |at| known + at + 1) };
        let lines = lines(&data[..whole]);
        let judged: Vec<_> = lines.par_iter().map(|line| judge(line, &reviewer)).collect();
        let verdicts = heard(judged, &reviewer, &mut memory);
        let last = verdicts.len();
        for (at, verdict) in verdicts.into_iter().enumerate() {
            // What stands behind the last newline is empty, or the input's last line.
            number += usize::from(at + 1 < last || ended);
            match verdict {
                Some(Ok(json)) => out.record(&json)?,
                Some(Err(why)) => {
                    warn(format_args!("standard input, line {number}: {why}; no verdict on it"))
                }
                None => {}
            }
        }
        out.flush()?;
        if ended {
            return Ok(Exit::Ok);
        }
        window.consume(whole);
    }
}

/// What rules say of the turn in one line; `None` for a blank one.
fn judge(line: &[u8], reviewer: &Reviewer) -> Option<Result<Held, String>> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    Some(Turn::from_json(line).map_err(|error| error.to_string()).and_then(|turn| {
        let verdict = reviewer.judge(&turn).ok_or("a rule failed on it")?;
        Ok(Held { turn: Box::new(turn), verdict })
    }))
}

type Line<T> = Option<Result<T, String>>;

/// The verdicts as JSON, with the judges' word where there are judges. A turn that they came to no verdict on is told, and has
/// a verdict only where rules found something.
fn heard(judged: Vec<Line<Held>>, reviewer: &Reviewer, memory: &mut Memory) -> Vec<Line<Vec<u8>>> {
    let json = |verdict: &Verdict| serde_json::to_vec(verdict).map_err(|error| error.to_string());
    let Some(judges) = &reviewer.judges else {
        return judged.into_iter().map(|line| Some(line?.and_then(|held| json(&held.verdict)))).collect();
    };
    let (mut turns, mut lines) = (Vec::new(), Vec::new());
    for line in judged {
        lines.push(line.map(|line| line.map(|held| turns.push(held))));
    }
    let mut heard = memory.hear(judges, turns, None).into_iter();
    let verdict = |heard: Option<Heard>| {
        let heard = heard.ok_or("the judges did not come to it")?;
        if let Err(why) = heard.ruling() {
            let found = heard.rules.severity;
            warn(format_args!("turn {} is not reviewed: {why} (rules: {found})", heard.turn.run_id_ts));
        }
        heard.verdict(reviewer).map(|verdict| json(&verdict)).transpose()
    };
    lines
        .into_iter()
        .map(|line| match line? {
            Ok(()) => verdict(heard.next()).transpose(),
            Err(why) => Some(Err(why)),
        })
        .collect()
}

/// Takes in what the input has; true at its end.
fn fill(input: &mut impl Read, window: &mut Window) -> Result<bool, Failure> {
    let read = loop {
        match input.read(window.space(CHUNK)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    let read = read.map_err(|error| Failure::environment("cannot read standard input").because(error))?;
    window.filled(read);
    Ok(read == 0)
}

/// The lines, and what stands behind the last newline.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    ends.map(|end| &bytes[std::mem::replace(&mut start, end + 1)..end]).collect()
}
