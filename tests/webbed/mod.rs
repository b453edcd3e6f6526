//! What the browser tests share: node, its packages, and a stage on which a script can give orders.

mod seed;
mod tools;

pub use seed::seed;
pub use tools::Tools;

use crate::bridged::{Bridge, Gateway};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A gateway, a bridge, and a browser that is told what to do by a script.
pub struct Stage {
    gateway: Option<Gateway>,
    gateway_port: u16,
    bridge: Option<Bridge>,
    page: u16,
    client: u16,
    /// Of a bridge that is not running just now.
    dirs: Option<(tempfile::TempDir, tempfile::TempDir)>,
}

impl Stage {
    pub fn new(gateway: Gateway, bridge: Bridge, client: u16) -> Self {
        let (gateway_port, page) = (gateway.port, bridge.page);
        Self { gateway: Some(gateway), gateway_port, bridge: Some(bridge), page, client, dirs: None }
    }

    /// Runs a script to its end; it fails where the script does.
    pub fn play(mut self, tools: &Tools, script: &str) {
        let bridge = self.bridge.as_ref().unwrap();
        let scene = json!({
            "origin": format!("http://127.0.0.1:{}", bridge.page), "link": bridge.link, "wss": bridge.wss, "trust": bridge.trust,
            "client": self.client, "chromium": tools.chromium, "pictures": tools.pictures,
            "markdown": fs::read_to_string(web("untrusted.md")).unwrap(),
        });
        let mut child = tools
            .node(script)
            .env("SENTRIX_WEB_SCENE", scene.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Some(order) = line.strip_prefix('@') else {
                println!("{line}");
                continue;
            };
            self.obey(order);
            if writeln!(stdin, "ok").is_err() {
                break;
            }
        }
        assert!(
            child.wait().unwrap().success(),
            "{script} failed; its pictures are in {}",
            tools.pictures.display()
        );
    }

    fn obey(&mut self, order: &str) {
        match order.split_once(' ').unwrap() {
            ("gateway", "stop") => self.gateway = None,
            ("gateway", _) => self.gateway = Some(Gateway::on(self.gateway_port)),
            ("bridge", "stop") => self.stop(),
            ("bridge", "start") => self.start(),
            ("bridge", _) => {
                self.stop();
                self.start();
            }
            ("record", text) => record(&self.logs(), text),
            ("flag", name) => flag(&self.logs(), name),
            (other, _) => panic!("no such order: {other}"),
        }
    }

    fn logs(&self) -> PathBuf {
        self.bridge.as_ref().unwrap().logs.path().to_owned()
    }

    fn stop(&mut self) {
        let Some(mut bridge) = self.bridge.take() else { return };
        let keep = |dir: &mut tempfile::TempDir| std::mem::replace(dir, tempfile::tempdir().unwrap());
        self.dirs = Some((keep(&mut bridge.logs), keep(&mut bridge.home)));
    }

    fn start(&mut self) {
        let (logs, home) = self.dirs.take().unwrap();
        let (gateway, page) = (format!("ws://127.0.0.1:{}", self.gateway_port), self.page.to_string());
        self.bridge = Some(Bridge::in_dirs(logs, home, &["--gateway-url", &gateway, "--page-port", &page]));
    }
}

/// A file of the browser tests.
pub fn web(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web").join(name)
}

/// Writes an event behind the last one of the newest log file, as the collector does.
fn record(logs: &Path, text: &str) {
    let event = json!({"ts": 1_795_390_900_000_u64, "event": "assistant_message_end", "runId": "c0ffee00-live", "rawText": text, "rawThinking": ""});
    let path = seed::newest(logs);
    let old = fs::read_to_string(&path).unwrap();
    let old = old.strip_suffix("]\n").unwrap();
    fs::write(&path, format!("{old},\n  {event}\n]\n")).unwrap();
}

fn flag(logs: &Path, name: &str) {
    let flag = json!({
        "flag_id": name, "consensus_severity": "HIGH", "consensus_confidence": 0.9, "categories": ["prompt_injection"], "timestamp": "2026-11-24T08:00:00Z",
        "referral_summary": format!("{name}: a page told the agent to forget what it was told"), "source_file": "20261123T005451.json", "run_id_ts": "", "votes": [],
    });
    let mut file = fs::OpenOptions::new().append(true).open(logs.join("patrol_flags.jsonl")).unwrap();
    writeln!(file, "{flag}").unwrap();
}
