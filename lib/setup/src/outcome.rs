//! What the answers mean to the programs that run the sandbox: variables, and the words of a command line.

use crate::{Answers, Channel, Provider};

/// A variable of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether people may see the value.
    pub secret: bool,
}

impl Variable {
    fn plain(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into(), secret: false }
    }

    fn secret(name: &str, value: &crate::Secret) -> Self {
        Self { name: name.to_owned(), value: value.reveal().to_owned(), secret: true }
    }
}

/// The variables, in an order that stays.
pub fn variables(answers: &Answers) -> Vec<Variable> {
    let mut all = Vec::new();
    if let Some(provider) = answers.provider {
        all.push(Variable::plain("SENTRIX_PROVIDER", provider.id()));
        if let Some(url) = answers.base_url.as_ref().filter(|_| provider == Provider::Custom) {
            all.push(Variable::plain(provider.base_variable(), url));
        }
        if let Some(key) = answers.key() {
            all.push(Variable::secret(provider.variables()[0], key));
        }
    }
    all.extend(answers.model().map(|model| Variable::plain("SENTRIX_MODEL", model)));
    all.push(Variable::plain("OPENCLAW_THINK", answers.thinking.id()));
    all.push(Variable::plain("SENTRIX_REASONING", on(answers.reasoning)));
    let channels: Vec<&str> = answers.channels.iter().map(|channel| channel.id()).collect();
    if !channels.is_empty() {
        all.push(Variable::plain("SENTRIX_CHANNELS", channels.join(",")));
    }
    all.extend(answers.channels.iter().flat_map(|channel| tokens(answers, *channel)));
    if let Some(key) = answers.web_key.as_ref().filter(|_| answers.web_search) {
        all.push(Variable::plain("SENTRIX_RELAX", "web"));
        all.push(Variable::secret("BRAVE_API_KEY", key));
    }
    if answers.patrol {
        all.push(Variable::plain("SENTRIX_PATROL", "1"));
        all.push(Variable::plain("SENTRIX_ESCALATION", answers.escalation.id()));
    }
    all
}

fn tokens(answers: &Answers, channel: Channel) -> Vec<Variable> {
    let known = |variable: &str| answers.tokens.get(variable);
    let fields = channel.fields().iter();
    fields
        .filter_map(|field| {
            let value = known(field.variable)?;
            let mut variable = Variable::secret(field.variable, value);
            variable.secret = field.secret;
            Some(variable)
        })
        .collect()
}

fn on(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

/// The file that `sentrix run` reads: KEY=VALUE lines. Secrets are among them.
pub fn env_file(answers: &Answers) -> String {
    variables(answers).iter().map(|variable| format!("{}={}\n", variable.name, variable.value)).collect()
}

/// The same in a file that is there already: what these questions are not about stays as it is.
pub fn merged(old: &str, answers: &Answers) -> String {
    let about = |line: &str| {
        let line = line.trim_start();
        let name = line.strip_prefix("export ").unwrap_or(line).split('=').next().unwrap_or_default();
        let fields = Channel::ALL.into_iter().flat_map(|channel| channel.fields());
        let asked = fields.map(|field| field.variable).chain(ASKED);
        let key = answers.provider.is_some_and(|provider| provider.variables().contains(&name));
        key || asked.into_iter().any(|asked| asked == name)
    };
    let kept = old.lines().filter(|line| !about(line)).map(|line| format!("{line}\n"));
    kept.chain([env_file(answers)]).collect()
}

/// What is asked for beside keys and tokens.
const ASKED: [&str; 10] = [
    "SENTRIX_PROVIDER",
    "SENTRIX_MODEL",
    "OPENCLAW_THINK",
    "SENTRIX_REASONING",
    "SENTRIX_CHANNELS",
    "SENTRIX_RELAX",
    "BRAVE_API_KEY",
    "SENTRIX_PATROL",
    "SENTRIX_ESCALATION",
    "CUSTOM_BASE_URL",
];

/// The command that the answers amount to, for people: secrets are left to the environment.
pub fn command(answers: &Answers) -> String {
    let mut words = vec!["sentrix run".to_owned()];
    if !answers.reasoning {
        words.push("--no-reasoning".to_owned());
    }
    if answers.patrol {
        words.push(format!("--patrol --escalation {}", answers.escalation.id()));
    }
    for variable in variables(answers) {
        let ours = ["SENTRIX_PATROL", "SENTRIX_ESCALATION", "SENTRIX_REASONING"];
        if variable.secret {
            words.push(format!("-e {}", variable.name));
        } else if !ours.contains(&variable.name.as_str()) {
            words.push(format!("-e {}={}", variable.name, variable.value));
        }
    }
    words.join(" \\\n  ")
}

/// What is left to do by hand once the sandbox runs.
pub fn afterwards(answers: &Answers) -> Vec<String> {
    let logins = answers.channels.iter().filter_map(|channel| channel.after());
    let mut steps: Vec<String> = logins.map(ToOwned::to_owned).collect();
    if !answers.channels.is_empty() {
        steps.push(
            "say something to the agent, then approve the code that it answers with: `sentrix pair`"
                .to_owned(),
        );
    }
    steps
}
