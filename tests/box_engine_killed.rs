//! An engine that is killed under a sandbox, and comes back: a private one, so that nobody else's containers feel it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod sandbox;

use sandbox::{Ended, Place, ended, skipped, wait_until};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const TEST: &str = "what_was_recorded_survives_a_killed_engine";

#[test]
fn what_was_recorded_survives_a_killed_engine() {
    let Some(place) = Place::new(TEST) else { return };
    let Some(mut engine) = Engine::new(&place) else { return };
    let run = |args: &[&str]| -> Ended {
        ended(place.command(args).env("DOCKER_HOST", engine_host(&place)).output().unwrap())
    };
    run(&place.up_args(&["--network", "none"])).exits(0);
    let event = "echo '{\"n\":1}' >>/capture/agent_logs/events";
    let collector = format!(
        "{0}:{0}",
        fs::metadata(place.logs()).map(|dir| std::os::unix::fs::MetadataExt::uid(&dir)).unwrap()
    );
    run(&["exec", "--user", &collector, "--", "sh", "-c", event]).exits(0);

    engine.kill();
    run(&["status"]).exits(4).says(&["does not answer", "start it"]);
    engine.start();

    // It ends what it finds running, or takes it over: either way it knows the sandbox, and the record is what it was.
    let listed = run(&["status", "--json"]).exits(0).text();
    assert!(listed.contains(&place.name), "{listed}");
    let events = place.logs().join("events");
    assert_eq!(fs::read_to_string(&events).unwrap(), "{\"n\":1}\n");
    run(&["stop"]).exits(0);
    assert_eq!(fs::read_to_string(&events).unwrap(), "{\"n\":1}\n");
    assert!(!place.logs().join(".sentrix_sandbox_id").exists());
}

fn engine_host(place: &Place) -> String {
    format!("unix://{}", place.dir.path().join("e/docker.sock").display())
}

/// A dockerd whose data, sockets and containerd are all in the place's directory.
struct Engine {
    dir: PathBuf,
    host: String,
    daemon: Child,
}

impl Engine {
    /// Nothing, after saying so, where there can be none; with the tests' image in it.
    fn new(place: &Place) -> Option<Self> {
        let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap();
        if root.trim() != "0" {
            skipped(TEST, "only root can start a Docker engine");
            return None;
        }
        let dir = place.dir.path().join("e");
        fs::create_dir(&dir).unwrap();
        let mut engine = Self { daemon: daemon(&dir), host: engine_host(place), dir };
        engine.wait();
        let mut saved =
            Command::new("docker").args(["save", place.image()]).stdout(Stdio::piped()).spawn().unwrap();
        let loaded = Command::new("docker")
            .args(["-H", &engine.host, "load"])
            .stdin(saved.stdout.take().unwrap())
            .output();
        assert!(saved.wait().unwrap().success());
        ended(loaded.unwrap()).exits(0);
        Some(engine)
    }

    fn wait(&mut self) {
        wait_until(|| {
            assert!(self.daemon.try_wait().unwrap().is_none(), "{}", self.words());
            let info = Command::new("docker").args(["-H", &self.host, "info"]).output().unwrap();
            info.status.success()
        });
    }

    fn words(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    fn kill(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }

    fn start(&mut self) {
        self.daemon = daemon(&self.dir);
        self.wait();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // TERM, so that it ends its containerd and unmounts what it has mounted.
        let _gone = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let _gone = self.daemon.wait();
    }
}

fn daemon(dir: &std::path::Path) -> Child {
    let log = fs::OpenOptions::new().append(true).create(true).open(dir.join("log")).unwrap();
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let socket = format!("unix://{}", at("docker.sock"));
    // A killed engine leaves its pid file, and the number may be somebody else's by now.
    let _none = fs::remove_file(dir.join("pid"));
    // Its containerd died with it, but looks alive for as long as nobody has reaped it.
    let _none = fs::remove_file(dir.join("run/containerd/containerd.pid"));
    // In a network namespace of its own: an engine told to have no bridge takes the machine's docker0 away.
    Command::new("unshare")
        .args([
            "--net",
            "dockerd",
            "--data-root",
            &at("data"),
            "--exec-root",
            &at("run"),
            "--pidfile",
            &at("pid"),
            "-H",
            &socket,
        ])
        .args(["--bridge", "none", "--iptables=false"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
