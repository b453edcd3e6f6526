//! Asking.

use super::breaker::Breaker;
use super::dialect::Offer;
use super::http::{self, Reply};
use super::prompt::{Answer, Prompt, Usage};
use super::settings::Settings;
use super::wait::{Gate, jitter, pause};
use super::{CallError, Dialect, SettingsError};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A server that asks for a longer pause than this is tried again all the same.
const LONGEST_HOLD: Duration = Duration::from_secs(3600);

/// Asks one server. Shared among threads by reference.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    agent: ureq::Agent,
    url: String,
    headers: Vec<(&'static str, String)>,
    provider: String,
    breaker: Breaker,
    gate: Gate,
    offer: Mutex<Offer>,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot work.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let base = settings.base_url.trim();
        if !(base.starts_with("http://") || base.starts_with("https://")) || settings.provider().is_empty() {
            return Err(SettingsError::Url(shown(base)));
        }
        let key = settings.key.as_ref().map(super::Secret::reveal);
        if key.is_some_and(|key| key.is_empty() || !key.chars().all(|c| c.is_ascii_graphic())) {
            return Err(SettingsError::Key);
        }
        if settings.budget.limits_cost() && settings.prices.of(&settings.model).is_none() {
            return Err(SettingsError::NoPrice(settings.model));
        }
        let provider = settings.provider();
        Ok(Self {
            agent: http::agent(&settings)?,
            url: settings.dialect.url(base),
            headers: settings.dialect.headers(key),
            breaker: Breaker::new(settings.failures, settings.rest),
            gate: Gate::default(),
            offer: Mutex::new(first_offer(&settings)),
            provider,
            settings,
        })
    }

    /// Who is asked.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The model that is asked for.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How long nothing will be asked because too much failed of late.
    pub fn resting(&self) -> Option<Duration> {
        let held = self.gate.held();
        let long = (held > self.settings.patience).then_some(held);
        self.breaker.resting().max(long)
    }

    /// Ends every wait, and refuses every question from now on. Requests that are on their way end by their timeouts.
    pub fn stop(&self) {
        self.gate.stop();
    }

    /// Asks, and waits out what passes.
    ///
    /// # Errors
    /// [`CallError`] when there is no answer. An answer that is not what was asked for is for the caller to find out.
    pub fn ask(&self, prompt: &Prompt) -> Result<Answer, CallError> {
        let held = self.gate.held();
        if held > self.settings.patience {
            return Err(CallError::Resting { wait: held });
        }
        self.breaker.enter().map_err(|wait| CallError::Resting { wait })?;
        let result = self.retry(prompt);
        match &result {
            Ok(_) | Err(CallError::Refused | CallError::ContextTooLong) => self.breaker.succeeded(),
            // A server that breaks one answer in a while is not down, and one that breaks all of them is no better than down.
            Err(error) if error.passes() || matches!(error, CallError::Rejected { .. }) => {
                self.breaker.failed()
            }
            Err(_) => self.breaker.undecided(),
        }
        result
    }

    fn retry(&self, prompt: &Prompt) -> Result<Answer, CallError> {
        let began = Instant::now();
        let mut retries = 0;
        let mut attempts = 0;
        loop {
            if !self.gate.wait(self.gate.held()) {
                return Err(CallError::Stopped);
            }
            attempts += 1;
            let offer = *self.offer.lock().unwrap_or_else(PoisonError::into_inner);
            let error = match self.once(prompt, offer) {
                Ok(answer) => return Ok(Answer { attempts, ..answer }),
                // What the server does not know is left out at once; each can be left out only once.
                Err(Failed::Unwanted(unwanted)) if self.withdraw(offer, unwanted.what) => continue,
                Err(Failed::Unwanted(unwanted)) => unwanted.error,
                Err(Failed::Call(error)) => error,
            };
            let wait = match error {
                CallError::RateLimited { retry_after: Some(asked) } => {
                    self.gate.hold(asked.min(LONGEST_HOLD));
                    if began.elapsed() + asked > self.settings.patience {
                        return Err(error);
                    }
                    jitter(asked)
                }
                _ => pause(self.settings.first_pause, retries),
            };
            let late = began.elapsed() + wait > self.settings.patience;
            if !error.passes() || retries >= self.settings.retries || late {
                return Err(error);
            }
            retries += 1;
            if !self.gate.wait(wait) {
                return Err(CallError::Stopped);
            }
        }
    }

    fn once(&self, prompt: &Prompt, offer: Offer) -> Result<Answer, Failed> {
        let price = self.settings.prices.of(&self.settings.model);
        // Three bytes a token is more tokens than any text of ours has.
        let most = Usage {
            input: (prompt.system.len() + prompt.user.len() + prompt.schema.json.get().len()) as u64 / 3 + 64,
            output: self.settings.max_tokens.into(),
        };
        let estimate = price.map_or(0.0, |price| price.cost(most));
        let budget = &self.settings.budget;
        if !budget.reserve(estimate) {
            return Err(CallError::Budget.into());
        }
        let body = self.settings.dialect.body(&self.settings, prompt, offer);
        let reply = body
            .map_err(|error| CallError::Unreachable { why: format!("the question has no form: {error}") });
        let reply = reply.and_then(|body| {
            http::post(&self.agent, &self.url, &self.headers, &body, self.settings.most_bytes)
        });
        let said = reply.map_err(Failed::from).and_then(|reply| match reply.status {
            200..=299 => Ok(self.settings.dialect.read(&reply)),
            _ => Err(refusal(&reply)),
        });
        let usage = match &said {
            Ok(Ok(said)) => said.usage,
            // An answer that cannot be read was paid for, nobody knows how dearly.
            Ok(Err(_)) => most,
            Err(_) => Usage::default(),
        };
        let cost = price.map(|price| price.cost(usage));
        budget.settle(estimate, cost.unwrap_or(0.0), usage);
        let said = said??;
        Ok(Answer {
            json_text: said.text,
            provider: self.provider.clone(),
            model: said.model.map_or_else(|| self.settings.model.clone(), |model| shown(&model)),
            usage,
            cost,
            attempts: 1,
        })
    }

    /// Leaves out from now on what the server does not know; false when it was not asked for any more.
    fn withdraw(&self, asked: Offer, what: What) -> bool {
        let mut offer = self.offer.lock().unwrap_or_else(PoisonError::into_inner);
        let (had, now) = match what {
            What::Schema => (asked.schema, &mut offer.schema),
            What::Temperature => (asked.temperature, &mut offer.temperature),
            What::Limit => {
                let first = first_offer(&self.settings).completion_tokens;
                offer.completion_tokens = !first;
                return asked.completion_tokens == first;
            }
        };
        *now = false;
        had
    }
}

