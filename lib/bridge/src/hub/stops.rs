//! Stopping the agent, also over a connection that is lost meanwhile.

use super::{BrowserId, Hub, failed};
use crate::call::{Asked, Call};
use sentrix_gateway::{GatewayError, Session};
use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

impl Hub {
    /// A browser stops the agent in its session.
    pub(super) fn abort(&mut self, id: BrowserId) {
        let Some(key) = self.browsers.get(&id).map(|browser| browser.session().to_owned()) else { return };
        // What was not sent yet is not sent.
        let unsent = |call: &Call| matches!(call, Call::Chat(run) if self.runs.get(run).is_some_and(|run| run.browser == id));
        let (dropped, kept): (Vec<Call>, _) = self.calls.drain(..).partition(unsent);
        self.calls = VecDeque::from(kept);
        for call in dropped {
            if let Call::Chat(run) = call {
                self.end(&run, "_(aborted)_");
            }
        }
        // What waits to be sent is another's: it is not stopped.
        let waits: BTreeSet<&String> = self
            .calls
            .iter()
            .filter_map(|call| if let Call::Chat(run) = call { Some(run) } else { None })
            .collect();
        for (_, run) in self.runs.iter_mut().filter(|(id, run)| run.key == key && !waits.contains(id)) {
            run.stopped = true;
        }
        if self.runs.values().any(|run| run.key == key) || self.up {
            self.calls.push_back(Call::Abort(key));
        }
    }

    /// The gateway went away, or did not come.
    pub fn disconnected(&mut self, why: &str, now: Instant) {
        let was = std::mem::replace(&mut self.up, false);
        let news = was || self.why != why;
        why.clone_into(&mut self.why);
        for asked in std::mem::take(&mut self.asked).into_values() {
            if let Asked::History { browser, frame } = asked {
                self.tell(browser, failed(&frame, why));
            }
        }
        // What nobody said to have is sent again, under the same name, in the old order; but what was stopped is not. The gateway may
        // have it all the same, so that it is told to stop before anything else, however often it has to be asked.
        let mut again: Vec<(u64, String)> = Vec::new();
        let mut over = Vec::new();
        for (id, run) in &mut self.runs {
            match (run.acknowledged, run.stopped) {
                (true, _) => _ = run.away.get_or_insert(now),
                (false, true) => over.push(id.clone()),
                (false, false) => again.push((run.number, id.clone())),
            }
        }
        again.sort_unstable();
        let stopped = self.runs.values().filter(|run| run.stopped).map(|run| run.key.clone());
        let mut stops: BTreeSet<String> = stopped.collect();
        self.calls.retain(|call| match call {
            Call::Abort(key) => {
                stops.insert(key.clone());
                false
            }
            call => matches!(call, Call::History { .. }),
        });
        self.calls.extend(stops.into_iter().map(Call::Abort));
        self.calls.extend(again.into_iter().map(|(_, run)| Call::Chat(run)));
        for run in over {
            self.end(&run, "_(aborted)_");
        }
        if news {
            self.tell_gateway();
        }
    }

    /// Sends what stops something, while the rest waits for room.
    pub(super) fn stop_first(&mut self, session: &mut Session, now: Instant) -> Result<(), GatewayError> {
        let stops = |call: &Call| matches!(call, Call::Abort(_));
        while let Some(at) = self.calls.iter().position(stops) {
            let Some(call) = self.calls.remove(at) else { break };
            if let Err(error) = self.call(&call, session, now) {
                self.calls.insert(at, call);
                return if matches!(error, GatewayError::Backlog) { Ok(()) } else { Err(error) };
            }
        }
        Ok(())
    }
}
