use super::*;
use crate::fs::fault::FaultFs;
use crate::log::{Batch, LogFile};
use crate::manifest::Manifest;
use std::time::UNIX_EPOCH;

const PATH: &str = "logs/manifest.jsonl";

fn name(second: u32) -> String {
    format!("20260310T0140{second:02}.json")
}

fn log(fs: &FaultFs, name: &str) -> LogFile<FaultFs> {
    let mut log = LogFile::create(fs, Path::new("logs"), name.parse().unwrap()).unwrap();
    let mut batch = Batch::new();
    batch.push(b"{\"ts\":1}");
    log.append(&mut batch).unwrap();
    log
}

/// Three closed files, one of them removed, and an open one.
fn archive() -> FaultFs {
    let fs = FaultFs::new();
    let (mut manifest, _) = Manifest::open(&fs, Path::new(PATH)).unwrap();
    for second in 1..5 {
        manifest.append(&log(&fs, &name(second)).close().unwrap()).unwrap();
    }
    manifest.remove(&name(1), UNIX_EPOCH).unwrap();
    log(&fs, &name(9));
    fs
}

fn problems(fs: &FaultFs) -> Vec<String> {
    verify(fs, Path::new(PATH)).unwrap().problems.iter().map(ToString::to_string).collect()
}

fn manifest(fs: &FaultFs) -> String {
    String::from_utf8(fs.read(PATH).unwrap()).unwrap()
}

#[test]
fn an_untouched_archive_holds() {
    let fs = archive();
    fs.put("logs/20260309T000000.json", b"older than the manifest");
    log(&fs, "20260310T014000-tap.json");
    let report = verify(&fs, Path::new(PATH)).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.files, report.bytes, report.events, report.removed), (3, 3 * 15, 3, 1));
    let names = |names: &[LogName]| names.iter().map(LogName::to_string).collect::<Vec<_>>();
    assert_eq!(names(&report.older), ["20260309T000000.json"]);
    assert_eq!(names(&report.open), ["20260310T014000-tap.json", "20260310T014009.json"]);
    assert_eq!(verify(&FaultFs::new(), Path::new(PATH)).unwrap(), Report::default());
}

#[test]
fn every_touch_of_a_file_is_named() {
    let path = |second| format!("logs/{}", name(second));
    let fs = archive();
    fs.put(path(2), b"[\n  {\"ts\":2}\n]\n");
    fs.put(path(3), b"[\n]\n");
    fs.remove(Path::new(&path(4))).unwrap();
    fs.put(path(5), b"[\n]\n");
    assert_eq!(
        problems(&fs),
        [
            "\"20260310T014002.json\" (manifest line 2) was changed",
            "\"20260310T014003.json\" (manifest line 3) has 4 bytes, not 15",
            "\"20260310T014004.json\" (manifest line 4) is missing",
            "\"20260310T014005.json\" has no line in the manifest",
        ]
    );
}

#[test]
fn every_touch_of_the_manifest_is_named() {
    let chain = |line: u64| format!("manifest line {line} does not follow from the one above it");
    let fs = archive();
    let good = manifest(&fs);
    let lines: Vec<&str> = good.lines().collect();
    let forged = lines[2].replacen("\"events\":1", "\"events\":5", 1);
    fs.put(PATH, good.replace(lines[2], &forged).as_bytes());
    assert_eq!(problems(&fs), [chain(4)]);
    fs.put(PATH, good.replace(lines[2], "{\"name\":").as_bytes());
    assert_eq!(problems(&fs)[..2], ["manifest line 3 cannot be read".to_owned(), chain(4)]);
    fs.put(PATH, good.replace(&format!("{}\n", lines[2]), "").as_bytes());
    assert_eq!(problems(&fs)[0], chain(3));
    fs.put(PATH, format!("{good}{}\n", lines[3]).as_bytes());
    assert_eq!(problems(&fs)[0], chain(6));
    fs.put(PATH, &good.as_bytes()[..good.len() - 1]);
    assert!(problems(&fs).contains(&"manifest line 5 is torn".to_owned()));
}

#[test]
fn a_name_that_leads_out_of_the_directory_is_not_followed() {
    let fs = archive();
    fs.put("secret", b"");
    let line = manifest(&fs).lines().next().unwrap().replace(&name(1), "../secret");
    fs.put(PATH, format!("{line}\n").as_bytes());
    assert!(problems(&fs)[0].starts_with("manifest line 1 names \"../secret\""));
}
