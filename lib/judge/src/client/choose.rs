//! From variables to settings: which server, which key, which models.

use super::{Dialect, Secret, Settings};

/// The variables that say whom to ask, read through a function so that the library never looks at the environment itself.
///
/// For the prefix `PATROL`: `PATROL_OPENAI_API_KEY` before `OPENAI_API_KEY`, `PATROL_ANTHROPIC_API_KEY` before `ANTHROPIC_API_KEY`,
/// likewise `…_BASE_URL`; `PATROL_MODEL` (several with commas; `openai:NAME` and `anthropic:NAME` say the dialect where the name does not),
/// `PATROL_MAX_TOKENS`; `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`. A placeholder is no key.
pub struct Variables<'a> {
    prefix: &'a str,
    get: &'a dyn Fn(&str) -> Option<String>,
}

/// Variables that contradict each other.
#[derive(Debug, thiserror::Error)]
pub enum BadVariables {
    /// A model whose server nobody named.
    #[error("the model {model:?} is asked for, and there is neither a key nor a base URL for it ({key})")]
    NoServer {
        /// The model.
        model: String,
        /// The variable that would hold the key.
        key: &'static str,
    },
    /// A number that is none.
    #[error("{name} is {value:?}, which is not a whole number above 0")]
    Number {
        /// The variable.
        name: String,
        /// What it holds.
        value: String,
    },
}

impl<'a> Variables<'a> {
    /// Variables with this prefix.
    pub fn new(prefix: &'a str, get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { prefix, get }
    }

    /// Settings for every model that is asked for; none when there is no key and no base URL anywhere.
    ///
    /// # Errors
    /// [`BadVariables`] when a model is named that cannot be asked.
    pub fn settings(&self) -> Result<Vec<Settings>, BadVariables> {
        let servers: Vec<Dialect> = [Dialect::OpenAi, Dialect::Anthropic]
            .into_iter()
            .filter(|dialect| self.is_there(*dialect))
            .collect();
        let Some(first) = servers.first() else { return Ok(Vec::new()) };
        let names = self.own("MODEL").unwrap_or_default();
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return Ok(vec![self.setting(*first, usual_model(*first))?]);
        }
        names.into_iter().map(|name| self.named(name, &servers)).collect()
    }

    fn named(&self, name: &str, servers: &[Dialect]) -> Result<Settings, BadVariables> {
        let (wanted, model) = match name.split_once(':') {
            Some(("openai", model)) => (Some(Dialect::OpenAi), model),
            Some(("anthropic", model)) => (Some(Dialect::Anthropic), model),
            _ if name.starts_with("claude") && servers.contains(&Dialect::Anthropic) => {
                (Some(Dialect::Anthropic), name)
            }
            // Any server may serve any name; only the inventors' own serve just their own.
            _ => (None, name),
        };
        match wanted.or_else(|| servers.first().copied()) {
            Some(dialect) if servers.contains(&dialect) => self.setting(dialect, model),
            Some(Dialect::Anthropic) => {
                Err(BadVariables::NoServer { model: model.to_owned(), key: "ANTHROPIC_API_KEY" })
            }
            _ => Err(BadVariables::NoServer { model: model.to_owned(), key: "OPENAI_API_KEY" }),
        }
    }

    fn setting(&self, dialect: Dialect, model: &str) -> Result<Settings, BadVariables> {
        let mut settings = Settings::new(dialect, model);
        settings.key = self.key(dialect);
        if let Some(base) = self.base_url(dialect) {
            settings.base_url = base;
        }
        if let Some(value) = self.own("MAX_TOKENS") {
            let name = format!("{}_MAX_TOKENS", self.prefix);
            let number = value.parse().ok().filter(|number| *number > 0);
            settings.max_tokens = number.ok_or(BadVariables::Number { name, value })?;
        }
        settings.proxy = self.proxy(&settings.base_url);
        Ok(settings)
    }

    fn is_there(&self, dialect: Dialect) -> bool {
        self.key(dialect).is_some() || self.base_url(dialect).is_some()
    }

    fn key(&self, dialect: Dialect) -> Option<Secret> {
        let name = if dialect == Dialect::OpenAi { "OPENAI_API_KEY" } else { "ANTHROPIC_API_KEY" };
        let own = format!("{}_{name}", self.prefix);
        [own.as_str(), name]
            .into_iter()
            .filter_map(self.get)
            .find(|key| !is_placeholder(key))
            .map(|key| Secret::new(&key))
    }

    fn base_url(&self, dialect: Dialect) -> Option<String> {
        let name = if dialect == Dialect::OpenAi { "OPENAI_BASE_URL" } else { "ANTHROPIC_BASE_URL" };
        self.own(name).or_else(|| self.value(name))
    }

    /// The proxy on the way to a URL.
    fn proxy(&self, url: &str) -> Option<String> {
        let host = host(url);
        let local = host == "localhost" || host == "::1" || host.starts_with("127.");
        let spared = ["NO_PROXY", "no_proxy"].iter().filter_map(|name| self.value(name)).any(|list| {
            list.split(',').map(|entry| entry.trim().trim_start_matches('.')).any(|entry| {
                entry == "*" || host == entry || (!entry.is_empty() && host.ends_with(&format!(".{entry}")))
            })
        });
        let names: &[&str] = if url.starts_with("https:") {
            &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        } else {
            // `HTTP_PROXY` may come from a request header where a program is run by a web server; its small twin may not.
            &["http_proxy", "ALL_PROXY", "all_proxy"]
        };
        if local || spared { None } else { names.iter().find_map(|name| self.value(name)) }
    }

    fn own(&self, name: &str) -> Option<String> {
        self.value(&format!("{}_{name}", self.prefix))
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

fn usual_model(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "gpt-4o-mini",
        Dialect::Anthropic => "claude-haiku-4-5",
    }
}

