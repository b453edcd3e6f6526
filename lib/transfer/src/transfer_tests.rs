use super::*;
use sentrix_record::fs::fault::{Fault as Break, FaultFs, Image};
use sentrix_record::fs::{FsFile, Open};
use sentrix_record::log::{Batch, LogFile};
use sentrix_record::manifest::verify;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LOGS: &str = "logs";

/// A collector's directory in memory, and what a hostile one shows besides.
#[derive(Clone, Default)]
struct Box {
    fs: FaultFs,
    hostile: Vec<Item>,
}

impl Box {
    fn path(name: &str) -> PathBuf {
        Path::new("box").join(name)
    }

    fn log(&self, second: u32) -> LogFile<FaultFs> {
        LogFile::create(&self.fs, Path::new("box"), name(second)).unwrap()
    }

    fn close(&self, log: LogFile<FaultFs>) {
        self.manifest().append(&log.close().unwrap()).unwrap();
    }

    fn manifest(&self) -> Manifest<FaultFs> {
        Manifest::open(&self.fs, &Self::path(manifest::FILE)).unwrap().0
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        self.fs.read(Self::path(name)).unwrap()
    }

    fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.bytes(name);
        edit(&mut bytes);
        self.fs.put(Self::path(name), &bytes);
    }
}

impl Source for Box {
    fn id(&self) -> String {
        "box".to_owned()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        let mut items = self.hostile.clone();
        for name in self.fs.list(Path::new("box"))? {
            let name = name.into_string().unwrap();
            let bytes = self.bytes(&name);
            let marker = blake3::hash(&bytes).to_hex().to_string();
            items.push(Item { name, kind: ItemKind::File, size: bytes.len() as u64, marker });
        }
        Ok(items)
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.fs.open(&Self::path(name), Open::Read)?.read_full_at(buffer, offset)
    }
}

fn name(second: u32) -> LogName {
    format!("20260310T0140{second:02}.json").parse().unwrap()
}

fn add(log: &mut LogFile<FaultFs>, numbers: std::ops::Range<u64>) {
    let mut batch = Batch::new();
    numbers.for_each(|number| batch.push(format!("{{\"ts\":{number}}}").as_bytes()));
    log.append(&mut batch).unwrap();
}

fn options() -> Options {
    Options { max_file: 1 << 20, now: || UNIX_EPOCH + Duration::from_secs(1_773_106_900) }
}

fn open(fs: &FaultFs, source: &Box) -> Result<Transfer<FaultFs, Box>, TransferError> {
    Transfer::open(fs, Path::new(LOGS), source.clone(), options())
}

/// One pass of a new process; gives the faults that it found.
fn sync(fs: &FaultFs, source: &Box) -> Vec<Fault> {
    let mut transfer = open(fs, source).unwrap();
    transfer.pass(None).unwrap();
    faults(&mut transfer)
}

fn faults(transfer: &mut Transfer<FaultFs, Box>) -> Vec<Fault> {
    let notices = transfer.notices().into_iter();
    notices.filter_map(|notice| if let Notice::Fault(fault) = notice { Some(fault) } else { None }).collect()
}

fn copy(fs: &FaultFs, name: &LogName) -> Vec<u8> {
    fs.read(Path::new(LOGS).join(name.as_str())).unwrap_or_default()
}

/// The gap events in our own log file.
fn gaps(fs: &FaultFs) -> Vec<serde_json::Value> {
    let paths = fs.paths().into_iter();
    let ours = paths.filter(|path| path.starts_with(LOGS) && path.to_str().unwrap().ends_with("-sync.json"));
    ours.flat_map(|path| serde_json::from_slice::<Vec<serde_json::Value>>(&fs.read(path).unwrap()).unwrap())
        .collect()
}

#[track_caller]
fn assert_verified(fs: &FaultFs) {
    assert_eq!(verify(fs, &Path::new(LOGS).join(manifest::FILE)).unwrap().problems, []);
}

