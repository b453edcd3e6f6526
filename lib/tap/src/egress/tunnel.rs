//! A tunnel that stands: bytes both ways, counted, until both ends are done or nothing moves.

use crate::recorder::Entry;
use crate::server::Shared;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use sentrix_record::exchange::Connect;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PIECE: usize = 16 << 10;

/// What must be recorded however the tunnel ends.
struct Standing {
    tap: Arc<Shared>,
    connect: Connect,
    since: Instant,
    out: Arc<AtomicU64>,
    back: Arc<AtomicU64>,
}

impl Drop for Standing {
    fn drop(&mut self) {
        let mut connect = std::mem::take(&mut self.connect);
        connect.bytes_out = self.out.load(Ordering::Relaxed);
        connect.bytes_in = self.back.load(Ordering::Relaxed);
        connect.duration_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        if connect.outcome.is_empty() {
            connect.outcome = "stopped".to_owned();
        }
        self.tap.recorder.leave(Entry::Connect(Box::new(connect)));
    }
}

/// Carries it to its end.
pub(super) async fn carry(tap: Arc<Shared>, request: Request<Incoming>, stream: TcpStream, connect: Connect) {
    let idle = tap.settings.limits.tunnel_idle;
    let (out, back) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let mut standing =
        Standing { tap, connect, since: Instant::now(), out: Arc::clone(&out), back: Arc::clone(&back) };
    let Ok(upgraded) = hyper::upgrade::on(request).await else {
        standing.connect.outcome = "closed".to_owned();
        return;
    };
    let (inside_read, inside_write) = split(TokioIo::new(upgraded));
    let (outside_read, outside_write) = split(stream);
    let there = tokio::spawn(copy(inside_read, outside_write, out, idle));
    let quiet = copy(outside_read, inside_write, back, idle).await;
    // The other direction ends by itself when its reader is gone, or nothing moves.
    let quiet = quiet | there.await.unwrap_or(false);
    standing.connect.outcome = if quiet { "idle" } else { "closed" }.to_owned();
}

/// Copies one direction; true when it ended because nothing moved.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    count: Arc<AtomicU64>,
    idle: Duration,
) -> bool {
    let mut buffer = vec![0; PIECE];
    let quiet = loop {
        match timeout(idle, from.read(&mut buffer)).await {
            Err(_) => break true,
            Ok(Ok(0) | Err(_)) => break false,
            Ok(Ok(length)) => {
                // Counted first: whoever has received it finds it counted.
                count.fetch_add(length as u64, Ordering::Relaxed);
                if to.write_all(&buffer[..length]).await.is_err() {
                    break false;
                }
            }
        }
    };
    // The end of this direction, for whoever reads it.
    let _gone_already = to.shutdown().await;
    quiet
}
