//! Telling somebody of flags: a command, a signed web hook, at least once, and no sweep waits for them.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use support::{Ended, Logs, PLANTED, end, run};

const FILE: &str = "20260310T014033.json";

fn planted(logs: &Logs, count: i64) {
    logs.log(FILE, &(0..count).map(|n| end("r", n, PLANTED)).collect::<Vec<_>>());
}

fn told(logs: &Logs) -> Vec<Value> {
    support::lines(&std::fs::read(logs.file("told.jsonl")).unwrap_or_default())
}

fn patrol(logs: &Logs, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = support::command(args);
    let path = std::env::var("PATH").unwrap_or_default();
    run(command.env("PATH", path).envs(variables.iter().copied()).arg(logs.path()))
}

#[test]
fn a_command_gets_every_flag_once_and_none_of_the_keys() {
    let logs = Logs::new();
    planted(&logs, 3);
    let file = logs.file("told.jsonl");
    let line = format!(
        "cat >> '{0}'; test -z \"$OPENAI_API_KEY\" && test \"$SENTRIX_SEVERITY\" = HIGH",
        file.display()
    );
    let args = ["--judge", "rules", "--exec", line.as_str()];
    patrol(&logs, &args, &[("OPENAI_API_KEY", "sk-nobodys")]).exits(0);
    let ids = |flags: &[Value]| {
        let mut ids: Vec<String> =
            flags.iter().map(|flag| flag["flag_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(told(&logs).len(), 3);
    assert_eq!(ids(&told(&logs)), ids(&logs.flags()));
    patrol(&logs, &args, &[]).exits(0);
    assert_eq!(told(&logs).len(), 3);
}

#[test]
fn what_could_not_be_told_is_told_by_the_next_sweep() {
    let logs = Logs::new();
    planted(&logs, 2);
    let failed = patrol(&logs, &["--exec", "cat >/dev/null; exit 1"], &[]).exits(3);
    assert!(failed.stderr.contains("2 alerts did not arrive"), "{}", failed.stderr);
    assert_eq!(logs.flags().len(), 2, "an alert must not hold a flag up");
    assert_eq!(logs.state("SELECT count(*) FROM alerts WHERE channel = 'exec'"), 2);
    let line = format!("cat >> '{}'", logs.file("told.jsonl").display());
    patrol(&logs, &["--exec", &line], &[]).exits(0);
    assert_eq!(told(&logs).len(), 2);
    assert_eq!(logs.state("SELECT count(*) FROM alerts"), 0);
}

#[test]
fn a_command_that_hangs_is_killed_and_the_flags_are_where_they_belong() {
    let logs = Logs::new();
    planted(&logs, 1);
    patrol(&logs, &["--exec", "exec sleep 3600", "--exec-timeout", "1"], &[]).exits(3);
    assert_eq!(logs.flags().len(), 1);
    assert_eq!(logs.state("SELECT count(*) FROM alerts"), 1);
}

#[test]
fn only_what_is_severe_enough_is_told() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, PLANTED)]);
    logs.write(
        "20260311T000000.json",
        "[\n  {\"ts\":5,\"event\":\"sentrix_gap\",\"why\":\"bad_line\",\"bytes\":3}\n]\n",
    );
    let line = format!("cat >> '{}'", logs.file("told.jsonl").display());
    patrol(&logs, &["--exec", &line, "--alert-on", "HIGH"], &[]).exits(0);
    assert_eq!(logs.flags().len(), 2);
    assert_eq!(told(&logs).len(), 1);
    assert_eq!(logs.state("SELECT count(*) FROM alerts"), 0);
}

#[test]
fn a_patrol_without_state_tells_as_well() {
    let logs = Logs::new();
    planted(&logs, 2);
    let line = format!("cat >> '{}'", logs.file("told.jsonl").display());
    patrol(&logs, &["--state", "none", "--exec", &line], &[]).exits(0);
    assert_eq!(told(&logs).len(), 2);
}

/// What a web hook received: headers and body.
struct Received {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A web hook that answers with these statuses in turn, then with the last one.
fn hook(statuses: &'static [u16]) -> (String, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook/token-of-nobody", listener.local_addr().unwrap());
    let (tell, received) = channel();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let mut out = stream.unwrap();
            let mut reader = BufReader::new(out.try_clone().unwrap());
            let mut headers = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim().split_once(": ") else {
                    if line.trim().is_empty() {
                        break;
                    }
                    continue;
                };
                headers.push((name.to_ascii_lowercase(), value.to_owned()));
            }
            let length =
                headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = statuses[n.min(statuses.len() - 1)];
            write!(out, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            if tell.send(Received { headers, body }).is_err() {
                return;
            }
        }
    });
    (url, received)
}

#[test]
fn a_web_hook_is_told_signed_and_told_again_until_it_takes_it() {
    let logs = Logs::new();
    planted(&logs, 1);
    let (url, received) = hook(&[500, 200]);
    let variables = [("SENTRIX_WEBHOOK", url.as_str()), ("SENTRIX_WEBHOOK_SECRET", "shared\n")];
    let ended = patrol(&logs, &[], &variables);
    assert!(!ended.stderr.contains("token-of-nobody"), "{}", ended.stderr);
    if ended.code == Some(3) {
        patrol(&logs, &[], &variables).exits(0);
    }
    let (first, second) = (received.recv().unwrap(), received.recv().unwrap());
    assert_eq!(first.header("x-sentrix-delivery"), second.header("x-sentrix-delivery"));
    assert_eq!(first.body, second.body);
    let flag: Value = serde_json::from_slice(&second.body).unwrap();
    assert_eq!(flag, logs.flags()[0]);
    assert_eq!(second.header("x-sentrix-event"), "flag");
    // As a receiver would check it.
    let mut openssl = std::process::Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", "shared"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut signed = second.header("x-sentrix-timestamp").as_bytes().to_vec();
    signed.push(b'.');
    signed.extend_from_slice(&second.body);
    openssl.stdin.take().unwrap().write_all(&signed).unwrap();
    let made = String::from_utf8(openssl.wait_with_output().unwrap().stdout).unwrap();
    let made = made.trim().rsplit(' ').next().unwrap();
    assert_eq!(second.header("x-sentrix-signature"), format!("sha256={made}"));
    assert_eq!(logs.state("SELECT count(*) FROM alerts"), 0);
}

#[test]
fn a_hook_that_is_no_url_is_refused_before_anything_is_read() {
    let logs = Logs::new();
    planted(&logs, 1);
    let ended = patrol(&logs, &["--webhook", "example.org/x"], &[]).exits(2);
    assert!(ended.stderr.contains("--webhook"), "{}", ended.stderr);
}
