//! A sweep: one thread leads, the agents' threads wait for answers.

use super::agent::Agent;
use super::ballot::Ballot;
use super::docket::{Docket, Known, Trust};
use super::job::{About, Done, Job, Said};
use super::room::Room;
use super::{Panel, Report, known, name_of, seating};
use crate::canary::Canary;
use crate::client::CallError;
use crate::{Opinion, parts, question};
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How often the leader looks up when no answer comes.
const TICK: Duration = Duration::from_millis(200);
/// How long an answer is waited for that no turn of this sweep needs any more.
const GRACE: Duration = Duration::from_secs(1);
/// Most bytes of turns that are being voted on; one turn may be larger.
const MOST_BYTES: usize = 16 << 20;

pub(super) struct Sweep<'a> {
    pub panel: &'a Panel,
    pub agents: Vec<Agent>,
    pub servers: Vec<Server>,
    pub ballots: HashMap<u64, Ballot>,
    /// Questions that are on their way, and who else waits for the answer: nothing is asked twice at once.
    pub flying: HashMap<String, Vec<(usize, About)>>,
    /// Ballots on which something has happened.
    pub changed: HashSet<u64>,
    pub bytes: usize,
    /// The agent whose questions leave first.
    pub first: usize,
    pub answers: Receiver<Done>,
    pub report: Report,
    pub feeding: bool,
    pub broke: bool,
}

/// What is known of a server during a sweep.
pub(super) struct Server {
    pub name: String,
    pub trust: Trust,
    pub test: Option<Test>,
    /// Most bytes of a question that it can read, as far as is known.
    pub limit: usize,
}

/// Known turns that are before it.
pub(super) struct Test {
    pub canaries: Vec<&'static Canary>,
    pub agent: usize,
    pub left: usize,
    pub tries: u32,
}

impl<'a> Sweep<'a> {
    pub fn new(panel: &'a Panel, agents: usize) -> Self {
        let (done, answers) = unbounded();
        let clients = panel.clients();
        let threads = panel.settings.threads.max(1).div_ceil(agents);
        let agents = if clients.is_empty() { 0 } else { agents };
        let agents: Vec<Agent> = (0..agents)
            .map(|n| Agent::new(n, n % clients.len(), &clients[n % clients.len()], threads, &done))
            .collect();
        let server = |client: &std::sync::Arc<crate::client::Client>| Server {
            name: name_of(client),
            trust: Trust::default(),
            test: None,
            limit: panel.settings.part_bytes,
        };
        Self {
            panel,
            report: Report { agents: agents.len(), ..Report::default() },
            agents,
            servers: clients.iter().map(server).collect(),
            ballots: HashMap::new(),
            flying: HashMap::new(),
            changed: HashSet::new(),
            bytes: 0,
            first: 0,
            answers,
            feeding: true,
            broke: false,
        }
    }

    pub fn run(mut self, docket: &mut dyn Docket) -> Report {
        let began = Instant::now();
        for server in &mut self.servers {
            server.trust = docket.trust(&server.name);
            // Who is not put to the test cannot win trust back.
            server.trust.lost &= self.panel.settings.canary_every > 0;
        }
        while self.step(docket) {}
        self.gather(docket);
        for server in &self.servers {
            docket.set_trust(&server.name, server.trust);
        }
        for agent in &self.agents {
            if let Some(why) = &agent.down {
                self.report.dropped.insert(agent.name.clone(), why.clone());
            }
        }
        self.report.budget_spent = self.broke;
        self.report.wall = began.elapsed();
        self.report
    }

