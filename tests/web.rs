//! The bridge in a real browser: our own page through all of its parts, and the web client's way. The steps are in `tests/web`.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "what the browser did is said")]

mod bridged;
mod webbed;

use bridged::{Bridge, Gateway, skipped};
use webbed::{Stage, Tools, free_port, seed};

#[test]
fn our_own_page_through_all_of_its_parts() {
    let Some(tools) = Tools::find() else {
        return skipped("our_own_page_through_all_of_its_parts", "needs node 18, npm and chromium");
    };
    let gateway = Gateway::start();
    let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    seed(logs.path());
    let bridge = Bridge::in_dirs(logs, home, &["--gateway-url", &gateway.url()]);
    Stage::new(gateway, bridge, 0).play(&tools, "page.mjs");
}

#[test]
fn the_web_clients_way() {
    let Some(tools) = Tools::find() else {
        return skipped("the_web_clients_way", "needs node 18, npm and chromium");
    };
    let gateway = Gateway::start();
    let (logs, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    seed(logs.path());
    let client = free_port();
    let origin = format!("http://localhost:{client}");
    let bridge = Bridge::in_dirs(logs, home, &["--gateway-url", &gateway.url(), "--origins", &origin]);
    Stage::new(gateway, bridge, client).play(&tools, "client.mjs");
}
