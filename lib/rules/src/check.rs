//! Runs the examples that rules carry.

use crate::{Field, Part, Rule, RuleSet, Scanner, matcher};
use sentrix_record::{Arguments, ToolCall};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A rule that does not do what its examples say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckFailure {
    /// An expression that does not compile.
    #[error("{0}")]
    Pattern(String),
    /// A rule that names a detector that there is not.
    #[error("{rule}: no detector {detector:?}")]
    Detector {
        /// The rule's id.
        rule: String,
        /// The name that it gives.
        detector: String,
    },
    /// A rule without examples shows nothing.
    #[error("{rule}: no examples")]
    NoExamples {
        /// The rule's id.
        rule: String,
    },
    /// An example that the rule does not find.
    #[error("{rule}: does not find its example {text:?}")]
    Missed {
        /// The rule's id.
        rule: String,
        /// The example.
        text: String,
    },
    /// A counter-example that the rule finds.
    #[error("{rule}: finds its counter-example {text:?}")]
    Found {
        /// The rule's id.
        rule: String,
        /// The counter-example.
        text: String,
    },
}

/// Runs the examples and counter-examples of every rule of a set; what fails is returned, nothing when all is well.
///
/// An example stands in the first kind of part that its rule applies to (a tool's result when it applies to all). In
/// a tool call, JSON with `name` and `arguments` is the call; any other text is the arguments.
pub fn check(set: &RuleSet) -> Vec<CheckFailure> {
    let scanner = Scanner::new(set);
    let mut failures = Vec::new();
    for (at, rule) in set.rules().iter().enumerate() {
        if let Err(why) = matcher::try_compile(rule) {
            failures.push(CheckFailure::Pattern(why));
            continue;
        }
        if let Some(detector) = rule.detector.clone().filter(|name| !crate::detector::exists(name)) {
            failures.push(CheckFailure::Detector { rule: rule.id.clone(), detector });
            continue;
        }
        if rule.examples.is_empty() {
            failures.push(CheckFailure::NoExamples { rule: rule.id.clone() });
        }
        let finds = |text: &str| finds(&scanner, at, rule, text);
        for text in rule.examples.iter().filter(|text| !finds(text)).cloned() {
            failures.push(CheckFailure::Missed { rule: rule.id.clone(), text });
        }
        for text in rule.counter_examples.iter().filter(|text| finds(text)).cloned() {
            failures.push(CheckFailure::Found { rule: rule.id.clone(), text });
        }
    }
    failures
}

#[derive(Deserialize)]
struct Call<'a> {
    name: Cow<'a, str>,
    #[serde(borrow)]
    arguments: &'a RawValue,
}

fn finds(scanner: &Scanner, at: usize, rule: &Rule, text: &str) -> bool {
    let field = rule.applies_to.first().copied().unwrap_or(Field::ToolResult);
    let plain = Part { field, index: 0, name: "", text: Cow::Borrowed(text), call: None };
    if field != Field::ToolCall {
        return scanner.hits(&plain).iter().any(|hit| hit.rule == at);
    }
    let call = match serde_json::from_str::<Call<'_>>(text) {
        Ok(call) => ToolCall {
            id: String::new(),
            name: call.name.into_owned(),
            arguments: Arguments::from_model(call.arguments.get()),
        },
        Err(_) => ToolCall { arguments: Arguments::from_model(text), ..ToolCall::default() },
    };
    let part = Part { name: &call.name, text: call.arguments.text(), call: Some(&call), ..plain };
    scanner.hits(&part).iter().any(|hit| hit.rule == at)
}
