//! What the tap answers itself.

use crate::body::{AnyBody, whole};
use crate::dialect;
use hyper::{Response, StatusCode, header};
use sentrix_record::exchange::{Dialect, ExchangeError};

/// Why a request is not served, or not to its end.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub status: StatusCode,
    /// In one word, as the record has it.
    pub kind: &'static str,
    /// In words.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    /// The answer that OpenClaw gets, in its dialect.
    pub(crate) fn response(&self, dialect: Dialect) -> Response<AnyBody> {
        let body = dialect::refusal(dialect, self.kind, &format!("sentrix: {}", self.message)).to_string();
        let mut response = Response::new(whole(body));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        response
    }

    /// The error that is recorded.
    pub(crate) fn error(&self) -> ExchangeError {
        ExchangeError { kind: self.kind.to_owned(), message: self.message.clone() }
    }
}
