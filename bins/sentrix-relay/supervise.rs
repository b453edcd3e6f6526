//! Process 1: starts the programs of the box and ends them together.
//!
//! The first program (the gateway) is stopped first and may take its time, because what it still says has to be recorded;
//! the others get TERM a moment after it has ended. Whichever ends first without being asked stops all, and gives the exit code.

use crate::args::Spec;
use crate::child::{Child, reap};
use crate::privileges;
use rustix::process::Signal;
use sentrix_cli::Failure;
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The collector reads on for this long after the gateway has ended.
const SETTLE: Duration = Duration::from_millis(200);
/// A program that does not heed TERM is killed after this; the gateway only when nobody asked it to stop, for then its record has a hole.
const GRACE: Duration = Duration::from_secs(10);

/// Signals as a stream that can be waited on.
struct Bell {
    stream: UnixStream,
    stop: Arc<AtomicBool>,
}

/// What is being waited for.
#[derive(Clone, Copy)]
enum Phase {
    /// Nothing: all run.
    Running,
    /// The end of the first program; until then, if there is a limit.
    First { kill_at: Option<Instant> },
    /// The moment to stop the others.
    Settling { until: Instant },
    /// The end of the others.
    Others { kill_at: Instant },
}

/// Runs until all programs have ended.
pub fn supervise(uid: u32, specs: Vec<Spec>) -> Result<ExitCode, Failure> {
    let bell = Bell::install()
        .map_err(|error| Failure::environment("cannot install signal handlers").because(error))?;
    let mut children = Vec::new();
    for spec in &specs {
        match Child::start(spec) {
            Ok(child) => children.push(child),
            Err(failure) => return Err(abandon(&children, failure)),
        }
    }
    if let Err(error) = privileges::become_user(uid) {
        return Err(abandon(
            &children,
            Failure::environment(format!("cannot become user {uid}")).because(error),
        ));
    }
    Ok(watch(&bell, &mut children))
}

fn abandon(children: &[Child], failure: Failure) -> Failure {
    children.iter().for_each(|child| child.signal(Signal::KILL));
    failure
}

fn watch(bell: &Bell, children: &mut [Child]) -> ExitCode {
    let mut phase = Phase::Running;
    let mut first = None;
    loop {
        for place in reap(children) {
            let asked = bell.stop.load(Ordering::Acquire);
            first = first.or(children
                .get(place)
                .map(|child| (child.name.clone(), child.code.unwrap_or(u8::MAX), asked)));
        }
        if let (Some((name, code, asked)), true) = (&first, children.iter().all(|child| child.code.is_some()))
        {
            // The last line: who ended first, how, and whether a stop had been asked for. There is nobody to tell if it cannot be written.
            let _ = writeln!(io::stderr(), r#"{{"first":"{name}","rc":{code},"stop":{asked}}}"#);
            return ExitCode::from(*code);
        }
        phase = advance(phase, children, bell.stop.load(Ordering::Acquire), first.is_some());
        bell.wait(phase.deadline());
    }
}

/// Does what is due and says what is waited for next.
fn advance(phase: Phase, children: &[Child], asked: bool, one_ended: bool) -> Phase {
    let now = Instant::now();
    let leader_ended = children.first().is_none_or(|child| child.code.is_some());
    match phase {
        Phase::Running if leader_ended => Phase::Settling { until: now + SETTLE },
        Phase::Running if asked || one_ended => {
            children.iter().take(1).for_each(|child| child.signal(Signal::TERM));
            Phase::First { kill_at: (!asked).then(|| now + GRACE) }
        }
        Phase::First { .. } if leader_ended => Phase::Settling { until: now + SETTLE },
        Phase::First { kill_at: Some(at) } if now >= at => {
            children.iter().take(1).for_each(|child| child.signal(Signal::KILL));
            Phase::First { kill_at: None }
        }
        Phase::Settling { until } if now >= until => {
            children.iter().for_each(|child| child.signal(Signal::TERM));
            Phase::Others { kill_at: now + GRACE }
        }
        Phase::Others { kill_at } if now >= kill_at => {
            children.iter().for_each(|child| child.signal(Signal::KILL));
            Phase::Others { kill_at: now + GRACE }
        }
        unchanged => unchanged,
    }
}

impl Phase {
    fn deadline(self) -> Option<Instant> {
        match self {
            Self::Running => None,
            Self::First { kill_at } => kill_at,
            Self::Settling { until } => Some(until),
            Self::Others { kill_at } => Some(kill_at),
        }
    }
}

impl Bell {
    fn install() -> io::Result<Self> {
        let (stream, ringer) = UnixStream::pair()?;
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&stop))?;
            signal_hook::low_level::pipe::register(signal, ringer.try_clone()?)?;
        }
        signal_hook::low_level::pipe::register(SIGCHLD, ringer)?;
        Ok(Self { stream, stop })
    }

    /// Waits for a signal, or until the deadline.
    fn wait(&self, deadline: Option<Instant>) {
        // A timeout of nothing would wait for ever.
        let left =
            deadline.map(|at| at.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)));
        if self.stream.set_read_timeout(left).is_err() {
            std::thread::sleep(Duration::from_millis(50));
            return;
        }
        let mut rung = [0; 64];
        // The end of the wait says nothing by itself: the caller looks at the children, the flag and the clock.
        let _ = (&self.stream).read(&mut rung);
    }
}
