//! Who investigates: a model, or the evidence itself.

use crate::args::{InvestigationArgs, Judge};
use crate::model_args::ModelArgs;
use crate::redact::Redactor;
use sentrix_casework::{Conclusion, Investigator, NoCase, Records, Scene, offline};
use sentrix_cli::{Failure, note};
use sentrix_judge::client::{Budget, Client, Prices, Settings, SettingsError, Variables};
use sentrix_record::Flag;
use std::sync::Arc;
use std::time::Duration;

/// How many turns on each side are looked at to begin with.
const AROUND: usize = 4;

/// Investigates; shared among threads.
pub struct Detective {
    model: Option<Investigator>,
    redactor: Redactor,
}

impl Detective {
    /// Whom the command line and the environment ask for.
    pub fn load(args: &InvestigationArgs) -> Result<Self, Failure> {
        Ok(Self { model: model(args)?, redactor: Redactor::load()? })
    }

    /// Whether a model is asked.
    pub fn asks(&self) -> bool {
        self.model.is_some()
    }

    /// Its name in the record of attempts.
    pub fn name(&self) -> String {
        self.model.as_ref().map_or_else(|| "offline".to_owned(), Investigator::asked)
    }

    /// Ends every wait.
    pub fn stop(&self) {
        if let Some(model) = &self.model {
            model.stop();
        }
    }

    /// Investigates a flag. Where the evidence does not hold, or is no turn, no model is asked: there is nothing to show it.
    pub fn investigate(&self, flag: Flag, records: &Records) -> (Scene, Result<Conclusion, NoCase>) {
        let redact = |words: &str, turn: Option<&_>| self.redactor.redact(words, turn);
        let mut scene = Scene::of(flag, records, AROUND);
        let turn = scene.turn.clone().filter(|_| scene.standing().holds());
        let result = match (&self.model, turn) {
            (Some(model), Some(turn)) => model.investigate(&mut scene, &turn, records, &redact),
            _ => Ok(offline(&scene, &redact)),
        };
        (scene, result)
    }
}

fn model(args: &InvestigationArgs) -> Result<Option<Investigator>, Failure> {
    if args.judge == Judge::Offline {
        return Ok(None);
    }
    let get = |name: &str| std::env::var(name).ok();
    let settings = Variables::new("POLICE", &get)
        .settings()
        .map_err(|error| Failure::usage("cannot ask the model").because(error))?;
    let Some(settings) = settings.into_iter().next() else {
        return match args.judge {
            Judge::Llm => Err(Failure::usage("--judge llm: there is no model to ask").next(
                "set OPENAI_API_KEY or ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a server of your own (and POLICE_MODEL)",
            )),
            _ => Ok(None),
        };
    };
    let client = client(settings, &args.model)?;
    let room = usize::try_from(args.model.context_bytes).unwrap_or(usize::MAX);
    Ok(Some(Investigator::new(Arc::new(client), room)))
}

fn client(settings: Settings, args: &ModelArgs) -> Result<Client, Failure> {
    let local = ["http://127.", "http://localhost", "http://[::1]"]
        .iter()
        .any(|it| settings.base_url.starts_with(it));
    let open = settings.base_url.starts_with("http://") && settings.proxy.is_none();
    if open && !local && settings.key.is_some() {
        note(format_args!(
            "the key for {} travels unencrypted: the base URL is not https",
            settings.provider()
        ));
    }
    let total = Duration::from_secs(args.model_timeout);
    let settings = Settings {
        connections: args.concurrency.into(),
        answer_timeout: total,
        total_timeout: total,
        connect_timeout: total.min(Duration::from_secs(10)),
        prices: prices(args)?,
        budget: Arc::new(Budget::new(args.max_calls, args.max_cost)),
        ..settings
    };
    Client::new(settings).map_err(|error| {
        let next = match error {
            SettingsError::NoPrice(_) => {
                "name its price in a file with --prices, or limit --max-calls instead"
            }
            SettingsError::Url(_) => "give the server as http://HOST:PORT/v1 or https://HOST/v1",
            SettingsError::Key => "check the variable that holds the key",
            SettingsError::Proxy => "check HTTPS_PROXY and ALL_PROXY",
        };
        Failure::usage("cannot ask the model").because(error).next(next)
    })
}

fn prices(args: &ModelArgs) -> Result<Prices, Failure> {
    let mut prices = Prices::built_in();
    if let Some(path) = &args.prices {
        let what = || Failure::usage(format!("cannot use the prices in {}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| what().because(error))?;
        prices.extend(Prices::parse(&text).map_err(|error| what().because(error))?);
    }
    Ok(prices)
}
