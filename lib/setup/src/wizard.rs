//! The questions in their order: what to ask now, and what a reply changes.

mod ask;
mod take;

use crate::check::Verdict;
use crate::{Answers, Provider, Question, Reply, Secret, Step, Unclean};
use std::collections::BTreeMap;

/// The questions, and the answers so far.
#[derive(Debug, Clone)]
pub struct Wizard {
    answers: Answers,
    /// Keys of the environment: provider, variable, key.
    found: Vec<(Provider, String, Secret)>,
    at: Step,
    /// The steps on the way here.
    past: Vec<Step>,
    /// Only one thing is changed, and then the review comes again.
    changing: bool,
    /// What the check of the key said last.
    verdict: Option<Verdict>,
}

/// Why a reply was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// No key or token.
    #[error(transparent)]
    Unclean(#[from] Unclean),
    /// It does not begin as it must.
    #[error("it begins with {0}")]
    Prefix(&'static str),
    /// It is no address.
    #[error("an address begins with http:// or https:// and has no spaces")]
    Address,
    /// It is no name of a model.
    #[error("the name of a model has no spaces")]
    Model,
    /// The reply does not fit the question.
    #[error("that is none of the answers")]
    Misfit,
}

/// Where a reply led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// To another question.
    On,
    /// The sandbox is to be started.
    Start,
    /// The answers are to be kept, and nothing started.
    Keep,
}

impl Wizard {
    /// Begins. `environment` is asked for keys that are there already.
    pub fn new(answers: Answers, environment: &BTreeMap<String, String>) -> Self {
        let mut found = Vec::new();
        for provider in Provider::ALL {
            for variable in provider.variables() {
                let value = environment.get(*variable).and_then(|value| crate::clean(value).ok());
                found.extend(value.map(|value| (provider, (*variable).to_owned(), Secret::new(&value))));
            }
        }
        Self { answers, found, at: Step::Provider, past: Vec::new(), changing: false, verdict: None }
    }

    /// The answers so far.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Where it stands.
    pub fn step(&self) -> Step {
        self.at
    }

    /// What to ask now.
    pub fn question(&self) -> Question {
        ask::question(self)
    }

    /// Takes a reply to the question that stands.
    ///
    /// # Errors
    /// When it is no answer; the question stands.
    pub fn reply(&mut self, reply: Reply) -> Result<Moved, Complaint> {
        take::reply(self, reply)
    }

    /// Takes what the check of the key said.
    pub fn checked(&mut self, verdict: Verdict) {
        if self.at == Step::Check {
            let taken = verdict == Verdict::Taken;
            self.verdict = Some(verdict);
            self.go(if taken { Step::Check.after(&self.answers) } else { Step::Refused });
        }
    }

    /// Goes back one question; false at the first.
    pub fn back(&mut self) -> bool {
        while let Some(step) = self.past.pop() {
            if step.is_question() {
                self.at = step;
                return true;
            }
        }
        false
    }

    fn go(&mut self, next: Step) {
        self.past.push(self.at);
        self.at = next;
    }

    /// To the step behind this one; back to the review when only one thing was to be changed.
    fn go_on(&mut self) {
        let next = self.at.after(&self.answers);
        let group = |step: Step| match step {
            Step::Provider | Step::BaseUrl | Step::Key | Step::TypeKey | Step::Check | Step::Refused => 0,
            Step::Model | Step::TypeModel => 0,
            Step::Thinking | Step::Reasoning => 1,
            Step::Channels | Step::Field(..) => 2,
            Step::WebSearch | Step::WebKey => 3,
            Step::Patrol | Step::Escalation => 4,
            Step::Security | Step::Review | Step::Change | Step::Done => 5,
        };
        let leaves = self.changing && group(next) != group(self.at) && self.at != Step::Change;
        self.go(if leaves { Step::Review } else { next });
    }
}