    /// One round; false when there is nothing left to do.
    fn step(&mut self, docket: &mut dyn Docket) -> bool {
        self.rest();
        self.feed(docket);
        self.test();
        self.dispatch(docket);
        if !self.close(docket) || docket.stopped() {
            return false;
        }
        if self.ballots.is_empty() && !(self.feeding && self.can_work()) && !self.is_testing() {
            // What is still on its way nobody waits for.
            return false;
        }
        if self.agents.iter().all(|agent| !agent.is_live() || agent.asked.is_empty()) {
            let idle = self.agents.iter().all(|agent| !agent.is_live() || agent.queue.is_empty());
            if idle || self.broke {
                // Nothing is on its way: whatever is still open stays open.
                return self.close_all(docket) && self.feeding && self.can_work();
            }
            return true;
        }
        match self.answers.recv_timeout(docket.rest().min(TICK)) {
            Ok(done) => {
                self.take(done, docket);
                while let Ok(done) = self.answers.try_recv() {
                    self.take(done, docket);
                }
            }
            Err(RecvTimeoutError::Timeout) => self.relieve(),
            Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }

    /// What is still on its way was paid for: an answer that comes soon is remembered, so that nobody has to ask again.
    fn gather(&mut self, docket: &mut dyn Docket) {
        let until = Instant::now() + GRACE;
        while self.agents.iter().any(|agent| !agent.asked.is_empty()) && !docket.stopped() {
            let left = until.saturating_duration_since(Instant::now());
            match self.answers.recv_timeout(left.min(docket.rest()).min(TICK)) {
                Ok(done) => self.take(done, docket),
                Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
                Err(_) => return,
            }
        }
    }

    fn is_testing(&self) -> bool {
        !self.broke && self.servers.iter().any(|server| server.test.is_some())
    }

    fn can_work(&self) -> bool {
        !self.broke && self.agents.iter().any(Agent::is_live)
    }

    /// Takes agents out whose server is being left alone.
    fn rest(&mut self) {
        for (number, client) in self.panel.clients().iter().enumerate() {
            if let Some(wait) = client.resting() {
                self.drop_server(number, &CallError::Resting { wait }.to_string());
            }
        }
    }

    /// Takes turns from the docket as long as there is room.
    fn feed(&mut self, docket: &mut dyn Docket) {
        let window = (self.panel.settings.threads * 4).max(16);
        while self.feeding && self.can_work() && self.ballots.len() < window && self.bytes < MOST_BYTES {
            let Some(matter) = docket.next() else {
                self.feeding = false;
                break;
            };
            self.bytes += parts::fields(&matter.turn).iter().map(|(_, text)| text.len()).sum::<usize>();
            let live = self.agents.iter().filter(|agent| agent.is_live()).count();
            let assigned = matter.suspicion.votes(self.panel.settings.votes, live).max(1);
            let id = matter.id;
            let mut ballot = Ballot::new(matter, assigned);
            let quorum = ballot.quorum;
            self.seat(&mut ballot, quorum);
            self.ballots.insert(id, ballot);
        }
    }

    pub(super) fn seat(&mut self, ballot: &mut Ballot, wanted: usize) {
        let limits: Vec<usize> = self.servers.iter().map(|server| server.limit).collect();
        seating::seat(ballot, &mut self.agents, &limits, self.panel.settings.slow, wanted);
    }

    /// Hands questions to free threads.
    fn dispatch(&mut self, docket: &mut dyn Docket) {
        let (most, slow) = (self.panel.settings.threads.max(1), self.panel.settings.slow);
        let mut room = Room::left(&self.agents, self.servers.len(), most, slow);
        // Where there are fewer places than agents, another one is the first each time.
        self.first = (self.first + 1) % self.agents.len().max(1);
        for step in 0..self.agents.len() {
            let number = (self.first + step) % self.agents.len();
            let server = self.agents[number].server;
            while !self.broke && room.has(server) && self.agents[number].has_room() {
                // A model that was wrong answers nothing else before it was right.
                let lost = self.servers[server].trust.lost;
                let queue = &mut self.agents[number].queue;
                let at = queue.iter().position(|about| !lost || matches!(about, About::Canary(_)));
                let Some(about) = at.and_then(|at| queue.remove(at)) else { break };
                let Some(job) = self.job(number, about) else { continue };
                match self.recall(&job, docket) {
                    Some(said) => {
                        self.report.remembered += 1;
                        self.answer(number, &job.about, Ok(said));
                    }
                    None if self.flying.contains_key(&job.key) => {
                        self.flying.entry(job.key).or_default().push((number, job.about));
                    }
                    None => {
                        self.report.questions += 1;
                        room.take(server);
                        self.flying.insert(job.key.clone(), Vec::new());
                        self.agents[number].send(job);
                    }
                }
            }
        }
    }

    /// The question, if anybody still wants to know.
    fn job(&self, number: usize, about: About) -> Option<Job> {
        let agent = &self.agents[number];
        let server = &self.servers[agent.server];
        let prompt = match &about {
            About::Canary(n) => {
                let canary = server.test.as_ref()?.canaries.get(*n)?;
                let whole = parts::cut(&canary.turn, usize::MAX);
                question::of(agent.lens, &canary.turn, whole.first()?, 0, 1, "")
            }
            About::Part { matter, part, cut } => {
                let ballot = self.ballots.get(matter)?;
                let seat = ballot.seats.iter().find(|seat| seat.agent == number)?;
                let wanted = seat.is_open() && seat.cut == *cut;
                let piece = seat.parts.get(*part).filter(|_| wanted)?;
                let matter = &ballot.matter;
                question::of(agent.lens, &matter.turn, piece, *part, seat.parts.len(), &matter.context)
            }
        };
        Some(Job { key: known::key(&server.name, &self.panel.settings.salt, &prompt), about, prompt })
    }

    fn recall(&self, job: &Job, docket: &mut dyn Docket) -> Option<Said> {
        if matches!(job.about, About::Canary(_)) {
            return None;
        }
        let known = docket.recall(&job.key)?;
        let opinion = Opinion::parse(&known.verdict).ok()?;
        Some(Said { opinion, provider: known.provider, model: known.model })
    }

    fn take(&mut self, done: Done, docket: &mut dyn Docket) {
        self.agents[done.agent].back(&done.about);
        for (agent, about) in self.flying.remove(&done.key).unwrap_or_default() {
            match &done.result {
                Ok(said) => {
                    self.report.remembered += 1;
                    self.answer(agent, &about, Ok(said.clone()));
                }
                // Its failure is its own: who waits asks for himself.
                Err(_) if self.agents[agent].is_live() => self.agents[agent].queue.push_front(about),
                Err(_) => {}
            }
        }
        self.report.spoilt += u64::from(done.spoilt);
        if let (Ok(said), About::Part { .. }) = (&done.result, &done.about)
            && let Ok(verdict) = serde_json::to_string(&said.opinion)
        {
            let (provider, model) = (said.provider.clone(), said.model.clone());
            let server = &mut self.servers[self.agents[done.agent].server];
            docket.remember(&done.key, &server.name, &Known { verdict, provider, model });
            server.trust.votes += 1;
        }
        match &done.about {
            About::Canary(n) => self.canary(done.agent, *n, done.result, docket),
            about => self.answer(done.agent, about, done.result),
        }
    }
}
