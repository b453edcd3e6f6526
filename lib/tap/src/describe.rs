//! What a request asks, put into the record; and what it may not hold.

use crate::dialect::{self, Asked};
use crate::guard::Found;
use crate::history::Conversation;
use crate::refusal::Refusal;
use crate::relay::Open;
use crate::server::{Notice, Shared};
use hyper::StatusCode;
use hyper::body::Bytes;
use sentrix_record::exchange::{Dialect, ExchangeKind, ExchangeRequest, ExchangeTools, System};
use serde_json::Value;
use std::sync::PoisonError;

/// A request that was understood.
pub(crate) struct Taken {
    pub asked: Asked,
    pub found: Found,
    pub json: Value,
}

/// Puts into the record what is asked, without what of the conversation is on record already, and looks for what may not leave.
pub(crate) fn take(tap: &Shared, open: &mut Open, rest: &str, body: &Bytes) -> Result<Taken, Refusal> {
    let json: Value = match serde_json::from_slice(body) {
        Ok(json) => json,
        Err(_) if open.exchange.dialect == Dialect::Other => Value::Null,
        Err(error) => {
            let why = format!("the request is no JSON: line {} column {}", error.line(), error.column());
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "bad_request", why));
        }
    };
    let asked = dialect::asked(open.exchange.dialect, rest, &json);
    open.conversation = Conversation::new(&open.exchange.provider, &asked.messages);
    let before = tap.history.lock().unwrap_or_else(PoisonError::into_inner).before(&open.conversation);
    let new = before.as_ref().and_then(|before| usize::try_from(before.messages).ok()).unwrap_or(0);
    let new = asked.messages.get(new..).unwrap_or_default();
    let found = tap.guard.look(asked.system.as_deref(), new, &json);
    let exchange = &mut open.exchange;
    if exchange.kind == ExchangeKind::Turn && asked.tools.is_none() {
        exchange.kind = ExchangeKind::Utility;
    }
    exchange.model.clone_from(&asked.model);
    exchange.request = ExchangeRequest {
        conversation: open.conversation.name(),
        bytes: body.len() as u64,
        blake3: digest(body),
        stream: asked.stream,
        system: asked.system.as_deref().map(system),
        tools: asked.tools.as_ref().map(|schemas| tools(schemas, &asked.tool_names)),
        before,
        messages: new.to_vec(),
        parameters: asked.parameters.clone(),
    };
    if tap.settings.raw {
        exchange.raw.get_or_insert_default().request = String::from_utf8_lossy(body).into_owned();
    }
    Ok(Taken { asked, found, json })
}

fn system(text: &str) -> System {
    System { blake3: digest(text.as_bytes()), bytes: text.len() as u64, text: Some(text.to_owned()) }
}

fn tools(schemas: &Value, names: &[String]) -> ExchangeTools {
    let text = schemas.to_string();
    ExchangeTools {
        blake3: digest(text.as_bytes()),
        bytes: text.len() as u64,
        names: names.to_vec(),
        schemas: Some(schemas.clone()),
    }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Notes what should not leave, and stops or masks it where that is wanted; gives the body that may leave.
pub(crate) fn guard(
    tap: &Shared,
    open: &mut Open,
    body: Bytes,
    mut json: Value,
    found: Found,
) -> Result<Bytes, Refusal> {
    let labels: Vec<&str> = found.guarded.iter().map(|one| one.label.as_str()).collect();
    if let Some(one) = found.guarded.first() {
        let (provider, action) = (open.exchange.provider.clone(), one.action.clone());
        (tap.notify)(Notice::Guarded { provider, what: labels.join(", "), action });
        open.exchange.guard.clone_from(&found.guarded);
    }
    if found.block {
        let why = format!("the request holds what may not leave ({})", labels.join(", "));
        return Err(Refusal::new(StatusCode::FORBIDDEN, "refused", why));
    }
    Ok(if tap.guard.mask(&mut json) { json.to_string().into() } else { body })
}
