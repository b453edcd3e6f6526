//! sentrix-relay: dial, listen, carry and the command line. Supervising needs root and is shown in a container.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn relay() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sentrix-relay"))
}

/// Ends a program when the test does, however it ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listened on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Connects as soon as somebody listens.
fn connect(port: u16) -> TcpStream {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(error) if Instant::now() > deadline => panic!("nobody listens on {port}: {error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Answers each connection with what it says, in capitals, once it has said all.
fn shout(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).unwrap();
            stream.write_all(&heard.to_ascii_uppercase()).unwrap();
        }
    });
}

fn listen(socket: &Path) -> (Killed, u16) {
    let port = free_port();
    let child = relay()
        .args(["listen", &format!("127.0.0.1:{port}")])
        .arg(socket)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (Killed(child), port)
}

fn dial(port: u16, input: &[u8]) -> (Option<i32>, Vec<u8>, String) {
    let mut child = relay()
        .args(["dial", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn bytes_pass_both_ways_through_dial_and_listen() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("llm.sock");
    shout(&socket);
    let (_relay, port) = listen(&socket);
    drop(connect(port));
    let (code, out, _) = dial(port, b"hello");
    assert_eq!((code, out.as_slice()), (Some(0), b"HELLO".as_slice()));
}

#[test]
fn eight_megabytes_arrive_whole() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("llm.sock");
    shout(&socket);
    let (_relay, port) = listen(&socket);
    drop(connect(port));
    let input: Vec<u8> = (0..8_000_000_u32).map(|number| b'a' + (number % 23) as u8).collect();
    let (code, out, _) = dial(port, &input);
    assert_eq!(code, Some(0));
    assert!(out == input.to_ascii_uppercase(), "{} of {} bytes, or wrong ones", out.len(), input.len());
}

#[test]
fn the_socket_may_come_later_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("llm.sock");
    let (_relay, port) = listen(&socket);
    let mut refused = connect(port);
    assert_eq!(refused.read(&mut [0]).unwrap(), 0, "nobody is there: the connection ends");
    shout(&socket);
    assert_eq!(dial(port, b"now").1, b"NOW");
}

#[test]
fn dial_says_when_nobody_listens() {
    let port = free_port();
    let (code, out, err) = dial(port, b"");
    assert_eq!((code, out.len()), (Some(4), 0));
    assert!(err.contains(&format!("127.0.0.1:{port}")) && err.lines().count() == 1, "{err}");
}

#[test]
fn dial_ends_when_the_far_side_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"bye").unwrap());
    let mut child = relay()
        .args(["dial", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map(Killed)
        .unwrap();
    let mut said = String::new();
    child.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "bye");
    assert_eq!(child.0.wait().unwrap().code(), Some(0), "its standard input is still open");
}

/// `carry` with its standard streams as one stream of ours.
fn carrying(sockets: &[&Path]) -> (Killed, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let output = theirs.try_clone().unwrap();
    let child = relay()
        .arg("carry")
        .args(sockets)
        .stdin(OwnedFd::from(theirs))
        .stdout(OwnedFd::from(output))
        .spawn()
        .unwrap();
    (Killed(child), ours)
}

#[test]
fn what_is_carried_reaches_the_server_of_its_socket() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    shout(&path("far-1.sock"));
    let (mut relay, ours) = carrying(&[&path("near-0.sock"), &path("near-1.sock")]);
    let (ready, greeted) = std::sync::mpsc::channel();
    let (end, far) = (ours.try_clone().unwrap(), dir.path().to_owned());
    let carrier = std::thread::spawn(move || {
        let mut connect = |service| UnixStream::connect(far.join(format!("far-{service}.sock")));
        let mut ready = || ready.send(()).unwrap();
        sentrix_carry::carry(&ours, &ours, sentrix_carry::Side::Far(&mut connect), &mut ready)
    });
    greeted.recv_timeout(Duration::from_secs(20)).unwrap();
    let mut stream = UnixStream::connect(path("near-1.sock")).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said, "HELLO");
    let nobody = UnixStream::connect(path("near-0.sock")).unwrap().read(&mut [0]).unwrap();
    assert_eq!(nobody, 0, "nothing listens at the other end of that one");
    // The carrier's end is the helper's, and its sockets are gone with it.
    end.shutdown(Shutdown::Both).unwrap();
    assert_eq!(relay.0.wait().unwrap().code(), Some(0));
    carrier.join().unwrap().unwrap();
    assert!(!path("near-0.sock").exists() && !path("near-1.sock").exists());
}

#[test]
fn carry_says_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let (socket, missing) = (dir.path().join("a.sock"), dir.path().join("no/b.sock"));
    let started = |socket: &Path, input: &str| {
        let mut child = relay();
        child.arg("carry").arg(socket).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = started(&socket, "GET / HTTP/1.1\r\n");
    assert_eq!(code, Some(4));
    assert!(said.contains("does not greet") && said.lines().count() == 1, "{said}");
    let (code, said) = started(&missing, "");
    assert_eq!(code, Some(4));
    assert!(said.contains("b.sock") && said.lines().count() == 1, "{said}");
}

#[test]
fn a_wrong_line_is_refused() {
    for arguments in
        [&["dial"][..], &["carry"], &["listen", "127.0.0.1:1"], &["supervise", "0", "a", "true"], &["fly"]]
    {
        let output = relay().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
