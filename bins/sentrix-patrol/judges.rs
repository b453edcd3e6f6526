//! The judges that the command line and the environment ask for.

use crate::args::{Judge, ReviewArgs};
use crate::judges_args::JudgesArgs;
use sentrix_cli::{Failure, note};
use sentrix_judge::client::{Budget, Client, Prices, Settings, SettingsError, Variables};
use sentrix_judge::{Panel, PanelSettings};
use std::sync::Arc;
use std::time::Duration;

/// The judges of a patrol, and their purse.
pub struct Judges {
    pub panel: Panel,
    pub budget: Arc<Budget>,
}

impl Judges {
    /// Nobody for `--judge rules`, and for `--judge auto` without a key and a base URL.
    pub fn load(args: &ReviewArgs) -> Result<Option<Self>, Failure> {
        if args.judge == Judge::Rules {
            return Ok(None);
        }
        let get = |name: &str| std::env::var(name).ok();
        let settings = Variables::new("PATROL", &get)
            .settings()
            .map_err(|error| Failure::usage("cannot ask the models").because(error))?;
        if settings.is_empty() {
            return match args.judge {
                Judge::Llm => Err(Failure::usage("--judge llm: there is no model to ask").next(
                    "set OPENAI_API_KEY or ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a server of your own (and PATROL_MODEL)",
                )),
                _ => Ok(None),
            };
        }
        let budget = Arc::new(Budget::new(args.judges.max_calls, args.judges.max_cost));
        let prices = prices(&args.judges)?;
        let clients: Result<Vec<_>, Failure> =
            settings.into_iter().map(|settings| client(settings, &args.judges, &prices, &budget)).collect();
        let panel = PanelSettings {
            votes: args.judges.votes.into(),
            threads: args.judges.concurrency.into(),
            threshold: args.confidence,
            canary_every: args.judges.canary_every,
            salt: format!("{}\0{}", args.ruleset_version, args.judges.model_version),
            ..PanelSettings::default()
        };
        Ok(Some(Self { panel: Panel::new(clients?, panel), budget }))
    }

    /// What is asked, for the marks: another name reopens what it reviewed.
    pub fn version(&self, args: &JudgesArgs) -> String {
        match args.model_version.as_str() {
            "" => self.panel.asked(),
            name => format!("{}@{name}", self.panel.asked()),
        }
    }
}

fn prices(args: &JudgesArgs) -> Result<Prices, Failure> {
    let mut prices = Prices::built_in();
    if let Some(path) = &args.prices {
        let what = || Failure::usage(format!("cannot use the prices in {}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| what().because(error))?;
        prices.extend(Prices::parse(&text).map_err(|error| what().because(error))?);
    }
    Ok(prices)
}

fn client(
    settings: Settings,
    args: &JudgesArgs,
    prices: &Prices,
    budget: &Arc<Budget>,
) -> Result<Arc<Client>, Failure> {
    let far = settings.base_url.starts_with("http://") && settings.proxy.is_none();
    let local = ["http://127.", "http://localhost", "http://[::1]"]
        .iter()
        .any(|it| settings.base_url.starts_with(it));
    if far && !local && settings.key.is_some() {
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
        prices: prices.clone(),
        budget: Arc::clone(budget),
        ..settings
    };
    Client::new(settings).map(Arc::new).map_err(|error| {
        let next = match error {
            SettingsError::NoPrice(_) => {
                "name its price in a file with --prices, or limit --max-calls instead"
            }
            SettingsError::Url(_) => "give the server as http://HOST:PORT/v1 or https://HOST/v1",
            SettingsError::Key => "check the variable that holds the key",
            SettingsError::Proxy => "check HTTPS_PROXY and ALL_PROXY",
        };
        Failure::usage("cannot ask the models").because(error).next(next)
    })
}
