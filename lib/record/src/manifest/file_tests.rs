use super::*;
use crate::fs::fault::{Fault, FaultFs, Image, Op};
use std::time::UNIX_EPOCH;

const PATH: &str = "logs/manifest.jsonl";

fn closed(second: u32, content: &[u8]) -> Closed {
    Closed {
        name: format!("20260310T0140{second:02}.json").parse().unwrap(),
        bytes: content.len() as u64,
        events: 1,
        first_ts: Some(1),
        last_ts: None,
        blake3: blake3::hash(content),
    }
}

fn open(fs: &FaultFs) -> (Manifest<FaultFs>, Option<Torn>) {
    Manifest::open(fs, Path::new(PATH)).unwrap()
}

fn text(fs: &FaultFs) -> String {
    String::from_utf8(fs.read(PATH).unwrap()).unwrap()
}

#[test]
fn lines_are_chained_by_the_hash_of_the_line_above() {
    let fs = FaultFs::new();
    let (mut manifest, torn) = open(&fs);
    assert_eq!(torn, None);
    manifest.append(&closed(1, b"one")).unwrap();
    manifest.append(&closed(2, b"two")).unwrap();
    manifest.append(&closed(2, b"two")).unwrap();
    assert!(matches!(manifest.append(&closed(2, b"other")), Err(ManifestError::Taken { .. })));
    manifest.remove("20260310T014001.json", UNIX_EPOCH).unwrap();
    let text = text(&fs);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            r#"{{"name":"20260310T014001.json","bytes":3,"events":1,"first_ts":1,"last_ts":null,"blake3":"{}","prev":"{}"}}"#,
            blake3::hash(b"one").to_hex(),
            "0".repeat(64)
        )
    );
    assert!(lines[1].ends_with(&format!("\"prev\":\"{}\"}}", blake3::hash(lines[0].as_bytes()).to_hex())));
    assert_eq!(
        lines[2],
        format!(
            r#"{{"removed":"20260310T014001.json","at":"1970-01-01T00:00:00.000000Z","prev":"{}"}}"#,
            blake3::hash(lines[1].as_bytes()).to_hex()
        )
    );
    assert_eq!(lines.len(), 3);
    assert!(manifest.lists("20260310T014002.json") && !manifest.lists("20260310T014001.json"));
}

#[test]
fn an_append_is_durable_and_two_owners_share_one_chain() {
    let fs = FaultFs::new();
    let ((mut first, _), (mut second, _)) = (open(&fs), open(&fs));
    first.append(&closed(1, b"one")).unwrap();
    second.append(&closed(2, b"two")).unwrap();
    first.append(&closed(3, b"three")).unwrap();
    assert_eq!((first.listed().len(), second.listed().len()), (3, 2));
    let (after, torn) = open(&fs.crash(Image::Dropped));
    assert_eq!((after.listed(), torn), (first.listed(), None));
}

#[test]
fn a_torn_last_line_is_cut_off_and_told() {
    let fs = FaultFs::new();
    open(&fs).0.append(&closed(1, b"one")).unwrap();
    let whole = text(&fs);
    open(&fs).0.append(&closed(2, b"two")).unwrap();
    let two = text(&fs);
    for end in whole.len() + 1..two.len() {
        let mut holed = two.clone().into_bytes();
        holed[end - 1] = 0;
        for torn in [two.as_bytes()[..end].to_vec(), holed] {
            fs.put(PATH, &torn);
            let (manifest, found) = open(&fs);
            assert_eq!(found, Some(Torn { offset: whole.len() as u64, bytes: torn[whole.len()..].to_vec() }));
            assert_eq!((text(&fs), manifest.listed().len()), (whole.clone(), 1));
        }
    }
}

#[test]
fn nothing_is_appended_to_a_broken_chain() {
    let fs = FaultFs::new();
    let (mut manifest, _) = open(&fs);
    for second in 1..4 {
        manifest.append(&closed(second, b"x")).unwrap();
    }
    let good = text(&fs);
    let second = good.lines().nth(1).unwrap();
    for (bad, at) in [
        (good.replacen("\"events\":1", "\"events\":2", 1), 2),
        (good.replace(&format!("{second}\n"), ""), 2),
        (good.replace(second, "{}"), 2),
        (format!("{good}not json\n"), 4),
    ] {
        fs.put(PATH, bad.as_bytes());
        let error = Manifest::open(&fs, Path::new(PATH)).unwrap_err();
        assert!(matches!(error, ManifestError::Broken { line, .. } if line == at), "{error}");
        assert_eq!(text(&fs), bad, "evidence is left alone");
    }
    fs.put(PATH, b"");
    let (mut manifest, _) = open(&fs);
    manifest.append(&closed(1, b"x")).unwrap();
    fs.open(Path::new(PATH), Open::Write).unwrap().set_len(0).unwrap();
    assert!(matches!(manifest.append(&closed(2, b"x")), Err(ManifestError::Broken { .. })));
}

