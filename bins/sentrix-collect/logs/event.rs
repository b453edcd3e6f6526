//! An event, as far as a list of events looks into it.

use sentrix_record::lenient::{self, Fields};
use sentrix_record::log::Entry;

/// An event of the record.
pub struct Event {
    /// As it stands in the record, on one line.
    pub line: Vec<u8>,
    /// When, in epoch milliseconds; 0 when it does not say.
    pub ts: i64,
    /// What it is.
    pub kind: Kind,
    /// The run that it belongs to, or the exchange's own id.
    pub run: String,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A whole message of the model, from the raw stream
    Message,
    /// A piece of one, as it was written
    Delta,
    /// A request to the model and its answer, from the tap
    Exchange,
    /// A connection that the sandbox made or wanted
    Connect,
    /// Something that is missing, unreadable or contradicted
    Gap,
    /// Anything else
    Other,
}

impl Kind {
    /// In the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Delta => "delta",
            Self::Exchange => "exchange",
            Self::Connect => "connect",
            Self::Gap => "gap",
            Self::Other => "other",
        }
    }
}

impl Event {
    /// Of an entry of a log file.
    pub fn of(entry: &Entry<'_>) -> Self {
        let line = entry.line().into_owned();
        let fields = lenient::object(&line).unwrap_or_default();
        let text = |name: &str| fields.get(name).map(|value| lenient::text(value).into_owned());
        let kind = kind(&text("event").unwrap_or_default());
        let run = text("runId").or_else(|| text("id")).unwrap_or_default();
        let ts = fields.get("ts").and_then(lenient::integer).unwrap_or(0);
        Self { ts, kind, run, line }
    }

    /// Its fields.
    pub fn fields(&self) -> Fields<'_> {
        lenient::object(&self.line).unwrap_or_default()
    }
}

fn kind(event: &str) -> Kind {
    match event {
        "assistant_message_end" => Kind::Message,
        "assistant_text_stream" | "assistant_thinking_stream" => Kind::Delta,
        "llm_exchange" | "llm_exchange_start" => Kind::Exchange,
        "connect" => Kind::Connect,
        "sentrix_gap" => Kind::Gap,
        _ => Kind::Other,
    }
}
