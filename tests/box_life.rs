//! The life of a sandbox with a real Docker engine: names, pauses, quarantine, drift, expiry, and what is left of others.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod sandbox;

use sandbox::{Place, docker, ended, row, wait_until};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Stdio;

/// A place, or the end of the test where there can be none.
macro_rules! place {
    ($name:literal) => {
        match Place::new($name) {
            Some(place) => place,
            None => return,
        }
    };
}

#[test]
fn one_name_one_log_directory_one_sandbox() {
    let place = place!("one_name_one_log_directory_one_sandbox");
    place.up(&["--network", "none"]).exits(0);
    let other = format!("{}-b", place.name);
    place.run(&["up", "--name", &other]).exits(4).says(&[&place.name, "records into", "sentrix-box stop"]);
    let elsewhere = place.dir.path().join("elsewhere");
    place.up(&["--log-dir", elsewhere.to_str().unwrap()]).exits(4).says(&["taken", "--name"]);
    assert_eq!(place.run(&["exec", "--", "echo", "alive"]).exits(0).text(), "alive\n");
}

#[test]
fn a_stale_id_is_told_and_cleared() {
    let place = place!("a_stale_id_is_told_and_cleared");
    place.up(&["--network", "none"]).exits(0);
    docker(&["rm", "-f", &place.name]).exits(0);
    for command in [&["exec", "--", "true"][..], &["channels"], &["pair"]] {
        place.run(command).exits(4).says(&["is stale", "sentrix-box stop"]);
    }
    place.run(&["stop"]).exits(0);
    assert!(!place.logs().join(".sentrix_sandbox_id").exists());
    fs::write(place.logs().join(".sentrix_sandbox_id"), "../../etc").unwrap();
    place.run(&["exec", "--", "true"]).exits(4).says(&["does not hold the id"]);
}

#[test]
fn a_container_of_somebody_else_is_never_touched() {
    let place = place!("a_container_of_somebody_else_is_never_touched");
    place.up(&["--network", "none"]).exits(0);
    let image = place.inspect()["Image"].as_str().unwrap().to_owned();
    let theirs = format!("{}-theirs", place.name);
    let label = format!("sentrix.box={}", place.name);
    docker(&[
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        &theirs,
        "--label",
        &label,
        "-e",
        "SENTRIX_MODEL=test/never",
        &image,
    ])
    .exits(0);
    for command in ["stop", "pause", "quarantine", "logs"] {
        place.run(&[command, "--container", &theirs]).exits(4).says(&["there is no sandbox"]);
    }
    let listed = place.run(&["status", "--json"]).exits(0).text();
    assert!(!listed.contains(&theirs), "{listed}");
    assert_eq!(docker(&["inspect", "-f", "{{.State.Status}}", &theirs]).text().trim(), "running");
}

#[test]
fn paused_is_not_running_and_goes_on() {
    let place = place!("paused_is_not_running_and_goes_on");
    place.up(&["--network", "none"]).exits(0);
    place.run(&["pause"]).exits(0);
    place.run(&["pause"]).exits(0);
    assert_eq!(docker(&["inspect", "-f", "{{.State.Paused}}", &place.name]).text().trim(), "true");
    place.run(&["exec", "--", "true"]).exits(4).says(&["is paused", "sentrix-box resume"]);
    place.run(&["resume"]).exits(0);
    place.run(&["exec", "--", "true"]).exits(0);
    place.run(&["pause"]).exits(0);
    // A stop of a paused sandbox lets it end as it should.
    let stopped = place.run(&["stop"]).exits(0);
    assert!(stopped.stderr.contains("ended with code 0"), "{}", stopped.stderr);
    place.is_clear();
}

#[test]
fn quarantine_pauses_cuts_and_copies_and_can_be_undone() {
    let place = place!("quarantine_pauses_cuts_and_copies_and_can_be_undone");
    place.up(&["--network", "own"]).exits(0);
    fs::write(place.logs().join("20260101T000000.json"), "[\n  {}\n]\n").unwrap();
    symlink("/etc/passwd", place.logs().join("link.json")).unwrap();
    let copy = place.dir.path().join("copy");
    // The link is left out and said to be: a partial copy.
    let put_away = place.run(&["quarantine", "--snapshot", copy.to_str().unwrap()]).exits(3);
    assert!(put_away.stderr.contains("link.json was left out"), "{}", put_away.stderr);
    assert_eq!(put_away.json()["quarantined"], true);
    assert_eq!(fs::read_to_string(copy.join("agent_logs/20260101T000000.json")).unwrap(), "[\n  {}\n]\n");
    assert!(!copy.join("agent_logs/link.json").exists());
    assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(copy.join("container.log")).unwrap().contains("ready"));
    let inspect = place.inspect();
    assert_eq!(
        (&inspect["State"]["Paused"], &inspect["NetworkSettings"]["Networks"]),
        (&json!(true), &json!({}))
    );
    assert_eq!(row(&place)["quarantined"], true);
    place.run(&["explain"]).exits(0);
    place.run(&["resume"]).exits(4).says(&["is in quarantine", "--undo"]);

    place.run(&["quarantine", "--undo"]).exits(0);
    let inspect = place.inspect();
    assert_eq!(inspect["State"]["Paused"], false);
    assert!(inspect["NetworkSettings"]["Networks"][&place.name].is_object());
    assert_eq!(row(&place)["quarantined"], false);
    let waited = place.run(&["quarantine", "--on", "HIGH"]).exits(0);
    assert!(waited.stderr.contains("no flag of HIGH or above came"), "{}", waited.stderr);
    assert_eq!(row(&place)["quarantined"], false);
    place.run(&["explain"]).exits(0);
    place.run(&["stop"]).exits(0);
    place.is_clear();
}