/// What stands where a key should, and is none: it must not hide a valid one.
fn is_placeholder(key: &str) -> bool {
    let key = key.trim().to_ascii_lowercase();
    let words = [
        "no-key",
        "none",
        "null",
        "changeme",
        "change-me",
        "placeholder",
        "dummy",
        "your-",
        "your_",
        "<",
        "...",
    ];
    key.is_empty()
        || words.iter().any(|word| key.starts_with(word))
        || key.ends_with("...")
        || key.ends_with("-here")
        || key.chars().all(|c| c == 'x' || c == '*')
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, _)) => inner.to_owned(),
        None => host.split(':').next().unwrap_or_default().to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn settings(variables: &[(&str, &str)]) -> Result<Vec<Settings>, BadVariables> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        Variables::new("PATROL", &|name| variables.get(name).map(|value| (*value).to_owned())).settings()
    }

    #[test]
    fn a_placeholder_does_not_hide_a_key_and_line_ends_are_no_part_of_it() {
        let only =
            settings(&[("OPENAI_API_KEY", "no-key-set"), ("PATROL_OPENAI_API_KEY", "sk-real\r\n")]).unwrap();
        assert_eq!(only[0].key.as_ref().unwrap().reveal(), "sk-real");
        let only =
            settings(&[("PATROL_OPENAI_API_KEY", "no-key-set"), ("OPENAI_API_KEY", "sk-real")]).unwrap();
        assert_eq!(only[0].key.as_ref().unwrap().reveal(), "sk-real");
        assert!(
            settings(&[("OPENAI_API_KEY", "no-key-set"), ("ANTHROPIC_API_KEY", "your-key-here")])
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn anthropic_alone_is_asked_as_anthropic() {
        let only = settings(&[("ANTHROPIC_API_KEY", "sk-ant-1")]).unwrap();
        assert_eq!(only[0].dialect, Dialect::Anthropic);
        assert_eq!(only[0].provider(), "anthropic");
        assert!(only[0].model.starts_with("claude"));
    }

    #[test]
    fn a_base_url_is_enough() {
        let only =
            settings(&[("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"), ("PATROL_MODEL", "qwen3:8b")])
                .unwrap();
        assert_eq!((only[0].model.as_str(), only[0].provider().as_str()), ("qwen3:8b", "127.0.0.1:11434"));
        assert!(only[0].key.is_none());
    }

    #[test]
    fn several_models_are_several_judges() {
        let both = [
            ("OPENAI_API_KEY", "k1"),
            ("ANTHROPIC_API_KEY", "k2"),
            ("PATROL_MODEL", "gpt-4o-mini, claude-haiku-4-5"),
        ];
        let both = settings(&both).unwrap();
        assert_eq!(both[1].dialect, Dialect::Anthropic);
        let error = settings(&[("OPENAI_API_KEY", "k1"), ("PATROL_MODEL", "anthropic:claude-haiku-4-5")])
            .unwrap_err();
        assert!(error.to_string().contains("ANTHROPIC_API_KEY"));
    }

    #[test]
    fn a_proxy_is_for_what_is_far() {
        let proxied = |url: &str, no: &str| {
            let list = [
                ("OPENAI_BASE_URL", url),
                ("HTTPS_PROXY", "http://proxy:3128"),
                ("ALL_PROXY", "http://all:1"),
                ("NO_PROXY", no),
            ];
            settings(&list).unwrap()[0].proxy.clone()
        };
        assert_eq!(proxied("https://api.example.org/v1", "").as_deref(), Some("http://proxy:3128"));
        assert_eq!(proxied("https://api.example.org/v1", "example.org"), None);
        assert_eq!(proxied("http://[::1]:8080/v1", ""), None);
        assert_eq!(proxied("http://localhost:8080/v1", ""), None);
        assert_eq!(proxied("http://models.lan/v1", "x").as_deref(), Some("http://all:1"));
    }
}
