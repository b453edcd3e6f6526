//! An answer on its way in: every piece handed on at once, and put together for the record beside it.

use crate::body::{AnyBody, pieces, whole};
use crate::exchange::is_stream;
use crate::history::Conversation;
use crate::reader::{Answer, Reader};
use crate::recorder::Entry;
use crate::refusal::Refusal;
use crate::rewrite::end_to_end;
use crate::server::{Notice, Shared};
use crate::settings::Settings;
use crate::spool::{Head, Spool};
use crate::upstream::Upstream;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use sentrix_record::exchange::{Exchange, ExchangeError};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;
use tokio::time::{Sleep, sleep};

/// An exchange that is under way. However it ends, its end is recorded: dropped before that, it was broken off by the sandbox, or the tap is
/// stopping.
pub(crate) struct Open {
    tap: Arc<Shared>,
    pub exchange: Exchange,
    pub conversation: Conversation,
    since: Instant,
    answer: Option<Reader>,
    spool: Option<Spool>,
    done: bool,
}

impl Open {
    pub(crate) fn new(tap: &Arc<Shared>, exchange: Exchange) -> Self {
        Self {
            tap: Arc::clone(tap),
            exchange,
            conversation: Conversation::default(),
            since: Instant::now(),
            answer: None,
            spool: None,
            done: false,
        }
    }

    /// Ends the exchange with an answer of our own.
    pub(crate) fn refuse(mut self, refusal: Refusal) -> Response<AnyBody> {
        let response = refusal.response(self.exchange.dialect);
        self.exchange.status = Some(refusal.status.as_u16());
        self.fail(refusal.error());
        response
    }