#[test]
fn what_is_in_quarantine_is_killed_where_it_stands() {
    let place = place!("what_is_in_quarantine_is_killed_where_it_stands");
    place.up(&["--network", "none"]).exits(0);
    place.run(&["quarantine"]).exits(0);
    let stopped = place.run(&["stop"]).exits(0);
    assert!(stopped.stderr.contains("killed, not asked"), "{}", stopped.stderr);
    place.is_clear();
}

#[test]
fn a_change_behind_our_back_is_an_integrity_failure() {
    let place = place!("a_change_behind_our_back_is_an_integrity_failure");
    place.up(&["--network", "own"]).exits(0);
    let drift = || -> Vec<String> {
        let explained =
            place.run(&["explain"]).exits(5).says(&["is not what it was made to be", "quarantine"]);
        let records = explained.text();
        let records = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        records
            .filter(|record| record["holds"] == false)
            .map(|record| record["field"].as_str().unwrap().to_owned())
            .collect()
    };
    docker(&["update", "--pids-limit", "9999", &place.name]).exits(0);
    assert_eq!(drift(), ["HostConfig.PidsLimit"]);
    docker(&["update", "--pids-limit", "256", &place.name]).exits(0);
    docker(&["network", "connect", "bridge", &place.name]).exits(0);
    assert_eq!(drift(), ["NetworkSettings.Networks"]);
}

#[test]
fn reap_ends_what_is_over_and_nothing_else() {
    let place = place!("reap_ends_what_is_over_and_nothing_else");
    let other = place!("reap_ends_what_is_over_and_nothing_else");
    place.up(&["--network", "none", "--timeout", "0.001"]).exits(0);
    other.up(&["--network", "none"]).exits(0);
    wait_until(|| row(&place)["expired"] == true);
    // Only these two: others' sandboxes on this machine are none of a test's business.
    for name in [&other.name, &place.name] {
        place.run(&["reap", "--container", name]).exits(0);
    }
    place.is_clear();
    assert_eq!((&row(&other)["expired"], &row(&other)["status"]), (&json!(false), &json!("running")));
}

#[test]
fn a_kept_volume_outlives_its_sandbox() {
    let place = place!("a_kept_volume_outlives_its_sandbox");
    let volume = format!("{}-kept", place.name);
    place.up(&["--network", "none", "--volume", &volume]).exits(0);
    let elsewhere = place.dir.path().join("elsewhere");
    place.run(&["up", "--log-dir", elsewhere.to_str().unwrap(), "--volume", &volume]).exits(4).says(&[
        &volume,
        "is used by",
        &place.name,
    ]);
    place.run(&["stop"]).exits(0);
    place.is_clear();
    let kept = docker(&["volume", "inspect", &volume]).code;
    docker(&["volume", "rm", &volume]);
    assert_eq!(kept, Some(0));
}

#[test]
fn a_missing_image_or_network_is_told_before_anything_is_made() {
    let place = place!("a_missing_image_or_network_is_told_before_anything_is_made");
    place.up(&["--image", "sentrix-no-such-image:x"]).exits(4).says(&["no image", "sentrix-box build"]);
    place
        .up(&["--network", "sentrix-no-such-network"])
        .exits(4)
        .says(&["no network", "docker network create"]);
    place.up(&["--network", "host"]).exits(2).says(&["not for a sandbox"]);
    place.up(&["--network", "container:x"]).exits(2).says(&["not for a sandbox"]);
    assert!(!place.logs().exists());
    place.is_clear();
}

#[test]
fn a_closed_pipe_is_quiet() {
    let place = place!("a_closed_pipe_is_quiet");
    place.up(&["--network", "none"]).exits(0);
    let mut child = place
        .command(&["exec", "--", "sh", "-c", "while :; do echo 0123456789; done"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = ended(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(ended.stderr, "");
}

#[test]
fn what_has_our_name_and_is_not_ours_is_left_alone() {
    let place = place!("what_has_our_name_and_is_not_ours_is_left_alone");
    docker(&["volume", "create", &place.name]).exits(0);
    let refused = place.up(&["--network", "none"]);
    let volume = docker(&["volume", "rm", &place.name]);
    refused.exits(4).says(&["volume", &place.name, "not ours"]);
    volume.exits(0);
    place.is_clear();
    docker(&["network", "create", &place.name]).exits(0);
    let refused = place.up(&["--network", "own"]);
    let network = docker(&["network", "rm", &place.name]);
    refused.exits(4).says(&["network", &place.name, "--name"]);
    network.exits(0);
    place.is_clear();
}

#[test]
fn two_commands_for_one_name_make_one_sandbox() {
    let place = place!("two_commands_for_one_name_make_one_sandbox");
    let elsewhere = place.dir.path().join("elsewhere");
    let args = place.up_args(&["--network", "none"]);
    let mut others = args.clone();
    others.extend(["--log-dir", elsewhere.to_str().unwrap()]);
    let start =
        |args: &[&str]| place.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children = [start(&args), start(&others)];
    let mut codes = children.map(|child| ended(child.wait_with_output().unwrap()).code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(4)]);
    assert_eq!(
        place.run(&["exec", "--container", &place.name, "--", "echo", "alive"]).exits(0).text(),
        "alive\n"
    );
    place.run(&["stop", "--container", &place.name]).exits(0);
    place.is_clear();
}
