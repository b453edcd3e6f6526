//! What is asked at each step.

use super::Wizard;
use crate::answers::{Answers, Escalation, Thinking};
use crate::{Channel, Choice, Provider, Question, Step, summary};

/// The groups of questions that can be changed on their own.
pub(super) const CHANGES: [(&str, Step); 5] = [
    ("Provider, key and model", Step::Provider),
    ("Thinking", Step::Thinking),
    ("Channels", Step::Channels),
    ("Web search", Step::WebSearch),
    ("Patrol", Step::Patrol),
];

pub(super) fn question(wizard: &Wizard) -> Question {
    let answers = &wizard.answers;
    match wizard.at {
        Step::Provider => provider(wizard),
        Step::BaseUrl => Question::Text {
            title: "Address of the server".into(),
            help: "as OpenAI's clients take it: http://localhost:11434/v1 for Ollama".into(),
            initial: answers.base_url.clone().unwrap_or_else(|| "http://localhost:11434/v1".into()),
        },
        Step::Key => key(wizard),
        Step::TypeKey => {
            let name = provider_of(answers);
            Question::Hidden {
                title: format!("{} key", name.title()),
                help: format!("from {}; it is not shown", name.console()),
                kept: answers.key().map(crate::Secret::hint),
            }
        }
        Step::Check => Question::Check,
        Step::Refused => refused(wizard),
        Step::Model => model(answers),
        Step::TypeModel => Question::Text {
            title: "Model".into(),
            help: format!("as {} calls it", provider_of(answers).title()),
            initial: answers.models.get(&provider_of(answers)).cloned().unwrap_or_default(),
        },
        Step::Thinking => thinking(answers),
        Step::Reasoning => yes_or_no(
            "Record the thinking?",
            "what the model thinks is patrolled as what it says is",
            answers.reasoning,
        ),
        Step::Channels => channels(answers),
        Step::Field(channel, number) => field(answers, channel, number),
        Step::WebSearch => yes_or_no(
            "May the agent search the web?",
            "what it finds can try to instruct it; without this the model's provider is all that it reaches",
            answers.web_search,
        ),
        Step::WebKey => Question::Hidden {
            title: "Brave Search key".into(),
            help: "from api-dashboard.search.brave.com; it is not shown".into(),
            kept: answers.web_key.as_ref().map(crate::Secret::hint),
        },
        Step::Patrol => yes_or_no(
            "Patrol the record while it runs?",
            "rules read every turn at once and offline; a judge's key adds a second opinion",
            answers.patrol,
        ),
        Step::Escalation => escalation(answers),
        Step::Security => one("What protects you", &summary::security(answers), 0, [("Go on", "")]),
        Step::Review => one(
            "Is this right?",
            &summary::review(answers),
            0,
            [
                ("Start", "keep the answers and start the sandbox"),
                ("Change something", ""),
                ("Keep, do not start", "`sentrix run` offers these answers next time"),
            ],
        ),
        Step::Change => one("What is to be changed?", "", 0, CHANGES.map(|(label, _)| (label, ""))),
        Step::Done => Question::Done,
    }
}

pub(super) fn provider_of(answers: &Answers) -> Provider {
    answers.provider.unwrap_or(Provider::Anthropic)
}

fn one<const N: usize>(title: &str, help: &str, at: usize, choices: [(&str, &str); N]) -> Question {
    let choices = choices.map(|(label, hint)| Choice::new(label, hint)).into();
    Question::One { title: title.into(), help: help.into(), choices, at }
}

fn yes_or_no(title: &str, help: &str, yes: bool) -> Question {
    one(title, help, usize::from(!yes), [("Yes", ""), ("No", "")])
}

fn provider(wizard: &Wizard) -> Question {
    let has = |provider: &Provider| wizard.found.iter().any(|(found, ..)| found == provider);
    let choices = providers(wizard)
        .iter()
        .map(|provider| {
            let found = wizard.found.iter().find(|(found, ..)| found == provider);
            let kept = wizard.answers.keys.contains_key(provider);
            let hint = match (found, kept) {
                (Some((_, variable, _)), _) => format!("{variable} is set"),
                (None, true) => "a key is kept".to_owned(),
                (None, false) if *provider == Provider::Custom => {
                    "Ollama, vLLM, llama.cpp, LiteLLM".to_owned()
                }
                (None, false) => String::new(),
            };
            Choice::new(provider.title(), hint)
        })
        .collect();
    let at =
        wizard.answers.provider.and_then(|wanted| providers(wizard).iter().position(|one| *one == wanted));
    let help = if Provider::ALL.iter().any(has) {
        "keys that were found in the environment come first"
    } else {
        "its key never enters the sandbox"
    };
    Question::One { title: "Who answers the agent?".into(), help: help.into(), choices, at: at.unwrap_or(0) }
}