    /// The provider has begun to answer.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.exchange.status = Some(status.as_u16());
        if !status.is_success() {
            let message = format!("the provider answered with status {}", status.as_u16());
            self.exchange.error = Some(ExchangeError { kind: "provider".to_owned(), message });
        }
    }

    /// Everything is known that is before the answer: from here on, what passes survives the tap.
    pub(crate) fn leaves(&mut self) {
        let Settings { log_dir, limits, .. } = &self.tap.settings;
        self.spool = Some(Spool::begin(log_dir, &self.exchange, limits.answer));
    }

    fn read(&mut self, stream: bool, encoding: Option<&str>) {
        let Settings { raw, limits, .. } = &self.tap.settings;
        self.answer = Some(Reader::new(self.exchange.dialect, stream, encoding, limits.answer, *raw));
        if let Some(spool) = &mut self.spool {
            let status = self.exchange.status.unwrap_or_default();
            spool.head(&Head { status, stream, encoding: encoding.map(ToOwned::to_owned) });
        }
    }

    /// A piece has come.
    fn piece(&mut self, piece: &[u8]) {
        if self.exchange.timing.first_byte_ms.is_none() {
            self.exchange.timing.first_byte_ms = Some(millis(self.since.elapsed()));
        }
        if let Some(spool) = &mut self.spool {
            spool.piece(piece);
        }
        if let Some(reader) = &mut self.answer {
            reader.piece(piece);
        }
    }

    /// Ends the exchange with an error.
    fn fail(mut self, error: ExchangeError) {
        self.exchange.error.get_or_insert(error);
        self.finish(false);
    }

    /// Ends the exchange; `whole` when the provider closed the answer in order.
    fn finish(mut self, whole: bool) {
        self.end(whole);
    }

    fn end(&mut self, whole: bool) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        self.exchange.timing.total_ms = millis(self.since.elapsed());
        if let Some(reader) = self.answer.take() {
            let Answer { mut response, ended, raw } = reader.finish();
            let model = response.model.as_ref().or(self.exchange.model.as_ref());
            response.cost_usd = model.and_then(|model| self.tap.settings.prices.cost(model, &response.usage));
            self.exchange.complete = whole && ended;
            if whole && !ended && self.exchange.error.is_none() {
                let message = "the answer stopped before its end".to_owned();
                self.exchange.error = Some(ExchangeError { kind: "broken".to_owned(), message });
            }
            if let (Some(raw), Some(kept)) = (raw, &mut self.exchange.raw) {
                kept.response = String::from_utf8_lossy(&raw).into_owned();
            }
            self.exchange.response = Some(response);
        }
        if let Some(error) = &self.exchange.error {
            let (provider, why) = (self.exchange.provider.clone(), error.message.clone());
            (self.tap.notify)(Notice::Failed { provider, why });
        }
        let mut history = self.tap.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.add(&self.conversation, self.exchange.response.as_ref().filter(|_| self.exchange.complete));
        drop(history);
        self.tap.recorder.leave(Entry::Exchange(Box::new(std::mem::take(&mut self.exchange))));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.done {
            let message = "the sandbox did not wait for the end of the answer".to_owned();
            self.exchange.error.get_or_insert(ExchangeError { kind: "aborted".to_owned(), message });
            self.end(false);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Hands a provider's answer on.
pub(crate) fn answer(mut open: Open, from: Response<Incoming>, upstream: Upstream) -> Response<AnyBody> {
    let encoding =
        from.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    open.read(is_stream(&from), encoding.as_deref());
    let (head, body) = from.into_parts();
    let mut response = Response::new(Passing::new(open, body, upstream).boxed_unsync());
    *response.status_mut() = head.status;
    *response.headers_mut() = end_to_end(&head.headers);
    response
}

/// The body of a provider's answer, read as the sandbox takes it: no task and no queue between the two connections. Dropped before its end,
/// it was broken off by the sandbox, and its [`Open`] records that.
struct Passing {
    from: Incoming,
    /// Taken when the answer has ended, in order or not.
    under_way: Option<(Open, Upstream)>,
    /// When the last piece came, and what looks whether that is too long ago.
    last: Instant,
    alarm: Pin<Box<Sleep>>,
    idle: Duration,
}

impl Passing {
    fn new(open: Open, from: Incoming, upstream: Upstream) -> Self {
        let idle = open.tap.settings.limits.idle;
        let mut passing = Self {
            from,
            under_way: Some((open, upstream)),
            last: Instant::now(),
            alarm: Box::pin(sleep(idle)),
            idle,
        };
        if passing.from.is_end_stream() {
            passing.finish();
        }
        passing
    }

    /// A piece, or the answer's end.
    fn take(&mut self, next: Option<Result<Frame<Bytes>, hyper::Error>>) -> Option<io::Result<Frame<Bytes>>> {
        match next {
            Some(Ok(frame)) => {
                self.last = Instant::now();
                if let (Some(piece), Some((open, _))) = (frame.data_ref(), &mut self.under_way) {
                    open.piece(piece);
                }
                // Nobody asks for the end of an answer that came with its length.
                if self.from.is_end_stream() {
                    self.finish();
                }
                Some(Ok(frame))
            }
            Some(Err(error)) => self.broken("broken", format!("the answer broke off: {error}")),
            None => {
                self.finish();
                None
            }
        }
    }

    /// Ends an answer that is whole. The record first: once the sandbox has the end, the exchange is on its way to the disk.
    fn finish(&mut self) {
        let Some((open, upstream)) = self.under_way.take() else { return };
        let (pool, provider) = (Arc::clone(&open.tap.pool), open.exchange.provider.clone());
        open.finish(true);
        // Its end goes to the sandbox before the connection is looked at.
        tokio::spawn(pool.give_back(provider, upstream));
    }

    /// Ends an answer that is not whole; the sandbox must not take it for whole.
    fn broken(&mut self, kind: &str, message: String) -> Option<io::Result<Frame<Bytes>>> {
        let (open, _upstream) = self.under_way.take()?;
        open.fail(ExchangeError { kind: kind.to_owned(), message });
        Some(Err(io::Error::other("the answer broke off")))
    }

    /// Waits until no piece has come for too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.alarm.as_mut().poll(context));
            // Set anew only when it rings: pieces are many.
            let due = self.last + self.idle;
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(due.into());
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.under_way.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = Pin::new(&mut self.from).poll_frame(context) {
            return Poll::Ready(self.take(next));
        }
        ready!(self.poll_silence(context));
        let why = format!("no piece of the answer came within {} s", self.idle.as_secs());
        Poll::Ready(self.broken("timeout", why))
    }

    fn is_end_stream(&self) -> bool {
        self.under_way.is_none()
    }
}

/// Hands on an answer that was made here: pieces, with pauses between them.
pub(crate) fn scripted(mut open: Open, answer: crate::demo::Script) -> Response<AnyBody> {
    open.answered(StatusCode::OK);
    open.read(answer.stream, None);
    let kind = if answer.stream { "text/event-stream" } else { "application/json" };
    let body = if answer.stream {
        let (to, body) = pieces();
        tokio::spawn(play(open, answer, to));
        body
    } else {
        let bytes = answer.pieces.concat();
        open.piece(bytes.as_bytes());
        open.finish(true);
        whole(bytes)
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

async fn play(mut open: Open, answer: crate::demo::Script, to: Sender<io::Result<Frame<Bytes>>>) {
    for piece in answer.pieces {
        sleep(answer.pause).await;
        open.piece(piece.as_bytes());
        if to.send(Ok(Frame::data(piece.into()))).await.is_err() {
            return;
        }
    }
    open.finish(true);
}
