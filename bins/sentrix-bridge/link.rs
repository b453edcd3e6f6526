//! `link` and `token`: what a person needs to come in.

use crate::args::Options;
use crate::home;
use crate::settings::page_port;
use sentrix_bridge::{Purpose, Secret};
use sentrix_cli::{Exit, Failure, Stdout};

/// A link that was not used is worth nothing after this many seconds.
pub const GOOD_FOR: u64 = 600;

/// A link to the page: good once.
pub fn make(secret: &Secret, port: u16) -> Result<String, Failure> {
    let ticket = secret.ticket(Purpose::Link, home::now() + GOOD_FOR);
    let ticket = ticket.map_err(|error| Failure::environment("cannot make a link").because(error))?;
    Ok(format!("http://127.0.0.1:{port}/?t={ticket}"))
}

/// Prints a new link.
pub fn run(options: &Options) -> Result<Exit, Failure> {
    let secret = home::secret(&home::dir(options)?)?;
    print(&make(&secret, page_port(options))?)
}

/// Prints the token.
pub fn token(options: &Options) -> Result<Exit, Failure> {
    print(home::secret(&home::dir(options)?)?.token())
}

fn print(line: &str) -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    out.record(line.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}
