//! From an exchange to a turn.

use super::key;
use super::piece::{Answer, Piece, Place};
use crate::digest::digest;
use sentrix_record::exchange::{Exchange, ExchangeKind, ExchangeStart};
use sentrix_record::{Message, ToolResult, Turn};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// An exchange that was read, with the names of the calls that it answers, where its own messages give them.
#[derive(Debug)]
pub(crate) struct FoundExchange {
    pub(crate) piece: Piece,
    pub(crate) turn: Box<Turn>,
}

/// The announcement of an exchange.
#[derive(Debug)]
pub(crate) struct FoundStart {
    pub(crate) id: String,
    pub(crate) ts: i64,
    pub(crate) what: String,
    pub(crate) place: Place,
    pub(crate) blake3: String,
}

/// Reads an exchange; `file` and `start` say where it stands.
pub(crate) fn exchange(event: &[u8], file: &str, start: u64) -> Result<FoundExchange, serde_json::Error> {
    let exchange: Exchange = serde_json::from_slice(event)?;
    let blake3 = digest(event);
    let end = start + event.len() as u64;
    let name = format!("exchange-{}_{}", exchange.id, exchange.ts);
    let answer = exchange.response.clone().unwrap_or_default();
    let ok = exchange.status.is_some_and(|status| (200..300).contains(&status));
    let says = !answer.text.trim().is_empty() || !answer.thinking.trim().is_empty();
    let before = exchange.request.before.as_ref().map_or(0, |before| before.messages);
    let piece = Piece {
        ts: exchange.ts.saturating_add(exchange.timing.total_ms.try_into().unwrap_or(i64::MAX)),
        begin: exchange.ts,
        keys: key::of_answer(&answer.text, &answer.thinking),
        name: name.clone(),
        run: None,
        place: Place { file: file.to_owned(), start, end },
        blake3: blake3.clone(),
        complete: exchange.complete,
        told: false,
        settled: false,
        answer: Some(Answer {
            id: exchange.id.clone(),
            conversation: exchange.request.conversation.clone(),
            joins: matches!(exchange.kind, ExchangeKind::Turn | ExchangeKind::Utility),
            must: exchange.kind == ExchangeKind::Turn && ok && exchange.complete && says,
            before,
            after: before + exchange.request.messages.len() as u64 + 1,
        }),
    };
    let (user_messages, tool_results) = asked(&exchange);
    let turn = Turn {
        v: 1,
        run_id_ts: name,
        ts: Some(exchange.ts),
        source_file: Some(file.to_owned()),
        start: Some(start),
        end: Some(end),
        blake3: Some(blake3),
        provider: (!exchange.provider.is_empty()).then(|| exchange.provider.clone()),
        model: answer.model.clone().or_else(|| exchange.model.clone()),
        user_messages,
        tool_results,
        thinking: answer.thinking.as_str().into(),
        text: answer.text.as_str().into(),
        tool_calls: answer.tool_calls.clone(),
        complete: exchange.complete,
        extra: extra(&exchange),
        ..Turn::default()
    };
    Ok(FoundExchange { piece, turn: Box::new(turn) })
}

/// Reads the announcement of an exchange.
pub(crate) fn start(event: &[u8], file: &str, start: u64) -> Result<FoundStart, serde_json::Error> {
    let begun: ExchangeStart = serde_json::from_slice(event)?;
    Ok(FoundStart {
        what: format!("{} {}", begun.provider, begun.model.unwrap_or_default()).trim().to_owned(),
        id: begun.id,
        ts: begun.ts,
        place: Place { file: file.to_owned(), start, end: start + event.len() as u64 },
        blake3: digest(event),
    })
}

/// What was said to the model, and what tools gave back: all that the record has here for the first time.
fn asked(exchange: &Exchange) -> (Vec<Message>, Vec<ToolResult>) {
    let (mut messages, mut results) = (Vec::new(), Vec::new());
    let mut names: HashMap<&str, &str> = HashMap::new();
    for message in &exchange.request.messages {
        for call in &message.tool_calls {
            names.insert(&call.id, &call.name);
        }
        let content = message.content.clone();
        match message.role.as_str() {
            "tool" => {
                let id = message.tool_call_id.clone().unwrap_or_default();
                let known = || names.get(id.as_str()).map(|name| (*name).to_owned());
                let name = message.name.clone().filter(|name| !name.is_empty()).or_else(known);
                results.push(ToolResult { name: name.unwrap_or_default(), id, content });
            }
            // An answer that comes back stands in the record as an answer, but for those given before the tap was there.
            "assistant" if exchange.request.before.is_some() || content.is_empty() => {}
            role => messages.push(Message { role: role.to_owned(), content }),
        }
    }
    (messages, results)
}

/// What else there is to know.
fn extra(exchange: &Exchange) -> BTreeMap<String, Box<serde_json::value::RawValue>> {
    let mut extra = BTreeMap::new();
    let mut put = |name: &str, value: Option<Box<serde_json::value::RawValue>>| {
        if let Some(value) = value.filter(|value| value.get() != "null") {
            extra.insert(name.to_owned(), value);
        }
    };
    put("exchange", raw(&exchange.id));
    put("kind", raw(&exchange.kind));
    put("dialect", raw(&exchange.dialect));
    put("status", raw(&exchange.status));
    put("timing", raw(&exchange.timing));
    put("error", raw(&exchange.error));
    if !exchange.request.conversation.is_empty() {
        put("conversation", raw(&exchange.request.conversation));
    }
    if !exchange.guard.is_empty() {
        put("guard", raw(&exchange.guard));
    }
    if let Some(answer) = &exchange.response {
        put("response_id", raw(&answer.id));
        put("stop_reason", raw(&answer.stop_reason));
        put("refusal", raw(&answer.refusal));
        put("cost_usd", raw(&answer.cost_usd));
        if !answer.usage.is_unknown() {
            put("usage", raw(&answer.usage));
        }
    }
    extra
}

/// A value as it stands in a turn's extra fields.
pub(crate) fn raw(value: &impl Serialize) -> Option<Box<serde_json::value::RawValue>> {
    serde_json::value::to_raw_value(value).ok()
}
