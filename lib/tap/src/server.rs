//! The tap as a whole: its listeners, and what they share.

use crate::body::AnyBody;
use crate::descriptors;
use crate::egress;
use crate::error::TapError;
use crate::exchange;
use crate::guard::Guard;
use crate::history::History;
use crate::pool::Pool;
use crate::recorder::Recorder;
use crate::settings::Settings;
use crate::socket::{Socket, Stream};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How often the age of the log file is looked at.
const TICK: Duration = Duration::from_secs(1);

/// Something that the operator should know.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A provider does not accept the key, or there is none.
    WrongKey {
        /// The provider.
        provider: String,
        /// Whether a key was sent at all.
        sent: bool,
    },
    /// An exchange failed, or broke.
    Failed {
        /// The provider.
        provider: String,
        /// Why.
        why: String,
    },
    /// Something left, or was stopped, that should not leave.
    Guarded {
        /// The provider.
        provider: String,
        /// What: rules and labels, never the thing itself.
        what: String,
        /// `flag`, `mask` or `block`.
        action: String,
    },
    /// A connection was refused.
    Refused {
        /// The host and port that were asked for. Untrusted text.
        host: String,
        /// Why.
        why: String,
    },
    /// The record cannot be written; nothing is forwarded until it can.
    Record(String),
}

/// Where a tap listens.
#[derive(Debug, Clone)]
pub struct Ready {
    /// For models.
    pub listen: String,
    /// For connections.
    pub egress: Option<String>,
}

/// What all exchanges share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub recorder: Recorder,
    pub pool: Arc<Pool>,
    pub history: Mutex<History>,
    pub guard: Guard,
    pub notify: Box<dyn Fn(Notice) + Send + Sync>,
}

/// A running tap.
pub struct Tap {
    runtime: Runtime,
    shared: Arc<Shared>,
    ready: Ready,
}

impl Tap {
    /// Starts it. `notify` is called from its threads and must not wait.
    ///
    /// # Errors
    /// When it cannot listen, or its record cannot be opened.
    pub fn start(
        settings: Settings,
        notify: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Result<Self, TapError> {
        descriptors::make_room();
        let cannot = |error| TapError::Start { doing: "start threads", error };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("tap")
            .enable_all()
            .build()
            .map_err(cannot)?;
        let keys = settings.providers.iter().filter_map(|provider| provider.key.clone()).collect();
        let guard = Guard::new(settings.guard, keys).map_err(TapError::Rules)?;
        let notify: Arc<dyn Fn(Notice) + Send + Sync> = Arc::new(notify);
        let told = Arc::clone(&notify);
        let recorder = Recorder::start(&settings.log_dir, settings.rotation, move |error| {
            told(Notice::Record(error.to_string()));
        })?;
        let shared = Arc::new(Shared {
            settings,
            recorder,
            pool: Arc::default(),
            history: Mutex::default(),
            guard,
            notify: Box::new(move |notice| notify(notice)),
        });
        let ready = runtime.block_on(listen(&shared))?;
        Ok(Self { runtime, shared, ready })
    }

    /// Where it listens.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Closes the log file and begins another.
    pub fn rotate(&self) {
        self.shared.recorder.rotate();
    }

    /// Ends it: what is under way is broken off and recorded so.
    ///
    /// # Errors
    /// Why the record could not be finished.
    pub fn stop(self) -> Result<(), String> {
        // Dropping the runtime drops every exchange, and each leaves its record on its way out.
        self.runtime.shutdown_timeout(Duration::from_secs(5));
        let ended =
            tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        ended.block_on(self.shared.recorder.end())
    }
}

async fn listen(shared: &Arc<Shared>) -> Result<Ready, TapError> {
    let most = shared.settings.limits.connections;
    let models = Socket::open(&shared.settings.listen).await?;
    let egress = match &shared.settings.egress {
        Some(listen) => Some(Socket::open(listen).await?),
        None => None,
    };
    let ready = Ready { listen: models.place(), egress: egress.as_ref().map(Socket::place) };
    let tap = Arc::clone(shared);
    tokio::spawn(models.serve(most, move |stream| serve(stream, Arc::clone(&tap), exchange::serve)));
    if let Some(egress) = egress {
        let tap = Arc::clone(shared);
        tokio::spawn(egress.serve(most, move |stream| serve(stream, Arc::clone(&tap), egress::serve)));
    }
    let recorder = shared.recorder.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TICK).await;
            recorder.tick();
        }
    });
    Ok(ready)
}

async fn serve<H, T>(stream: Box<dyn Stream>, tap: Arc<Shared>, handle: H)
where
    H: Fn(Arc<Shared>, Request<Incoming>) -> T,
    T: Future<Output = Response<AnyBody>> + Send,
{
    let head = tap.settings.limits.head;
    let service = service_fn(|request| {
        let answer = handle(Arc::clone(&tap), request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(256 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // A connection that breaks is told by the exchange that was on it.
    let _told_there = connection.await;
}
