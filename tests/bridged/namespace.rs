//! A network namespace: a peer with an address that is not this machine's.

use super::LONG;
use std::io::{Read, Write};
use std::process::Command;
use std::thread;

/// An address of its own, behind a pair of virtual cards.
pub struct Namespace {
    name: String,
    /// Our address there.
    pub host: String,
    /// Its own.
    pub guest: String,
}

impl Namespace {
    pub fn new() -> Option<Self> {
        let id = std::process::id();
        let (name, a, b) =
            (format!("bridge{id}"), format!("bra{}", id % 100_000), format!("brb{}", id % 100_000));
        let net = id % 250;
        let namespace =
            Self { name: name.clone(), host: format!("10.213.{net}.1"), guest: format!("10.213.{net}.2") };
        let ip = |args: &str| {
            Command::new("ip").args(args.split(' ')).output().is_ok_and(|output| output.status.success())
        };
        let made = ip(&format!("netns add {name}"))
            && ip(&format!("link add {a} type veth peer name {b} netns {name}"))
            && ip(&format!("addr add {}/30 dev {a}", namespace.host))
            && ip(&format!("link set {a} up"))
            && ip(&format!("-n {name} addr add {}/30 dev {b}", namespace.guest))
            && ip(&format!("-n {name} link set {b} up"));
        made.then_some(namespace)
    }

    /// A client of the system's, because a test cannot move into a namespace alone. Without one there is nothing to be seen.
    pub fn ask(&self, host: &str, request: &[u8]) -> Vec<u8> {
        self.run(&["openssl", "s_client", "-quiet", "-connect", host], request)
    }

    pub fn try_plain(&self, host: &str, request: &[u8]) -> Vec<u8> {
        let at = host.replace(':', "/");
        self.run(&["bash", "-c", &format!("exec 3<>/dev/tcp/{at} && cat >&3 && cat <&3")], request)
    }

    fn run(&self, words: &[&str], request: &[u8]) -> Vec<u8> {
        let mut child = Command::new("ip")
            .args(["netns", "exec", &self.name])
            .args(words)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _gone_at_once = stdin.write_all(request);
        let mut stdout = child.stdout.take().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                let _nobody = sender.send(buffer[..count].to_vec());
            }
        });
        let mut answer = Vec::new();
        let whole = |answer: &[u8]| {
            answer.windows(4).position(|window| window == b"\r\n\r\n").is_some_and(|at| answer.len() > at + 6)
        };
        while !whole(&answer) {
            match receiver.recv_timeout(LONG) {
                Ok(bytes) => answer.extend(bytes),
                Err(_) => break,
            }
        }
        let _gone = child.kill();
        let _gone = child.wait();
        answer
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _gone = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}