fn first_offer(settings: &Settings) -> Offer {
    let home = settings.provider() == settings.dialect.as_str();
    Offer { schema: true, temperature: true, completion_tokens: home && settings.dialect == Dialect::OpenAi }
}

/// A request that failed.
enum Failed {
    Call(CallError),
    Unwanted(Unwanted),
}

/// A request that may pass without something in it.
struct Unwanted {
    what: What,
    error: CallError,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Schema,
    Temperature,
    Limit,
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// What a status other than 200 means.
fn refusal(reply: &Reply) -> Failed {
    let json: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let error = json.get("error").unwrap_or(&json);
    let word = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = [word("code"), word("type")].into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    let said = String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let rejected = CallError::Rejected { status: reply.status, code: shown(code) };
    match reply.status {
        429 => CallError::RateLimited { retry_after: reply.retry_after }.into(),
        // A server that says when to come back is busy, not broken.
        503 | 529 if reply.retry_after.is_some() => {
            CallError::RateLimited { retry_after: reply.retry_after }.into()
        }
        408 | 409 | 425 | 500..=599 => CallError::Server { status: reply.status }.into(),
        413 => CallError::ContextTooLong.into(),
        400 | 404 | 422 => {
            if has(&[
                "context_length",
                "context length",
                "context window",
                "maximum context",
                "too long",
                "too many tokens",
                "exceed_context",
                "exceeds the available context",
            ]) {
                return CallError::ContextTooLong.into();
            }
            if has(&["content_filter", "content management policy"]) {
                return CallError::Refused.into();
            }
            let what = if has(&["temperature"]) {
                What::Temperature
            } else if has(&["max_tokens", "max_completion_tokens"]) {
                What::Limit
            } else if reply.status == 404 && !has(&["tool", "response_format", "schema"]) {
                return rejected.into();
            } else {
                // Servers without structured output say so in many ways, and some not at all.
                What::Schema
            };
            Failed::Unwanted(Unwanted { what, error: rejected })
        }
        _ => rejected.into(),
    }
}

/// A name from outside, made fit for a message, a flag and a database: no control characters, not long.
fn shown(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(96).collect()
}
