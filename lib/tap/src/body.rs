//! The body of an answer on its way to the sandbox: pieces, each handed on as it comes.

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What every answer's body is.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, io::Error>;

/// Pieces that wait for a slow reader: the provider is not read on until there is room.
const WAITING: usize = 4;

/// A body whose pieces are sent from elsewhere. An error breaks the connection, which is how its reader learns that the answer is not whole.
pub(crate) struct Pieces(Receiver<io::Result<Frame<Bytes>>>);

/// A body in pieces, and the way to send them.
pub(crate) fn pieces() -> (Sender<io::Result<Frame<Bytes>>>, AnyBody) {
    let (sender, receiver) = channel(WAITING);
    (sender, Pieces(receiver).boxed_unsync())
}

/// A body that is there already.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> AnyBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context)
    }
}