#[test]
fn a_full_disk_leaves_the_manifest_as_it_was() {
    let fs = FaultFs::new();
    let (mut manifest, _) = open(&fs);
    manifest.append(&closed(1, b"one")).unwrap();
    let before = text(&fs);
    fs.inject(fs.operations(), Fault::Full(28));
    assert!(manifest.append(&closed(2, b"two")).unwrap_err().is_full());
    assert_eq!(text(&fs), before);
    fs.heal();
    manifest.append(&closed(2, b"two")).unwrap();
    assert_eq!(open(&fs).0.listed().len(), 2);
}

#[test]
fn a_failed_sync_is_the_end_of_the_handle() {
    let fs = FaultFs::new();
    let (mut manifest, _) = open(&fs);
    fs.inject(fs.operations() + 1, Fault::Error(5));
    assert!(matches!(manifest.append(&closed(1, b"one")), Err(ManifestError::Io(_))));
    let syncs = fs.count(Op::Sync);
    assert!(matches!(manifest.append(&closed(1, b"one")), Err(ManifestError::GivenUp { .. })));
    assert_eq!(fs.count(Op::Sync), syncs);
}

#[test]
fn retention_removes_listed_files_alone_and_finishes_what_a_crash_left() {
    let fs = FaultFs::new();
    let (mut manifest, _) = open(&fs);
    for second in 1..5 {
        let closed = closed(second, b"12345");
        fs.put(Path::new("logs").join(closed.name.as_str()), b"12345");
        manifest.append(&closed).unwrap();
    }
    let keep = Retention { files: Some(3), bytes: None };
    let names: Vec<String> = manifest.expired(&keep, Some(9)).into_iter().map(|listed| listed.name).collect();
    assert_eq!(names, ["20260310T014001.json", "20260310T014002.json"]);
    manifest.remove(&names[0], UNIX_EPOCH).unwrap();
    fs.inject(fs.operations() + 2, Fault::Crash);
    assert!(manifest.remove(&names[1], UNIX_EPOCH).is_err());
    let after = fs.crash(Image::Kept);
    assert!(after.read("logs/20260310T014002.json").is_some(), "the crash came between line and removal");
    let (manifest, _) = open(&after);
    assert!(after.read("logs/20260310T014002.json").is_none() && manifest.listed().len() == 2);
}

#[test]
fn a_line_that_names_another_place_removes_nothing() {
    let fs = FaultFs::new();
    fs.put("secret", b"");
    let listed =
        r#"{"name":"../secret","bytes":0,"events":0,"first_ts":null,"last_ts":null,"blake3":"","prev":"#;
    let first = format!("{listed}\"{}\"}}", "0".repeat(64));
    let prev = blake3::hash(first.as_bytes()).to_hex();
    fs.put(
        PATH,
        format!("{first}\n{{\"removed\":\"../secret\",\"at\":\"\",\"prev\":\"{prev}\"}}\n").as_bytes(),
    );
    open(&fs);
    assert!(fs.read("secret").is_some());
}

#[test]
fn a_line_that_a_failed_sync_lost_is_written_again() {
    let fs = FaultFs::new();
    let (mut manifest, _) = open(&fs);
    let now = fs.operations();
    // The sync fails, and so does cutting the line off.
    fs.inject(now + 1, Fault::Error(5));
    fs.inject(now + 2, Fault::Error(5));
    assert!(manifest.append(&closed(1, b"one")).is_err());
    let (mut manifest, _) = open(&fs);
    assert!(manifest.lists("20260310T014001.json"));
    manifest.append(&closed(2, b"two")).unwrap();
    let (after, torn) = open(&fs.crash(Image::Dropped));
    assert_eq!((after.listed(), torn), (manifest.listed(), None));
}
