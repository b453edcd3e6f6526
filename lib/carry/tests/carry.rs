//! Both sides of a carrier over a pair of sockets, with real connections at both ends.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use sentrix_carry::frame::{Frame, GREETING, MOST_PAYLOAD, encode};
use sentrix_carry::{Error, MOST_CHANNELS, Side, WINDOW, carry, listen};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes; what takes longer hangs.
const LONG: Duration = Duration::from_secs(30);

type Ended = JoinHandle<Result<(), Error>>;

fn near(stream: UnixStream, sockets: &[PathBuf]) -> Ended {
    let listeners = sockets.iter().map(|path| listen(path).unwrap()).collect();
    spawn(move || carry(&stream, &stream, Side::Near(listeners), &mut || {}))
}

fn far(stream: UnixStream, server: PathBuf) -> (Ended, Receiver<()>) {
    let (sender, receiver) = channel();
    let body = move || {
        let mut connect = |_| UnixStream::connect(&server);
        carry(&stream, &stream, Side::Far(&mut connect), &mut || {
            let _ = sender.send(());
        })
    };
    (spawn(body), receiver)
}

struct Carried {
    dir: TempDir,
    near: Ended,
    far: Ended,
    /// Hands on the carrier, to be cut.
    cut: UnixStream,
}

impl Carried {
    /// A carrier to `server`, whose bytes pass through as `through` passes them.
    fn new(through: fn(UnixStream, UnixStream)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = UnixStream::pair().unwrap();
        let (c, d) = UnixStream::pair().unwrap();
        let cut = b.try_clone().unwrap();
        for (from, to) in [(&b, &c), (&c, &b)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            spawn(move || through(from, to));
        }
        let near = near(a, &[dir.path().join("in.sock")]);
        let (far, greeted) = far(d, dir.path().join("out.sock"));
        greeted.recv_timeout(LONG).unwrap();
        Self { dir, near, far, cut }
    }

    fn plain() -> Self {
        Self::new(|mut from, mut to| {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        })
    }

    fn server(&self) -> UnixListener {
        UnixListener::bind(self.dir.path().join("out.sock")).unwrap()
    }

    fn connect(&self) -> UnixStream {
        connect(&self.dir.path().join("in.sock"))
    }
}

fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.set_write_timeout(Some(LONG)).unwrap();
    stream
}

/// Gives everything back as it comes, and ends when its client does.
fn echo(listener: UnixListener) {
    spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            spawn(move || {
                let _ = std::io::copy(&mut stream.try_clone().unwrap(), &mut stream);
                let _ = stream.shutdown(Shutdown::Write);
            });
        }
    });
}

fn pattern(seed: usize, length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 31 + seed * 7 + place / 251) as u8).collect()
}

