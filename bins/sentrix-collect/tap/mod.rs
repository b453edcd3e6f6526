//! `tap`: the recording proxy, the only way out of a sandbox.

mod args;
mod keys;
mod said;

pub use args::TapArgs;

use sentrix_cli::{Exit, Failure, Signals, Stdout};
use sentrix_tap::{Allowed, Limits, Prices, Provider, Rotation, Settings, Tap, TapError, builtin};
use serde_json::json;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Serves until it is told to stop.
pub fn run(args: &TapArgs) -> Result<Exit, Failure> {
    let signals = Signals::install()?;
    let tap = Tap::start(settings(args)?, said::say).map_err(failed)?;
    let ready = tap.ready();
    let mut out = Stdout::lock();
    let line =
        json!({"ready": true, "listen": ready.listen, "egress": ready.egress, "log_dir": args.log_dir});
    out.record(line.to_string().as_bytes())?;
    out.flush()?;
    let exit = wait(&signals, &tap)?;
    tap.stop().map_err(|why| {
        Failure::environment("the record of the tap could not be finished").because(why).next(
            "the next `sentrix-collect tap` with the same --log-dir finishes it; see that the disk has room",
        )
    })?;
    Ok(exit)
}

/// Sleeps until a signal comes; USR1 closes the log file.
fn wait(signals: &Signals, tap: &Tap) -> Result<Exit, Failure> {
    let cannot = |error: std::io::Error| Failure::environment("cannot wait for signals").because(error);
    let (bell, mut ear) = UnixStream::pair().map_err(cannot)?;
    signals.ring(&bell)?;
    loop {
        if let Some(exit) = signals.stopped() {
            return Ok(exit);
        }
        if signals.take_rotate() {
            tap.rotate();
        }
        // Keys are read once: a new one wants a new tap.
        let _nothing_to_reload = signals.take_reload();
        match ear.read(&mut [0; 64]) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(cannot(error)),
            _ => {}
        }
    }
}

fn settings(args: &TapArgs) -> Result<Settings, Failure> {
    let mut providers: Vec<Provider> = builtin();
    for other in &args.upstream {
        providers.retain(|known| known.name != other.name);
        providers.push(other.clone());
    }
    keys::give(&mut providers, args.key_file.as_deref())?;
    let mut allowed = Allowed::default();
    allowed.private = args.allow_private;
    for host in &args.allow {
        allowed
            .add(host)
            .map_err(|error| Failure::usage("--allow").because(error).next("patterns are not taken"))?;
    }
    args.channel.iter().for_each(|channel| allowed.add_channel(*channel));
    let minutes = args.rotate_mins.limit();
    Ok(Settings {
        listen: args.listen.clone(),
        egress: args.egress.clone(),
        log_dir: args.log_dir.clone(),
        rotation: Rotation { after: minutes, bytes: args.rotate_bytes.limit() },
        providers,
        demo: args.provider.is_some(),
        allowed,
        guard: args.guard,
        raw: args.raw,
        prices: prices(args.prices.as_deref())?,
        https_proxy: proxy()?,
        no_proxy: variable("NO_PROXY")
            .map(|list| list.split(',').map(ToOwned::to_owned).collect())
            .unwrap_or_default(),
        limits: Limits {
            first_byte: Duration::from_secs(args.first_byte_secs),
            idle: Duration::from_secs(args.idle_secs),
            ..Limits::default()
        },
    })
}

fn prices(file: Option<&Path>) -> Result<Prices, Failure> {
    let mut prices = Prices::built_in();
    if let Some(path) = file {
        let cannot = |why: String| Failure::usage(format!("--prices {}", path.display())).because(why);
        let text = std::fs::read_to_string(path).map_err(|error| cannot(error.to_string()))?;
        let own = Prices::parse(&text).map_err(|error| {
            cannot(error.to_string())
                .next("[[price]] with model, input and output in dollars for a million tokens")
        })?;
        prices.extend(own);
    }
    Ok(prices)
}

fn proxy() -> Result<Option<url::Url>, Failure> {
    let Some(text) = variable("HTTPS_PROXY") else { return Ok(None) };
    let url = url::Url::parse(&text).ok().filter(|url| url.scheme() == "http" && url.username().is_empty());
    // It may hold a password: it is not quoted.
    url.map(Some).ok_or_else(|| {
        Failure::usage("HTTPS_PROXY is not of the form http://HOST:PORT")
            .next("a proxy that asks for a name, or speaks TLS itself, is not supported: unset it or put one in between")
    })
}

/// A variable in either case, as the programs that know these have it.
fn variable(name: &str) -> Option<String> {
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    read(name).or_else(|| read(&name.to_lowercase()))
}

fn failed(error: TapError) -> Failure {
    let next = match &error {
        TapError::Listen { .. } => {
            "name another --listen; a unix socket needs a folder that is there and may be written"
        }
        TapError::Taken(_) => "stop the other one, or name another --listen",
        TapError::Rules(_) => "please report it",
        TapError::Start { .. } => "see how much memory and how many descriptors are left",
        TapError::Locked(_) => {
            "one tap writes into a directory: stop the other one, or name another --log-dir"
        }
        TapError::Manifest(_) => "`sentrix-collect verify` says what is wrong with the record",
        TapError::Fs(_) | TapError::Log(_) => {
            "see that the log directory can be written and the disk has room"
        }
    };
    Failure::environment("the tap cannot start").because(&error).next(next)
}
