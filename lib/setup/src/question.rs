//! A question as it is shown, and a reply as it comes.

/// One of several that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// A few words about it.
    pub hint: String,
}

/// A question. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// One of these.
    One {
        /// What is asked.
        title: String,
        /// What helps to answer.
        help: String,
        /// What there is.
        choices: Vec<Choice>,
        /// Where the cursor stands at first.
        at: usize,
    },
    /// Any of these.
    Any {
        /// What is asked.
        title: String,
        /// What helps to answer.
        help: String,
        /// What there is.
        choices: Vec<Choice>,
        /// Which are ticked at first.
        ticked: Vec<usize>,
    },
    /// A text.
    Text {
        /// What is asked.
        title: String,
        /// What helps to answer.
        help: String,
        /// What stands there at first.
        initial: String,
    },
    /// A text that is not shown.
    Hidden {
        /// What is asked.
        title: String,
        /// What helps to answer.
        help: String,
        /// The hint of what is kept, which an empty reply means.
        kept: Option<String>,
    },
    /// Nothing is asked: the key has to be checked, and the outcome told.
    Check,
    /// Nothing more is asked.
    Done,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The number of a choice.
    One(usize),
    /// The numbers of choices.
    Any(Vec<usize>),
    /// What was typed.
    Text(String),
}

impl Choice {
    /// Of a label and a few words.
    pub fn new(label: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { label: label.into(), hint: hint.into() }
    }
}