/// A closed file of five events and a growing one of three, both copied.
fn copied() -> (FaultFs, Box, LogFile<FaultFs>) {
    let (fs, source) = (FaultFs::new(), Box::default());
    let mut log = source.log(1);
    add(&mut log, 0..5);
    source.close(log);
    let mut log = source.log(2);
    add(&mut log, 5..8);
    assert_eq!(sync(&fs, &source), []);
    (fs, source, log)
}

#[test]
fn files_are_copied_as_they_grow_and_verified_when_they_are_closed() {
    let (fs, source, mut log) = copied();
    for number in 8..20 {
        add(&mut log, number..number + 1);
        assert_eq!(sync(&fs, &source), []);
        assert_eq!(copy(&fs, &name(2)), source.bytes(name(2).as_str()));
    }
    let state = || String::from_utf8(fs.read("logs/.sentrix_sync_state").unwrap()).unwrap();
    assert_eq!(state(), r#"["20260310T014001.json"]"#);
    add(&mut log, 20..30);
    source.close(log);
    assert_eq!(sync(&fs, &source), []);
    assert_eq!(state(), r#"["20260310T014001.json", "20260310T014002.json"]"#);
    for second in [1, 2] {
        assert_eq!(copy(&fs, &name(second)), source.bytes(name(second).as_str()));
    }
    assert_verified(&fs);
    let operations = fs.operations();
    let mut transfer = open(&fs, &source).unwrap();
    let opened = fs.operations();
    transfer.pass(None).unwrap();
    assert_eq!(fs.operations(), opened, "a pass with nothing new writes nothing");
    assert!(operations < opened);
}

/// Events handed on, and what counts as handed on.
#[derive(Default)]
struct Pipe {
    read: Vec<Vec<u8>>,
    waiting: Vec<Vec<u8>>,
}

impl Sink for Pipe {
    fn event(&mut self, event: &[u8]) -> io::Result<()> {
        self.waiting.push(event.to_vec());
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.read.append(&mut self.waiting);
        Ok(())
    }
}

/// Grows a box in four steps, copying and emitting after each, until the copying side dies.
fn life(fs: &FaultFs, source: &Box, pipe: &mut Pipe) -> Result<(), TransferError> {
    let mut transfer = open(fs, source)?;
    let mut log = source.log(1);
    add(&mut log, 0..3);
    transfer.pass(Some(pipe))?;
    add(&mut log, 3..5);
    transfer.pass(Some(pipe))?;
    add(&mut log, 5..6);
    source.close(log);
    let mut log = source.log(2);
    add(&mut log, 6..9);
    transfer.pass(Some(pipe))?;
    source.close(log);
    transfer.pass(Some(pipe))
}

/// What a box holds after its life, whenever the copying side died.
fn whole_life() -> Box {
    let source = Box::default();
    life(&FaultFs::new(), &source, &mut Pipe::default()).unwrap();
    source
}

#[test]
fn a_crash_at_any_operation_loses_nothing_and_tears_nothing() {
    let counting = FaultFs::new();
    life(&counting, &Box::default(), &mut Pipe::default()).unwrap();
    let whole = whole_life();
    let events: Vec<Vec<u8>> = (0..9).map(|number| format!("{{\"ts\":{number}}}").into_bytes()).collect();
    let mut twice = 0;
    for operation in 0..counting.operations() {
        for image in Image::ALL {
            let (fs, mut pipe) = (FaultFs::new(), Pipe::default());
            fs.inject(operation, Break::Crash);
            // The very last operation frees a lock, which nobody waits for.
            let _died = life(&fs, &Box::default(), &mut pipe);
            assert!(fs.crashed());
            let after = fs.crash(image);
            if image == Image::Kept {
                // The process died, the machine lives: every copy is a valid array of whole events.
                for second in [1, 2] {
                    let bytes = copy(&after, &name(second));
                    let valid =
                        bytes.is_empty() || serde_json::from_slice::<Vec<serde_json::Value>>(&bytes).is_ok();
                    assert!(valid, "{operation}: {}", String::from_utf8_lossy(&bytes));
                }
            }
            pipe.waiting.clear();
            let mut transfer = open(&after, &whole).unwrap();
            transfer.pass(Some(&mut pipe)).unwrap();
            assert_eq!(faults(&mut transfer), [], "{operation} {image:?}");
            for second in [1, 2] {
                assert_eq!(
                    copy(&after, &name(second)),
                    whole.bytes(name(second).as_str()),
                    "{operation} {image:?}"
                );
            }
            assert_verified(&after);
            let mut once = pipe.read.clone();
            once.sort();
            once.dedup();
            assert_eq!(once, events, "{operation} {image:?}: every event is emitted");
            twice = twice.max(pipe.read.len() - events.len());
            let folder = after.paths();
            assert!(!folder.iter().any(|path| path.to_str().unwrap().ends_with(".tmp")), "{folder:?}");
        }
    }
    // The images lose what was not synced; the events of the journal's lines that were lost come again.
    assert!(twice <= events.len(), "{twice}");
}

#[test]
fn a_death_between_passes_emits_nothing_twice() {
    let (fs, source, mut log) = copied();
    let mut pipe = Pipe::default();
    open(&fs, &source).unwrap().pass(Some(&mut pipe)).unwrap();
    assert_eq!(pipe.read.len(), 8, "what earlier runs copied without emitting comes too");
    add(&mut log, 8..9);
    let after = fs.crash(Image::Kept);
    open(&after, &source).unwrap().pass(Some(&mut pipe)).unwrap();
    open(&after, &source).unwrap().pass(Some(&mut pipe)).unwrap();
    let want: Vec<Vec<u8>> = (0..9).map(|number| format!("{{\"ts\":{number}}}").into_bytes()).collect();
    assert_eq!(pipe.read, want);
}

#[test]
fn a_full_disk_loses_nothing() {
    let counting = FaultFs::new();
    life(&counting, &Box::default(), &mut Pipe::default()).unwrap();
    let whole = whole_life();
    for operation in 0..counting.operations() {
        let fs = FaultFs::new();
        fs.inject(operation, Break::Full(28));
        let _full_or_not = life(&fs, &Box::default(), &mut Pipe::default());
        fs.heal();
        assert_eq!(sync(&fs, &whole), [], "{operation}");
        for second in [1, 2] {
            assert_eq!(copy(&fs, &name(second)), whole.bytes(name(second).as_str()), "{operation}");
        }
    }
}

#[test]
fn hostile_names_are_refused_once_and_nothing_of_them_is_taken() {
    let (fs, mut source, _log) = copied();
    let before = fs.paths();
    for (name, kind) in [
        ("../20260310T014009.json", ItemKind::File),
        ("/etc/passwd", ItemKind::File),
        ("20260310T014003.json", ItemKind::Link),
        ("20260310T014004.json", ItemKind::HardLink),
        ("20260310T014005.json", ItemKind::Directory),
        ("20260310T014006.json", ItemKind::Other),
        ("patrol_flags.jsonl", ItemKind::File),
        ("police.db", ItemKind::File),
        ("20260310T014007-tap.json", ItemKind::File),
        ("20260310T014007-sync.json", ItemKind::File),
    ] {
        source.hostile.push(Item { name: name.to_owned(), kind, size: 5, marker: String::new() });
    }
    let huge =
        Item { name: name(8).to_string(), kind: ItemKind::File, size: 10 << 30, marker: String::new() };
    source.hostile.push(huge);
    let found = sync(&fs, &source);
    let kinds: Vec<_> = found.iter().map(|fault| (fault.file.as_str(), fault.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("../20260310T014009.json", Kind::Name),
            ("/etc/passwd", Kind::Name),
            ("20260310T014003.json", Kind::Irregular),
            ("20260310T014004.json", Kind::Irregular),
            ("20260310T014005.json", Kind::Irregular),
            ("20260310T014006.json", Kind::Irregular),
            ("20260310T014008.json", Kind::Oversized),
        ]
    );
    let new: Vec<_> = fs.paths().into_iter().filter(|path| !before.contains(path)).collect();
    assert_eq!(new, [Path::new("logs/20260310T014140-sync.json")]);
    assert_eq!(gaps(&fs).len(), 7);
    assert_eq!((sync(&fs, &source), gaps(&fs).len()), (vec![], 7));
    assert_eq!(open(&fs, &source).unwrap().faults(), 7);
}

/// Edits the box; what was copied stays, one fault is found and recorded once.
#[track_caller]
fn assert_refused(edit: impl FnOnce(&Box), file: &str, kind: Kind) -> Fault {
    let (fs, source, _log) = copied();
    let before = [1, 2].map(|second| copy(&fs, &name(second)));
    edit(&source);
    let found = sync(&fs, &source);
    assert_eq!(
        found.iter().map(|fault| (fault.file.as_str(), fault.kind)).collect::<Vec<_>>(),
        [(file, kind)]
    );
    assert_eq!([1, 2].map(|second| copy(&fs, &name(second))), before);
    let gaps_of_it = gaps(&fs);
    assert_eq!(gaps_of_it.len(), 1);
    assert_eq!(gaps_of_it[0]["event"], "sentrix_gap");
    assert_eq!(gaps_of_it[0]["why"], "tampered");
    assert_eq!(gaps_of_it[0]["source"]["file"], file);
    assert_eq!(sync(&fs, &source), [], "once");
    assert_eq!(open(&fs, &source).unwrap().faults(), 1, "and it stands");
    assert_verified(&fs);
    found[0].clone()
}

#[test]
fn rewritten_history_is_refused_and_the_evidence_kept() {
    let (one, two) = (name(1), name(2));
    let digit = |bytes: &mut Vec<u8>| bytes[10] = b'9';
    let fault = assert_refused(|source| source.edit(one.as_str(), digit), one.as_str(), Kind::Rewritten);
    assert_eq!(fault.offset, 10, "edited after it was closed");
    let fault = assert_refused(|source| source.edit(two.as_str(), digit), two.as_str(), Kind::Rewritten);
    assert_eq!(fault.offset, 10, "edited while it grows");
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(20);
    assert_refused(|source| source.edit(one.as_str(), cut), one.as_str(), Kind::Cut);
    assert_refused(|source| source.edit(two.as_str(), cut), two.as_str(), Kind::Cut);
    let more = |bytes: &mut Vec<u8>| bytes.extend(b",\n  {}\n]\n");
    assert_refused(|source| source.edit(one.as_str(), more), one.as_str(), Kind::Rewritten);
    let foreign = |bytes: &mut Vec<u8>| {
        bytes.truncate(bytes.len() - 2);
        bytes.extend(b",\n  {no JSON}\n]\n");
    };
    assert_refused(|source| source.edit(two.as_str(), foreign), two.as_str(), Kind::Foreign);
    let gone = |name: &'static str| move |source: &Box| source.fs.remove(&Box::path(name)).unwrap();
    assert_refused(gone("20260310T014001.json"), one.as_str(), Kind::Missing);
    assert_refused(gone("20260310T014002.json"), two.as_str(), Kind::Missing);
}

#[test]
fn a_rewritten_manifest_is_refused_and_its_first_bad_line_named() {
    let manifest = manifest::FILE;
    let line = |fault: Fault| fault.line;
    let edit = |from: &'static str, to: &'static str| {
        move |source: &Box| {
            source.edit(manifest, |bytes| {
                *bytes = String::from_utf8(bytes.clone()).unwrap().replace(from, to).into_bytes();
            });
        }
    };
    assert_eq!(
        line(assert_refused(edit("\"events\":5", "\"events\":4"), manifest, Kind::Rewritten)),
        Some(1)
    );
    assert_eq!(
        line(assert_refused(|source| source.edit(manifest, Vec::clear), manifest, Kind::Cut)),
        Some(1)
    );
    let fork = |source: &Box| {
        source.edit(manifest, |bytes| {
            let line = bytes.clone();
            bytes.extend(String::from_utf8(line).unwrap().replace("014001", "014000").into_bytes());
        });
    };
    assert_eq!(line(assert_refused(fork, manifest, Kind::Chain)), Some(2));
    let gone = |source: &Box| source.fs.remove(&Box::path(manifest)).unwrap();
    assert_refused(gone, manifest, Kind::Missing);
}

#[test]
fn a_closed_file_that_is_not_what_its_manifest_lists_is_not_taken() {
    let (fs, source, mut log) = copied();
    add(&mut log, 8..9);
    source.close(log);
    source.edit(name(2).as_str(), |bytes| {
        let at = bytes.len() - 5;
        bytes[at] = b'0';
    });
    let before = copy(&fs, &name(2));
    let found = sync(&fs, &source);
    assert_eq!((found[0].kind, found.len()), (Kind::Unverified, 1));
    assert_eq!(copy(&fs, &name(2)), before);
    assert!(!fs.paths().iter().any(|path| path.to_str().unwrap().ends_with(".tmp")));
}

#[test]
fn what_was_in_the_log_directory_already_is_never_written_over() {
    let source = Box::default();
    let mut log = source.log(1);
    add(&mut log, 0..5);
    source.close(log);
    for content in [&b"[\n  {\"mine\":1},\n  {\"mine\":2}\n]\n"[..], b"[\n  {\"ts\":7}\n]\n"] {
        let fs = FaultFs::new();
        fs.put(Path::new(LOGS).join(name(1).as_str()), content);
        let found = sync(&fs, &source);
        assert_eq!((found[0].kind, found.len()), (Kind::Taken, 1));
        assert_eq!(copy(&fs, &name(1)), content);
    }
}

#[test]
fn retention_at_the_source_is_no_fault() {
    let (fs, source, mut log) = copied();
    source.manifest().remove(name(1).as_str(), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(sync(&fs, &source), []);
    assert!(!copy(&fs, &name(1)).is_empty() && gaps(&fs).is_empty());
    add(&mut log, 8..9);
    source.close(log);
    source.manifest().remove(name(2).as_str(), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(sync(&fs, &source), []);
    let gaps = gaps(&fs);
    assert_eq!(gaps.len(), 1, "event 8 was never copied");
    assert_eq!((&gaps[0]["why"], &gaps[0]["source"]["file"]), (&"deleted".into(), &name(2).as_str().into()));
    assert_verified(&fs);
    assert_eq!(open(&fs, &source).unwrap().faults(), 0);
}

#[test]
fn holes_and_torn_ends_are_waited_for() {
    let (fs, source, mut log) = copied();
    let whole = source.bytes(name(2).as_str());
    let before = copy(&fs, &name(2));
    for torn in [&b",\n  {\"ts\":8"[..], b"\0\0\0\0", b",\n  \0\0\0\0\0\0"] {
        source.edit(name(2).as_str(), |bytes| {
            bytes.truncate(whole.len() - 2);
            bytes.extend(torn);
        });
        assert_eq!(sync(&fs, &source), [], "{torn:?}");
        assert_eq!(copy(&fs, &name(2)), before);
    }
    source.fs.put(Box::path(name(2).as_str()), &whole);
    log = LogFile::open_for_append(&source.fs, Path::new("box"), log.name().clone(), None).unwrap().0;
    add(&mut log, 8..9);
    assert_eq!(sync(&fs, &source), []);
    assert_eq!(copy(&fs, &name(2)), source.bytes(name(2).as_str()));
}

#[test]
fn two_do_not_write_in_one_directory() {
    let (fs, source, _log) = copied();
    let held = open(&fs, &source).unwrap();
    assert!(matches!(open(&fs, &source), Err(TransferError::Lock(_))));
    drop(held);
    let collector = Lock::acquire(&fs, &Path::new(LOGS).join(COLLECTOR_LOCK)).unwrap();
    assert!(matches!(open(&fs, &source), Err(TransferError::Lock(_))));
    drop(collector);
    open(&fs, &source).unwrap();
}