/// Those first whose key is in the environment.
pub(super) fn providers(wizard: &Wizard) -> Vec<Provider> {
    let mut all = Provider::ALL.to_vec();
    all.sort_by_key(|provider| !wizard.found.iter().any(|(found, ..)| found == provider));
    all
}

/// Where a key can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    Environment(usize),
    Kept,
    Typed,
    None,
}

pub(super) fn sources(wizard: &Wizard) -> Vec<From> {
    let provider = provider_of(&wizard.answers);
    let numbered = wizard.found.iter().enumerate();
    let mut sources: Vec<From> = numbered
        .filter(|(_, (found, ..))| *found == provider)
        .map(|(number, _)| From::Environment(number))
        .collect();
    sources.extend(wizard.answers.key().map(|_| From::Kept));
    sources.push(From::Typed);
    if provider == Provider::Custom {
        sources.push(From::None);
    }
    sources
}

fn key(wizard: &Wizard) -> Question {
    let provider = provider_of(&wizard.answers);
    let choices = sources(wizard)
        .iter()
        .map(|source| match source {
            From::Environment(number) => {
                let (_, variable, key) = &wizard.found[*number];
                Choice::new(format!("The one in {variable}"), key.hint())
            }
            From::Kept => Choice::new(
                "The one from last time",
                wizard.answers.key().map(crate::Secret::hint).unwrap_or_default(),
            ),
            From::Typed => Choice::new("Type or paste one", format!("from {}", provider.console())),
            From::None => Choice::new("None", "the server needs no key"),
        })
        .collect();
    Question::One { title: format!("Which {} key?", provider.title()), help: String::new(), choices, at: 0 }
}

fn refused(wizard: &Wizard) -> Question {
    let why = wizard.verdict.as_ref().map(ToString::to_string).unwrap_or_default();
    one(
        "The key was not taken. What now?",
        &why,
        0,
        [
            ("Another key", ""),
            ("Check again", ""),
            ("Use it all the same", "the agent will not answer while the provider refuses it"),
        ],
    )
}

fn model(answers: &Answers) -> Question {
    let provider = provider_of(answers);
    let mut choices: Vec<Choice> = models(answers).into_iter().map(|model| Choice::new(model, "")).collect();
    let kept = answers.models.get(&provider);
    let at = kept.and_then(|kept| choices.iter().position(|choice| choice.label == *kept)).unwrap_or(0);
    choices.push(Choice::new("Another", "type its name"));
    let help = format!("as {} calls it", provider.title());
    Question::One { title: "Which model?".into(), help, choices, at }
}

/// The models that are offered, and the one from last time.
pub(super) fn models(answers: &Answers) -> Vec<String> {
    let provider = provider_of(answers);
    let mut models: Vec<String> = provider.models().iter().map(|model| (*model).to_owned()).collect();
    if let Some(kept) = answers.models.get(&provider).filter(|kept| !models.contains(kept)) {
        models.insert(0, kept.clone());
    }
    models
}

fn thinking(answers: &Answers) -> Question {
    let at = Thinking::ALL.iter().position(|thinking| *thinking == answers.thinking).unwrap_or(0);
    one(
        "How long may it think?",
        "more thinking costs more",
        at,
        [
            ("Adaptive", "as much as the question needs"),
            ("High", "much, always"),
            ("Low", "little"),
            ("Off", "not at all"),
        ],
    )
}

fn channels(answers: &Answers) -> Question {
    let choices =
        Channel::ALL.map(|channel| Choice::new(channel.title(), channel.after().unwrap_or_default()));
    let ticked = (0..Channel::ALL.len()).filter(|number| answers.channels.contains(&Channel::ALL[*number]));
    Question::Any {
        title: "Which chat services reach the agent?".into(),
        help: "none is fine: `sentrix chat` and the page always do. A stranger gets a code, and no answer until you approve it".into(),
        choices: choices.into(),
        ticked: ticked.collect(),
    }
}

fn field(answers: &Answers, channel: Channel, number: usize) -> Question {
    let Some(field) = channel.fields().get(number) else { return Question::Done };
    let kept = answers.tokens.get(field.variable);
    if field.secret {
        let help = format!("{}; it is not shown", field.help);
        return Question::Hidden { title: field.title.into(), help, kept: kept.map(crate::Secret::hint) };
    }
    let initial = kept.map(|kept| kept.reveal().to_owned()).unwrap_or_default();
    Question::Text { title: field.title.into(), help: field.help.into(), initial }
}

fn escalation(answers: &Answers) -> Question {
    let at = Escalation::ALL.iter().position(|level| *level == answers.escalation).unwrap_or(0);
    one(
        "Which flags become cases?",
        "the police investigate these",
        at,
        [("Medium and above", "medium_above"), ("All", "low_above"), ("High only", "high_only")],
    )
}
