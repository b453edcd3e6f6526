use super::wire::{HERE, MAX_READ};
use super::{Remote, serve};
use crate::source::{Item, ItemKind, Source};
use std::io::{self, ErrorKind, Read, Write, pipe};
use std::thread;

/// Files in memory; more of one is there after each listing.
struct Files {
    bytes: Vec<u8>,
    crowd: bool,
}

impl Source for Files {
    fn id(&self) -> String {
        "files".into()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        if self.crowd {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let item = |name: &str, kind| Item {
            name: name.into(),
            kind,
            size: self.bytes.len() as u64,
            marker: "m\n1".into(),
        };
        Ok(vec![item("a\nb", ItemKind::Link), item("file", ItemKind::File)])
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if name != "file" {
            return Err(ErrorKind::NotFound.into());
        }
        let rest = self.bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

fn bytes() -> Vec<u8> {
    (0..5_000_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn remote(mut files: Files) -> Remote<io::PipeReader, io::PipeWriter> {
    let (questions, ask) = pipe().unwrap();
    let (answers, answer) = pipe().unwrap();
    thread::spawn(move || serve(&mut files, questions, answer));
    Remote::new("far", answers, ask)
}

#[test]
fn what_is_far_reads_as_what_is_near() {
    let (mut near, mut far) =
        (Files { bytes: bytes(), crowd: false }, remote(Files { bytes: bytes(), crowd: false }));
    assert_eq!(far.id(), "far");
    assert_eq!(far.list().unwrap(), near.list().unwrap());
    assert_eq!(far.list().unwrap(), near.list().unwrap(), "when it is the same, too");
    let (mut ours, mut theirs) = (vec![0; MAX_READ * 3 / 2], vec![0; MAX_READ * 3 / 2]);
    let mib = MAX_READ as u64;
    for offset in [0, mib, 2 * mib, 7, 4 * mib, 4_999_990, 6_000_000, 0] {
        for length in [MAX_READ, 1, 0, MAX_READ * 3 / 2, MAX_READ] {
            let want = near.read("file", offset, &mut ours[..length]).unwrap();
            assert_eq!(far.read("file", offset, &mut theirs[..length]).unwrap(), want, "{offset} {length}");
            assert_eq!(ours[..want], theirs[..want]);
        }
        assert_eq!(far.read("gone", 0, &mut theirs[..9]).unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert!(!far.has_ended());
}

#[test]
fn a_crowd_is_told_as_one() {
    let mut far = remote(Files { bytes: vec![], crowd: true });
    assert_eq!(far.list().unwrap_err().kind(), ErrorKind::FileTooLarge);
    assert!(!far.has_ended());
}

/// One that answers whatever it likes.
fn liar(answers: &[u8]) -> Remote<impl Read, impl Write> {
    let mut all = b"sentrix-serve 1\n".to_vec();
    all.extend(answers);
    Remote::new("liar", io::Cursor::new(all), io::sink())
}

#[test]
fn who_breaks_the_rules_is_not_heard_any_more() {
    let mut huge = vec![HERE];
    huge.extend(u32::MAX.to_be_bytes());
    let mut far = liar(&huge);
    assert_eq!(
        far.list().unwrap_err().kind(),
        ErrorKind::FileTooLarge,
        "no room is made for what is claimed"
    );
    assert!(far.has_ended());
    let mut far = liar(&huge);
    assert_eq!(far.read("file", 0, &mut [0; 8]).unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(far.read("file", 0, &mut [0; 8]).unwrap_err().kind(), ErrorKind::NotConnected);
    let mut item = vec![HERE, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0];
    item.extend([0, 1, b'x', 0, 1, b'm']);
    assert_eq!(liar(&item).list().unwrap_err().kind(), ErrorKind::InvalidData, "no such kind");
    let mut long = vec![HERE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    long.extend([0xff, 0xff]);
    assert_eq!(liar(&long).list().unwrap_err().kind(), ErrorKind::InvalidData, "no such name");
    assert_eq!(liar(b"").list().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    let mut shell = Remote::new("shell", io::Cursor::new(b"bash: not found\n"), io::sink());
    assert_eq!(shell.list().unwrap_err().kind(), ErrorKind::InvalidData);
}
