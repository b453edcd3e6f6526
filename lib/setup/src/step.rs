//! The steps, and which follows which.

use crate::{Answers, Channel, Provider};

/// Where the questions stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Who answers the agent.
    Provider,
    /// The address of a server of one's own.
    BaseUrl,
    /// Which of the keys that were found.
    Key,
    /// A key.
    TypeKey,
    /// Whether the provider takes it.
    Check,
    /// What to do about a key that it does not take.
    Refused,
    /// The model.
    Model,
    /// The name of a model that is not offered.
    TypeModel,
    /// How long the model may think.
    Thinking,
    /// Whether the thinking is recorded.
    Reasoning,
    /// Chat services.
    Channels,
    /// What a chat service needs.
    Field(Channel, usize),
    /// Whether the agent may search the web.
    WebSearch,
    /// The key for it.
    WebKey,
    /// Whether the record is patrolled.
    Patrol,
    /// Which flags become cases.
    Escalation,
    /// What protects, and what does not.
    Security,
    /// All answers at a glance.
    Review,
    /// What to change.
    Change,
    /// The end.
    Done,
}

impl Step {
    /// The step behind this one, as the answers are.
    pub fn after(self, answers: &Answers) -> Self {
        match self {
            Self::Provider if answers.provider == Some(Provider::Custom) => Self::BaseUrl,
            Self::Provider | Self::BaseUrl => Self::Key,
            Self::Key | Self::TypeKey => Self::Check,
            Self::Check | Self::Refused => Self::Model,
            Self::Model | Self::TypeModel => Self::Thinking,
            Self::Thinking => Self::Reasoning,
            Self::Reasoning => Self::Channels,
            Self::Channels => field_after(None, answers),
            Self::Field(channel, number) if number + 1 < channel.fields().len() => {
                Self::Field(channel, number + 1)
            }
            Self::Field(channel, _) => field_after(Some(channel), answers),
            Self::WebSearch if answers.web_search => Self::WebKey,
            Self::WebSearch | Self::WebKey => Self::Patrol,
            Self::Patrol if answers.patrol => Self::Escalation,
            Self::Patrol | Self::Escalation => Self::Security,
            Self::Security | Self::Change => Self::Review,
            Self::Review | Self::Done => Self::Done,
        }
    }

    /// Whether going back stops here: a check is no question, and its outcome is past.
    pub fn is_question(self) -> bool {
        !matches!(self, Self::Check | Self::Refused | Self::Done)
    }
}

/// The first question of the next channel that has one.
fn field_after(channel: Option<Channel>, answers: &Answers) -> Step {
    let mut rest = answers.channels.iter().filter(|next| channel.is_none_or(|channel| **next > channel));
    rest.find(|next| !next.fields().is_empty()).map_or(Step::WebSearch, |next| Step::Field(*next, 0))
}
