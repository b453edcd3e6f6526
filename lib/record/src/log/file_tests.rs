use super::*;
use crate::fs::fault::{Fault, FaultFs, Image, Op};
use std::io::ErrorKind;

const DIR: &str = "logs";
const NAME: &str = "20260310T014033.json";
const PATH: &str = "logs/20260310T014033.json";
const ENOSPC: i32 = 28;

fn create(fs: &FaultFs) -> LogFile<FaultFs> {
    LogFile::create(fs, Path::new(DIR), NAME.parse().unwrap()).unwrap()
}

fn open(fs: &FaultFs, len: Option<u64>) -> Result<(LogFile<FaultFs>, Recovered), LogError> {
    LogFile::open_for_append(fs, Path::new(DIR), NAME.parse().unwrap(), len)
}

fn batch(events: &[&str]) -> Batch {
    let mut batch = Batch::new();
    events.iter().for_each(|event| batch.push(event.as_bytes()));
    batch
}

fn text(fs: &FaultFs) -> String {
    String::from_utf8(fs.read(PATH).unwrap()).unwrap()
}

#[test]
fn the_layout_is_a_valid_array_after_every_append() {
    let fs = FaultFs::new();
    let mut log = create(&fs);
    assert_eq!(text(&fs), "[\n]\n");
    log.append(&mut Batch::new()).unwrap();
    log.append(&mut batch(&[r#"{"ts":1}"#])).unwrap();
    assert_eq!(text(&fs), "[\n  {\"ts\":1}\n]\n");
    log.append(&mut batch(&["5", r#"{"ts": 3}"#])).unwrap();
    log.append_one(b"{}").unwrap();
    assert_eq!(text(&fs), "[\n  {\"ts\":1}\n,\n  5\n,\n  {\"ts\": 3}\n,\n  {}\n]\n");
    assert_eq!(log.len(), text(&fs).len() as u64);
    let writes = fs.count(Op::Write);
    let closed = log.close().unwrap();
    assert_eq!((closed.events, closed.first_ts, closed.last_ts), (4, Some(1), Some(3)));
    assert_eq!((closed.bytes, closed.blake3), (text(&fs).len() as u64, blake3::hash(text(&fs).as_bytes())));
    assert_eq!((writes, fs.count(Op::Write)), (4, 4), "one write an append, none to close");
}

#[test]
fn a_new_file_is_durable_with_its_name() {
    let fs = FaultFs::new();
    create(&fs);
    assert_eq!(fs.crash(Image::Dropped).read(PATH).unwrap(), EMPTY);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let fs = FaultFs::new();
    fs.put(PATH, b"evidence");
    let error = LogFile::create(&fs, Path::new(DIR), NAME.parse().unwrap()).unwrap_err();
    assert!(matches!(error, LogError::Io(error) if error.source.kind() == ErrorKind::AlreadyExists));
    assert_eq!(text(&fs), "evidence");
}

#[test]
fn a_full_disk_leaves_the_file_as_it_was_and_the_batch_for_later() {
    for first in [true, false] {
        let fs = FaultFs::new();
        let mut log = create(&fs);
        if !first {
            log.append(&mut batch(&[r#"{"a":1}"#])).unwrap();
        }
        let before = text(&fs);
        fs.inject(fs.operations(), Fault::Full(ENOSPC));
        let mut more = batch(&[r#"{"b":2}"#, r#"{"c":3}"#]);
        assert!(log.append(&mut more).unwrap_err().is_full());
        assert!(log.append(&mut more).unwrap_err().is_full());
        assert!(log.append_one(b"{}").unwrap_err().is_full());
        assert_eq!((text(&fs), more.events()), (before, 2));
        fs.heal();
        log.append(&mut more).unwrap();
        assert!(more.is_empty() && text(&fs).ends_with("  {\"b\":2}\n,\n  {\"c\":3}\n]\n"));
        assert_eq!(log.close().unwrap().blake3, blake3::hash(text(&fs).as_bytes()));
    }
}

#[test]
fn a_file_that_could_not_be_restored_is_restored_before_the_next_append() {
    let fs = FaultFs::new();
    let mut log = create(&fs);
    log.append(&mut batch(&["1"])).unwrap();
    let now = fs.operations();
    for (operation, fault) in [(now, Fault::Short(3)), (now + 1, Fault::Error(5)), (now + 2, Fault::Error(5))]
    {
        fs.inject(operation, fault);
    }
    let mut more = batch(&["2"]);
    assert!(log.append(&mut more).is_err());
    assert_eq!(text(&fs), "[\n  1\n,\n ", "the torn state that this test is about");
    log.append(&mut more).unwrap();
    assert_eq!(text(&fs), "[\n  1\n,\n  2\n]\n");
}

#[test]
fn a_failed_sync_is_the_end_of_the_handle() {
    let fs = FaultFs::new();
    let mut log = create(&fs);
    log.append(&mut batch(&["1"])).unwrap();
    fs.inject(fs.operations(), Fault::Error(5));
    assert!(matches!(log.sync(), Err(LogError::Io(_))));
    let syncs = fs.count(Op::Sync);
    assert!(matches!(log.sync(), Err(LogError::Broken { .. })));
    assert!(matches!(log.append(&mut batch(&["2"])), Err(LogError::Broken { .. })));
    assert!(matches!(log.close(), Err(LogError::Broken { .. })));
    assert_eq!(fs.count(Op::Sync), syncs);
}

#[test]
fn short_writes_and_interrupts_give_the_same_bytes() {
    let fs = FaultFs::new();
    fs.dribble(1);
    let mut log = create(&fs);
    log.append(&mut batch(&["1", "2"])).unwrap();
    log.append_one(b"3").unwrap();
    assert_eq!(text(&fs), "[\n  1\n,\n  2\n,\n  3\n]\n");
}

#[test]
fn whatever_tore_the_end_all_whole_events_stay() {
    let whole = "[\n  {\"ts\":1}\n,\n  {\"ts\":2}\n]\n";
    let kept = |len: usize| match len {
        0..13 => "[\n]\n",
        13..26 => "[\n  {\"ts\":1}\n]\n",
        _ => whole,
    };
    for cut in 0..=whole.len() {
        for junk in ["", "\0\0\0", "\0\0\n  {\"ts\":3}\n]\n", "garbage\n"] {
            let fs = FaultFs::new();
            fs.put(PATH, format!("{}{junk}", &whole[..cut]).as_bytes());
            let (mut log, recovered) = open(&fs, None).unwrap();
            assert_eq!(text(&fs), kept(cut), "cut at {cut}, then {junk:?}");
            assert_eq!(recovered.changed, cut < whole.len() || !junk.is_empty());
            log.append(&mut batch(&["7"])).unwrap();
            assert_eq!(log.close().unwrap().blake3, blake3::hash(text(&fs).as_bytes()));
        }
    }
}

#[test]
fn a_known_length_is_cut_back_to_exactly() {
    let fs = FaultFs::new();
    let mut log = create(&fs);
    log.append(&mut batch(&[r#"{"ts":1}"#, r#"{"ts":2}"#])).unwrap();
    log.sync().unwrap();
    let (len, durable) = (log.len(), text(&fs));
    log.append(&mut batch(&[r#"{"ts":3}"#])).unwrap();
    drop(log);
    let (log, recovered) = open(&fs, Some(len)).unwrap();
    assert_eq!((text(&fs), log.events(), log.first_ts(), log.last_ts()), (durable, 2, Some(1), Some(2)));
    assert_eq!((recovered.changed, recovered.cut), (true, 15));
    let (log, recovered) = open(&fs, Some(len)).unwrap();
    assert_eq!((log.len(), recovered.changed, recovered.cut), (len, false, 0));
    let (log, _) = open(&fs, Some(4)).unwrap();
    assert!(log.is_empty() && text(&fs) == "[\n]\n");
}

#[test]
fn what_is_not_as_it_was_written_is_left_alone() {
    let python = "[\n  {\"ts\": 1},\n  {\"ts\": 2}\n]\n";
    for (content, len) in [
        ("[\n  1\n]\n", Some(99)),
        ("[\n  1\n,\n  2\n]\n", Some(9)),
        ("[\n\0\0\0\0\n]\n", Some(9)),
        ("", Some(0)),
        (python, None),
        (python, Some(30)),
        ("{\"ts\":1}\n{\"ts\":2}\n", None),
        ("[\n  {\n    \"ts\": 1\n  },\n  {\n    \"ts\": 2\n  }\n]\n", None),
        ("[{\"ts\":1},{\"ts\":2}]", None),
    ] {
        let fs = FaultFs::new();
        fs.put(PATH, content.as_bytes());
        let error = open(&fs, len).unwrap_err();
        assert!(matches!(error, LogError::Short { .. } | LogError::Foreign { .. }), "{content:?}: {error}");
        assert_eq!((text(&fs), fs.operations()), (content.to_owned(), 0));
    }
}

#[test]
fn a_large_event_comes_back_whole() {
    let fs = FaultFs::new();
    let mut log = create(&fs);
    let large = format!("\"{}\"", "x".repeat(3 << 20));
    log.append(&mut batch(&["1"])).unwrap();
    log.append_one(large.as_bytes()).unwrap();
    let len = log.len();
    let hash = log.close().unwrap().blake3;
    for expected in [None, Some(len)] {
        let (log, recovered) = open(&fs, expected).unwrap();
        assert_eq!((log.events(), log.len(), recovered.changed), (2, len, false));
        assert_eq!(log.close().unwrap().blake3, hash);
    }
}
