//! A question on its way to an agent's threads, and its answer on the way back.

use crate::Opinion;
use crate::client::{Client, Prompt};

/// How often a judge is asked again that did not answer with a verdict.
const ASK_AGAIN: u32 = 2;

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// Part of a turn. `cut` counts how often the turn was cut anew for this agent: answers to earlier parts are void.
    Part { matter: u64, part: usize, cut: u32 },
    /// A known turn.
    Canary(usize),
}

/// A question for an agent.
#[derive(Debug)]
pub(super) struct Job {
    pub about: About,
    pub key: String,
    pub prompt: Prompt,
}

/// A question that was dealt with.
#[derive(Debug)]
pub(super) struct Done {
    pub agent: usize,
    pub about: About,
    pub key: String,
    pub result: Result<Said, Silence>,
    /// Answers that were no verdict.
    pub spoilt: u32,
}

/// A verdict with its giver.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub opinion: Opinion,
    pub provider: String,
    pub model: String,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Silence {
    /// The call failed.
    Call(crate::client::CallError),
    /// It answered, and not with a verdict.
    NoVerdict,
    /// It is not asked any more.
    Dropped(String),
}

impl Silence {
    /// A word for counting.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Call(error) => error.kind(),
            Self::NoVerdict => "no_verdict",
            Self::Dropped(_) => "dropped",
        }
    }
}

impl Silence {
    /// Whether it is about this turn: asking about another may fare better, asking again soon will not.
    pub fn is_own(&self) -> bool {
        use crate::client::CallError::{BadAnswer, ContextTooLong, Refused, Rejected};
        matches!(
            self,
            Self::NoVerdict
                | Self::Call(
                    BadAnswer { .. } | ContextTooLong | Refused | Rejected { status: 400 | 422, .. }
                )
        )
    }
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::NoVerdict => f.write_str("answered, and not with the verdict that was asked for"),
            Self::Dropped(why) => f.write_str(why),
        }
    }
}

/// Asks until there is a verdict, or no hope of one.
pub(super) fn ask(client: &Client, agent: usize, job: Job) -> Done {
    let mut spoilt = 0;
    let result = loop {
        match client.ask(&job.prompt) {
            Ok(answer) => match Opinion::parse(&answer.json_text) {
                Ok(opinion) => {
                    break Ok(Said { opinion, provider: answer.provider, model: answer.model });
                }
                Err(_) if spoilt < ASK_AGAIN => spoilt += 1,
                Err(_) => {
                    spoilt += 1;
                    break Err(Silence::NoVerdict);
                }
            },
            Err(error) => break Err(Silence::Call(error)),
        }
    };
    Done { agent, about: job.about, key: job.key, result, spoilt }
}
