//! `debug`: each hop between a browser and the agent is tried.

use crate::args::Options;
use crate::dial::{Dial, fail};
use crate::doors;
use crate::settings::{self, Gateway};
use crate::token::Tokens;
use crate::{home, listen, tls};
use sentrix_cli::{Exit, Failure, Stdout};
use sentrix_gateway::{Client, Credentials, GatewayError, Limits};
use serde_json::json;
use std::io::IsTerminal;

/// What was tried, and what was seen.
pub struct Hop {
    name: &'static str,
    ok: bool,
    seen: String,
    next: Option<&'static str>,
}

impl Hop {
    pub fn good(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, ok: true, seen: seen.into(), next: None }
    }

    pub fn bad(name: &'static str, seen: impl Into<String>, next: &'static str) -> Self {
        Self { name, ok: false, seen: seen.into(), next: Some(next) }
    }
}

/// Tries all; exit code 4 when one of them fails.
pub fn run(options: &Options) -> Result<Exit, Failure> {
    let mut out = Stdout::lock();
    let people = !options.json && std::io::stdout().is_terminal();
    let mut failed = None;
    for hop in hops(options)? {
        let line = if people {
            let next = hop.next.map(|next| format!("\n{:<14}→ {next}", "")).unwrap_or_default();
            let seen: String = hop
                .seen
                .chars()
                .flat_map(|c| {
                    if c.is_control() { c.escape_default().to_string() } else { c.to_string() }
                        .chars()
                        .collect::<Vec<_>>()
                })
                .collect();
            format!("{} {:<11} {seen}{next}", if hop.ok { "✓" } else { "✗" }, hop.name)
        } else {
            json!({"hop": hop.name, "ok": hop.ok, "seen": hop.seen, "next": hop.next}).to_string()
        };
        out.record(line.as_bytes())?;
        if !hop.ok {
            failed.get_or_insert(hop.name);
        }
    }
    out.flush()?;
    match failed {
        None => Ok(Exit::Ok),
        Some(hop) => Err(Failure::environment(format!("the way to the agent ends at the {hop}"))),
    }
}

fn hops(options: &Options) -> Result<Vec<Hop>, Failure> {
    let mut hops = Vec::new();
    let home = home::dir(options)?;
    hops.push(match tls::load(options, &home) {
        Ok((_, certificate)) => {
            let days = (certificate.ends - i64::try_from(home::now()).unwrap_or(i64::MAX)) / 86_400;
            Hop::good("certificate", format!("good for {days} more days"))
        }
        Err(failure) => {
            Hop::bad("certificate", failure.to_string(), "mend it, or leave --cert and --key away")
        }
    });
    hops.push(match listen::open(options) {
        Ok(doors) => Hop::bad(
            "bridge",
            format!("nothing listens on port {}", doors.port),
            "start it with `sentrix-bridge` (or `sentrix bridge`)",
        ),
        Err(_) => doors::wss(options.host, options.port),
    });
    if hops.last().is_some_and(|hop| hop.ok) {
        hops.push(doors::page(settings::page_port(options)));
    }
    gateway(options, &mut hops)?;
    Ok(hops)
}

fn gateway(options: &Options, hops: &mut Vec<Hop>) -> Result<(), Failure> {
    let gateway = Gateway::new(options)?;
    let tokens = Tokens::new(options, &gateway);
    if let Gateway::Box(_) = gateway {
        let id = std::fs::read_to_string(options.log_dir.join(".sentrix_sandbox_id")).unwrap_or_default();
        let dir = options.log_dir.display();
        hops.push(if id.trim().is_empty() {
            Hop::bad(
                "sandbox",
                format!("no sandbox records into {dir}"),
                "`sentrix run` starts one; --log-dir names another directory",
            )
        } else {
            Hop::good("sandbox", format!("{dir} names one"))
        });
    }
    let token = tokens.find();
    let known = token.is_ok();
    hops.push(match &token {
        Ok(token) if token.is_empty() => Hop::good("token", "none is given"),
        Ok(_) => Hop::good("token", "there is one"),
        Err(why) => Hop::bad(
            "token",
            why.clone(),
            "see `sentrix-box status`, or name a file with --gateway-token-file",
        ),
    });
    let dial = Dial { gateway, tokens, log_dir: settings_dir(options) };
    let (line, carrier) = match dial.line() {
        Ok(line) => line,
        Err(why) => {
            hops.push(Hop::bad("way", why, "see that the program is installed, and the address right"));
            return Ok(());
        }
    };
    hops.push(Hop::good("way", "a connection was begun"));
    let credentials = Credentials {
        display_name: "Sentrix Bridge".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        token: token.unwrap_or_default(),
    };
    match Client::connect(line, credentials, Limits::default()) {
        Ok(mut client) => {
            let hello =
                client.hello().map(|hello| (hello.version.clone(), hello.protocol, hello.scopes.clone()));
            let (version, protocol, scopes) = hello.unwrap_or_default();
            hops.push(Hop::good("gateway", format!("OpenClaw {version}, protocol {protocol}")));
            hops.push(match scopes {
                Some(scopes)
                    if !scopes.iter().any(|scope| scope == "operator.admin" || scope == "operator.write") =>
                {
                    Hop::bad(
                        "scopes",
                        "the gateway gives none",
                        "the connection must come from the sandbox's own loopback: use sentrix-box dial",
                    )
                }
                _ => Hop::good("scopes", "messages may be sent"),
            });
            hops.push(match client.health() {
                Ok(_) => Hop::good("health", "the gateway answers"),
                Err(error) => Hop::bad("health", error.to_string(), "`sentrix-box logs` shows what it says"),
            });
            client.close();
        }
        Err(error) => {
            let next = match &error {
                GatewayError::Refused(_) if !known => "the token is not known: see above",
                GatewayError::Refused(_) => {
                    "see that token and gateway belong together; a gateway that starts needs a minute"
                }
                GatewayError::Timeout(_) => {
                    "`sentrix-box status` and `sentrix-box logs` show whether it is starting"
                }
                _ => "`sentrix-box logs` shows the gateway's last words",
            };
            hops.push(Hop::bad("gateway", fail(&error, carrier.as_ref()), next));
        }
    }
    Ok(())
}

fn settings_dir(options: &Options) -> std::path::PathBuf {
    let _may_not_be_there = settings::log_dir(&options.log_dir);
    options.log_dir.clone()
}
