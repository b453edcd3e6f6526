use super::*;
use std::io::Cursor;
use tar::{Builder, Header};

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(7);
    header
}

/// Puts in a path as it is, which the builder would refuse.
fn put(archive: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, bytes: &[u8]) {
    let mut header = header(kind, bytes.len() as u64);
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    if matches!(kind, EntryType::Link | EntryType::Symlink) {
        header.set_link_name("x").unwrap();
    }
    header.set_cksum();
    archive.append(&header, bytes).unwrap();
}

fn source(dir: Vec<u8>, file: Vec<u8>) -> impl Source {
    Archive::new("box", move |name: Option<&str>| {
        Ok(Box::new(Cursor::new(if name.is_some() { file.clone() } else { dir.clone() })) as Box<dyn Read>)
    })
}

#[test]
fn hostile_entries_are_told_for_what_they_are() {
    let mut archive = Builder::new(Vec::new());
    put(&mut archive, "agent_logs/", EntryType::Directory, b"");
    put(&mut archive, "agent_logs/20260310T014001.json", EntryType::Regular, b"[\n]\n");
    put(&mut archive, "agent_logs/link", EntryType::Symlink, b"");
    put(&mut archive, "agent_logs/hard", EntryType::Link, b"");
    put(&mut archive, "agent_logs/device", EntryType::Block, b"");
    put(&mut archive, "agent_logs/rejects/", EntryType::Directory, b"");
    put(&mut archive, "agent_logs/rejects/deep", EntryType::Regular, b"x");
    put(&mut archive, "../escape", EntryType::Regular, b"x");
    put(&mut archive, "agent_logs/../../escape", EntryType::Regular, b"x");
    put(&mut archive, "/etc/passwd", EntryType::Regular, b"x");
    put(&mut archive, "agent_logs/twice", EntryType::Regular, b"x");
    put(&mut archive, "agent_logs/twice", EntryType::Regular, b"yy");
    let items = source(archive.into_inner().unwrap(), vec![]).list().unwrap();
    let seen: Vec<_> = items.iter().map(|item| (item.name.as_str(), item.kind, item.size)).collect();
    assert_eq!(
        seen,
        [
            ("20260310T014001.json", ItemKind::File, 4),
            ("link", ItemKind::Link, 0),
            ("hard", ItemKind::HardLink, 0),
            ("device", ItemKind::Other, 0),
            ("rejects", ItemKind::Directory, 0),
            ("../escape", ItemKind::File, 1),
            ("agent_logs/../../escape", ItemKind::File, 1),
            ("/etc/passwd", ItemKind::File, 1),
            ("twice", ItemKind::Other, 2),
        ]
    );
    let times: Vec<_> = items.iter().map(|item| item.marker.as_str()).collect();
    assert_eq!(times[0], "archive:4:7");
}

#[test]
fn a_million_names_are_a_crowd() {
    let mut one = Builder::new(Vec::new());
    put(&mut one, "d/name", EntryType::Regular, b"");
    let bytes = one.into_inner().unwrap();
    let block = bytes[..512].to_vec();
    // Different names: a number in each, and the sum of its bytes corrected.
    let blocks = (0..1_000_000u32).flat_map(move |number| {
        let mut header = Header::from_byte_slice(&block).clone();
        let name = format!("d/{number:07}");
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        header.as_bytes().to_vec()
    });
    let mut blocks = Some(blocks);
    let mut source = Archive::new("box", move |_: Option<&str>| {
        Ok(Box::new(Bytes(blocks.take().unwrap())) as Box<dyn Read>)
    });
    assert_eq!(source.list().unwrap_err().kind(), ErrorKind::FileTooLarge);
}

struct Bytes<I>(I);

impl<I: Iterator<Item = u8>> Read for Bytes<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(buffer.iter_mut().zip(&mut self.0).map(|(to, from)| *to = from).count())
    }
}

#[test]
fn a_name_without_end_is_not_read_to_its_end() {
    let header = header(EntryType::GNULongName, 10 << 30);
    let mut bytes = header.as_bytes().to_vec();
    let mut sum = Header::from_byte_slice(&bytes).clone();
    sum.set_cksum();
    bytes = sum.as_bytes().to_vec();
    let mut source = Archive::new("box", move |_: Option<&str>| {
        Ok(Box::new(Cursor::new(bytes.clone()).chain(io::repeat(b'a'))) as Box<dyn Read>)
    });
    assert_eq!(source.list().unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(source.read("x", 0, &mut [0; 4]).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn a_file_is_read_from_any_offset() {
    let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_be_bytes).collect();
    let mut archive = Builder::new(Vec::new());
    put(&mut archive, "name", EntryType::Regular, &bytes);
    let mut source = source(vec![], archive.into_inner().unwrap());
    let mut buffer = vec![0; 70_000];
    for offset in [0, 70_000, 140_000, 139_990, 209_000, 1_199_990, 1_199_998, 5, 2_000_000] {
        let read = source.read("name", offset, &mut buffer).unwrap();
        let at = usize::try_from(offset).unwrap().min(bytes.len());
        let want = &bytes[at..(at + buffer.len()).min(bytes.len())];
        assert!(buffer[..read] == *want, "{offset}");
    }
    assert!(source.read("../name", 0, &mut buffer).is_err());
}

#[test]
fn what_is_no_file_is_not_read() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo] {
        let mut archive = Builder::new(Vec::new());
        put(&mut archive, "name", kind, b"");
        let error = source(vec![], archive.into_inner().unwrap()).read("name", 0, &mut [0; 4]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_file_that_is_cut_off_is_an_error() {
    let mut archive = Builder::new(Vec::new());
    put(&mut archive, "name", EntryType::Regular, &[b'x'; 10_000]);
    let mut bytes = archive.into_inner().unwrap();
    bytes.truncate(5_000);
    let mut source = source(vec![], bytes);
    assert_eq!(source.read("name", 0, &mut [0; 10_000]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
}