/// Sends it, ends, and gives what came back.
fn exchange(mut stream: UnixStream, bytes: &[u8]) -> Vec<u8> {
    let mut writer = stream.try_clone().unwrap();
    let copy = bytes.to_vec();
    let sent = spawn(move || {
        writer.write_all(&copy).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    stream.read_to_end(&mut back).unwrap();
    sent.join().unwrap();
    back
}

#[test]
fn many_connections_at_once_each_get_their_own_bytes() {
    let carried = Carried::plain();
    echo(carried.server());
    // More than fit at once: the last ones wait until they are accepted.
    let all: Vec<_> = (0..MOST_CHANNELS + 40)
        .map(|seed| {
            let stream = carried.connect();
            spawn(move || exchange(stream, &pattern(seed, 300_007)) == pattern(seed, 300_007))
        })
        .collect();
    assert!(all.into_iter().all(|one| one.join().unwrap()));
}

#[test]
fn every_size_arrives_whole_however_the_stream_is_cut_up() {
    let carried = Carried::new(|mut from, mut to| {
        let mut pieces = [1, 7, 8, 9, 4093].iter().cycle();
        let mut buffer = [0; 4093];
        while let Some(length) =
            from.read(&mut buffer[..*pieces.next().unwrap()]).ok().filter(|length| *length > 0)
        {
            to.write_all(&buffer[..length]).unwrap();
        }
    });
    echo(carried.server());
    let (payload, window) = (MOST_PAYLOAD, WINDOW as usize);
    for length in
        [0, 1, payload - 1, payload, payload + 1, window / 2, window - 1, window, window + 1, 5 * window]
    {
        assert!(exchange(carried.connect(), &pattern(1, length)) == pattern(1, length), "{length} bytes");
    }
}

#[test]
fn a_reader_who_stalls_holds_up_nobody_and_loses_nothing() {
    let carried = Carried::plain();
    let listener = carried.server();
    const ALL: usize = 8_000_000;
    let (progress, written) = channel();
    spawn(move || {
        // The first client gets all it can take; those after it get an echo.
        let mut first = listener.accept().unwrap().0;
        echo(listener);
        for piece in pattern(3, ALL).chunks(10_000) {
            first.write_all(piece).unwrap();
            progress.send(piece.len()).unwrap();
        }
    });
    let mut stalled = carried.connect();
    // Until nothing moves any more.
    let mut taken = 0;
    while let Ok(length) = written.recv_timeout(Duration::from_millis(500)) {
        taken += length;
    }
    assert!(taken < 2_000_000, "{taken} bytes were taken from a server whose client reads nothing");
    for seed in 0..20 {
        assert!(exchange(carried.connect(), &pattern(seed, 500_000)) == pattern(seed, 500_000));
    }
    let mut all = Vec::new();
    stalled.read_to_end(&mut all).unwrap();
    assert!(all == pattern(3, ALL), "{} bytes", all.len());
}

#[test]
fn cut_in_the_middle_both_sides_end_and_every_connection_breaks() {
    let carried = Carried::plain();
    let listener = carried.server();
    let mut streams: Vec<UnixStream> = (0..10).map(|_| carried.connect()).collect();
    let mut servers: Vec<UnixStream> = (0..10).map(|_| listener.accept().unwrap().0).collect();
    for (client, server) in streams.iter_mut().zip(&mut servers) {
        client.write_all(b"hello").unwrap();
        server.set_read_timeout(Some(LONG)).unwrap();
    }
    carried.cut.shutdown(Shutdown::Both).unwrap();
    for stream in streams.iter_mut().chain(&mut servers) {
        let mut rest = Vec::new();
        // An end or an error, but not a wait.
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
    drop(carried.near.join().unwrap());
    drop(carried.far.join().unwrap());
}

#[test]
fn what_is_left_is_replaced_and_who_listens_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in.sock");
    let first = listen(&path).unwrap();
    assert_eq!(listen(&path).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    drop(first);
    assert!(path.exists(), "a socket outlives who made it");
    drop(listen(&path).unwrap());
}

#[test]
fn a_server_that_is_not_there_is_the_end_of_that_connection_alone() {
    let carried = Carried::plain();
    assert_eq!(exchange(carried.connect(), b""), b"");
    echo(carried.server());
    assert_eq!(exchange(carried.connect(), b"there now"), b"there now");
}

#[test]
fn an_answer_arrives_though_the_server_did_not_read_on() {
    let carried = Carried::plain();
    let listener = carried.server();
    let mut client = carried.connect();
    client.write_all(&pattern(1, 100_000)).unwrap();
    let mut server = listener.accept().unwrap().0;
    server.read_exact(&mut [0; 10]).unwrap();
    server.write_all(b"too long").unwrap();
    drop(server);
    let mut answer = [0; 8];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"too long");
    assert_eq!(client.read(&mut answer).unwrap_or(0), 0);
}

#[test]
fn a_client_that_goes_away_is_told_to_its_server() {
    let carried = Carried::plain();
    let listener = carried.server();
    let client = carried.connect();
    let mut server = listener.accept().unwrap().0;
    server.set_write_timeout(Some(LONG)).unwrap();
    drop(client);
    let kind =
        std::iter::repeat_with(|| server.write_all(&[0; 10_000])).find_map(Result::err).unwrap().kind();
    assert!(matches!(kind, std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset), "{kind}");
}

/// What a far side says of these frames, sent after the greeting.
fn said(frames: &[(u32, Frame<'_>)]) -> Result<(), Error> {
    let mut bytes = VecDeque::new();
    for (id, frame) in frames {
        encode(*id, *frame, &mut bytes);
    }
    raw(bytes)
}

/// What it says of these bytes.
fn raw(after: VecDeque<u8>) -> Result<(), Error> {
    let dir = tempfile::tempdir().unwrap();
    let server = dir.path().join("out.sock");
    let listener = UnixListener::bind(&server).unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let (ended, _) = far(theirs, server);
    let mut bytes = VecDeque::from(GREETING);
    bytes.extend(after);
    // It may end before it has taken all.
    let _ = ours.write_all(bytes.make_contiguous());
    ours.shutdown(Shutdown::Write).unwrap();
    let result = ended.join().unwrap();
    drop(listener);
    result
}

#[test]
fn whoever_breaks_the_rules_ends_the_carrier() {
    let full = [0; MOST_PAYLOAD];
    let flood = |frame| {
        let mut frames = vec![(1, Frame::Open(0))];
        frames.extend(vec![(1, frame); 64]);
        frames
    };
    for frames in [
        vec![(1, Frame::Data(b"x"))],
        vec![(2, Frame::Open(0)), (1, Frame::Open(0))],
        vec![(1, Frame::Open(0)), (1, Frame::Open(0))],
        vec![(1, Frame::Open(0)), (1, Frame::Credit(1))],
        vec![(1, Frame::Open(0)), (1, Frame::End), (1, Frame::Data(b"x"))],
        vec![(1, Frame::Open(0)), (1, Frame::End), (1, Frame::End)],
        vec![(1, Frame::Open(0)), (1, Frame::Credit(0))],
        vec![(1, Frame::Open(0)), (1, Frame::Credit(u32::MAX))],
    ] {
        let result = said(&frames);
        assert!(matches!(result, Err(Error::Malformed(_))), "{frames:?}: {result:?}");
    }
    // Nobody reads there: what the socket does not take fills up what there is credit for, and more is too much.
    let result = said(&flood(Frame::Data(&full)));
    assert!(matches!(result, Err(Error::Malformed(_))), "{result:?}");
    assert!(matches!(said(&[(1, Frame::Open(0)), (1, Frame::Data(b"x")), (1, Frame::End)]), Ok(())));
}

#[test]
fn no_noise_makes_the_far_side_panic_or_wait() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for _ in 0..300 {
        let mut bytes = VecDeque::new();
        for opened in 1..random(40) as u32 + 2 {
            let id = random(u64::from(opened) + 1) as u32 + 1;
            match random(8) {
                0 => encode(id, Frame::End, &mut bytes),
                1 => encode(id, Frame::Reset, &mut bytes),
                2 => encode(id, Frame::Credit(random(1 << 18) as u32), &mut bytes),
                3 | 4 => encode(id, Frame::Data(&pattern(1, random(3000) as usize + 1)), &mut bytes),
                _ => encode(opened, Frame::Open(random(3) as u8), &mut bytes),
            }
        }
        for _ in 0..random(3) {
            let place = random(bytes.len() as u64) as usize;
            bytes[place] ^= 1 << random(8);
        }
        // Whatever it says of it, it says it: a panic would be an error of the join.
        drop(raw(bytes));
    }
}

#[test]
fn a_stranger_and_a_frame_cut_short_are_told_apart() {
    for (bytes, stranger) in [
        (&b"OCI runtime exec failed"[..], true),
        (b"carry 2\n", true),
        (b"car", true),
        (b"carry 1\n\x02\0\0\x05\0\0\0", false),
        (b"carry 1\n\x01\0\0\x01\0\0\0\x01", false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let (ended, _) = far(theirs, dir.path().join("none"));
        ours.write_all(bytes).unwrap();
        ours.shutdown(Shutdown::Write).unwrap();
        match ended.join().unwrap() {
            Err(Error::Stranger) => assert!(stranger, "{bytes:?}"),
            Err(Error::Cut) => assert!(!stranger, "{bytes:?}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn the_near_side_takes_no_orders() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let ended = near(theirs, &[dir.path().join("in.sock")]);
    let mut bytes = VecDeque::from(GREETING);
    encode(1, Frame::Open(0), &mut bytes);
    ours.write_all(bytes.make_contiguous()).unwrap();
    assert!(matches!(ended.join().unwrap(), Err(Error::Malformed(_))));
}

#[test]
fn an_opener_without_end_gets_no_more_than_the_most() {
    let dir = tempfile::tempdir().unwrap();
    let server = dir.path().join("out.sock");
    let listener = UnixListener::bind(&server).unwrap();
    let (kept, count) = channel();
    spawn(move || listener.incoming().for_each(|stream| drop(kept.send(stream))));
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (ended, _) = far(theirs, server);
    let mut bytes = VecDeque::from(GREETING);
    (1..=500).for_each(|id| encode(id, Frame::Open(0), &mut bytes));
    (&ours).write_all(bytes.make_contiguous()).unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = count.recv_timeout(Duration::from_millis(500)) {
        held.push(stream);
    }
    assert_eq!(held.len(), MOST_CHANNELS);
    drop(ours);
    ended.join().unwrap().unwrap();
}
