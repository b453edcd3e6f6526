use super::*;
use crate::fs::FsFile;
use std::io::IoSlice;

fn write(file: &FaultFile, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(&mut [IoSlice::new(bytes)], offset)
}

#[test]
fn content_and_names_become_durable_apart() {
    let fs = FaultFs::new();
    let path = Path::new("d/a");
    let file = fs.open(path, Open::CreateNew(0o600)).unwrap();
    write(&file, b"one", 0).unwrap();
    file.sync().unwrap();
    assert_eq!(fs.crash(Image::Dropped).read(path), None);
    fs.sync_dir(Path::new("d")).unwrap();
    write(&file, b"+two", 3).unwrap();
    fs.rename(path, Path::new("d/b")).unwrap();
    assert_eq!(fs.crash(Image::Kept).read("d/b").unwrap(), b"one+two");
    assert_eq!(fs.crash(Image::Dropped).read("d/a").unwrap(), b"one");
    assert_eq!(fs.crash(Image::NamesOnly).read("d/b").unwrap(), b"one");
    assert_eq!(fs.crash(Image::ContentOnly).read("d/a").unwrap(), b"one+two");
    assert_eq!(fs.crash(Image::Zeroed).read("d/b").unwrap(), b"one\0\0\0\0");
}

#[test]
fn a_crash_stops_everything_and_tears_the_write_under_way() {
    let fs = FaultFs::new();
    let file = fs.open(Path::new("a"), Open::Create).unwrap();
    fs.inject(1, Fault::Crash);
    assert!(write(&file, b"12345678", 0).is_err());
    assert!(fs.crashed() && file.sync().is_err() && fs.list(Path::new(".")).is_err());
    assert_eq!(fs.crash(Image::Kept).read("a").unwrap(), b"");
    assert_eq!(fs.crash(Image::Torn).read("a").unwrap(), b"1234");
}

#[test]
fn a_second_sync_after_a_failed_one_lies() {
    let fs = FaultFs::new();
    fs.put("a", b"");
    let file = fs.open(Path::new("a"), Open::Write).unwrap();
    write(&file, b"x", 0).unwrap();
    fs.inject(1, Fault::Error(5));
    assert!(file.sync().is_err());
    file.sync().unwrap();
    assert_ne!(fs.crash(Image::Dropped).read("a").unwrap(), b"x");
    write(&file, b"x", 0).unwrap();
    file.sync().unwrap();
    assert_eq!(fs.crash(Image::Dropped).read("a").unwrap(), b"x");
}

#[test]
fn a_full_disk_takes_half_and_then_only_what_is_there_already() {
    let fs = FaultFs::new();
    fs.put("a", b"old");
    let file = fs.open(Path::new("a"), Open::Write).unwrap();
    fs.inject(0, Fault::Full(28));
    assert_eq!(write(&file, b"123456", 3).unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(fs.read("a").unwrap(), b"old123");
    write(&file, b"O", 0).unwrap();
    assert!(fs.open(Path::new("b"), Open::Create).is_err());
    fs.heal();
    write(&file, b"456", 6).unwrap();
    assert_eq!(fs.read("a").unwrap(), b"Old123456");
}

#[test]
fn short_writes_and_interrupts_change_nothing_for_who_writes_all() {
    let fs = FaultFs::new();
    fs.put("a", b"");
    fs.dribble(1);
    let file = fs.open(Path::new("a"), Open::Write).unwrap();
    file.write_all_at(&mut [IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")], 0).unwrap();
    assert_eq!((fs.read("a").unwrap(), fs.count(Op::Write)), (b"one two".to_vec(), 7));
}

#[test]
fn one_handle_holds_the_lock_until_it_is_gone() {
    let fs = FaultFs::new();
    let [first, second] = [0, 1].map(|_| fs.open(Path::new("a"), Open::Create).unwrap());
    assert!(first.try_lock().unwrap() && !second.try_lock().unwrap());
    drop(first);
    assert!(second.try_lock().unwrap());
}
