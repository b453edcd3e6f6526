use super::*;
use std::net::TcpListener;

/// A page's connection after the upgrade, and its far end.
fn open() -> (Connection, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (near, peer) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    let now = Instant::now();
    let mut connection = Connection::new(near, peer, Door::Page, now);
    connection.upgrade(b"", Vec::new(), now);
    assert!(connection.is_open());
    (connection, far)
}

#[test]
fn what_is_left_of_a_turn_is_waited_for() {
    let (mut connection, _far) = open();
    for _ in 0..8 {
        assert_eq!(connection.tell(Say::Frame("x".repeat(TURN / 4))), None);
    }
    assert_eq!(connection.send(Instant::now()), None);
    assert_eq!(connection.interest().map(|(_, what)| what), Some(For::BOTH));
}

#[test]
fn frames_are_those_of_the_protocol_whatever_their_length() {
    for length in [0, 125, 126, 65_535, 65_536] {
        let (mut connection, far) = open();
        let text = "x".repeat(length);
        assert_eq!(connection.tell(Say::Frame(text.clone())), None);
        assert_eq!(connection.send(Instant::now()), None);
        let mut browser = WebSocket::from_raw_socket(far, Role::Client, None);
        let read = std::thread::spawn(move || browser.read().unwrap());
        while connection.interest().map(|(_, what)| what) != Some(For::WORDS) {
            let State::Open(open) = &mut connection.state else { unreachable!("it was opened") };
            open.write(Instant::now()).unwrap();
        }
        assert_eq!(read.join().unwrap(), Message::text(text));
    }
}
