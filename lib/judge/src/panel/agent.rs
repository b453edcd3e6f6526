//! A patrol agent: a lens, a server to ask, and a few threads that wait for its answers.

use super::job::{self, About, Done, Job};
use crate::Lens;
use crate::client::Client;
use crossbeam_channel::{Sender, unbounded};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waiting for an answer takes little stack; TLS takes the most of it.
const STACK: usize = 512 << 10;

pub(super) struct Agent {
    pub name: String,
    pub lens: Lens,
    /// Index of its server among the panel's.
    pub server: usize,
    /// Questions that wait.
    pub queue: VecDeque<About>,
    /// When those that are on their way left.
    pub asked: Vec<(About, Instant)>,
    /// Why it is not asked any more.
    pub down: Option<String>,
    threads: usize,
    jobs: Sender<Job>,
}

impl Agent {
    /// An agent with its threads. They end when it is dropped, each after the question that it is waiting for.
    pub fn new(
        number: usize,
        server: usize,
        client: &Arc<Client>,
        threads: usize,
        done: &Sender<Done>,
    ) -> Self {
        let lens = Lens::ALL[number % Lens::ALL.len()];
        let (jobs, inbox) = unbounded::<Job>();
        let mut running = 0;
        for _ in 0..threads.max(1) {
            let (client, inbox, done) = (Arc::clone(client), inbox.clone(), done.clone());
            let work = move || {
                for job in inbox {
                    if done.send(job::ask(&client, number, job)).is_err() {
                        return;
                    }
                }
            };
            running += usize::from(std::thread::Builder::new().stack_size(STACK).spawn(work).is_ok());
        }
        let down = (running == 0).then(|| "no thread could be started for it".to_owned());
        Self {
            name: format!("patrol-{}-{}", number + 1, lens.as_str()),
            lens,
            server,
            queue: VecDeque::new(),
            asked: Vec::new(),
            down,
            threads: running,
            jobs,
        }
    }

    pub fn is_live(&self) -> bool {
        self.down.is_none()
    }

    /// Whether a thread of it is free.
    pub fn has_room(&self) -> bool {
        self.is_live() && self.asked.len() < self.threads
    }

    /// What it has to do.
    pub fn load(&self) -> usize {
        self.queue.len() + self.asked.len()
    }

    /// Since when the oldest question is on its way.
    pub fn waiting(&self) -> Duration {
        self.asked.iter().map(|(_, since)| since.elapsed()).max().unwrap_or_default()
    }

    pub fn send(&mut self, job: Job) {
        self.asked.push((job.about.clone(), Instant::now()));
        // The threads live as long as the agent does.
        let _gone = self.jobs.send(job);
    }

    pub fn back(&mut self, about: &About) {
        if let Some(at) = self.asked.iter().position(|(asked, _)| asked == about) {
            self.asked.swap_remove(at);
        }
    }
}
