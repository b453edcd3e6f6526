//! Megabytes per CPU-second of the record's hot paths, one JSON line each: `cargo run --release --example throughput
//! [MEGABYTES]`. Best of five; the lines are like OpenClaw's, about 180 bytes.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use rustix::time::{ClockId, clock_gettime};
use sentrix_record::frame::{Frame, Framer, check_event};
use sentrix_record::fs::StdFs;
use sentrix_record::log::{Batch, Entries, LogFile};
use std::hint::black_box;
use std::path::Path;

const CHUNK: usize = 256 << 10;

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(64);
    let source = source(megabytes << 20);
    let lines: Vec<&[u8]> = source.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    measure("frame", source.len(), || {
        frames(&source, |line| {
            black_box(line);
        })
    });
    measure("check_event", source.len(), || lines.iter().for_each(|line| check_event(line).unwrap()));
    measure("frame+check+batch", source.len(), || {
        let mut batch = Batch::new();
        frames(&source, |line| {
            check_event(line).unwrap();
            batch.push(line);
            if batch.len() > CHUNK {
                batch.clear();
            }
        });
    });
    measure("batch", source.len(), || {
        let mut batch = Batch::new();
        for line in &lines {
            batch.push(line);
            if batch.len() > CHUNK {
                black_box(&mut batch).clear();
            }
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("20260310T014033.json");
    measure("log append (batch, blake3, write)", source.len(), || write(&lines, dir.path()));
    let bytes = std::fs::read(&log).unwrap();
    measure("entries, our layout", bytes.len(), || entries(&bytes));
    measure("entries, JSON lines", source.len(), || entries(&source));
    let one_line = bytes.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect::<Vec<_>>();
    measure("entries, one line", one_line.len(), || entries(&one_line));
    measure("open_for_append, length known", bytes.len(), || reopen(dir.path(), Some(bytes.len() as u64)));
    measure("open_for_append, length unknown", bytes.len(), || reopen(dir.path(), None));
}

fn source(bytes: usize) -> Vec<u8> {
    let words = [
        "First",
        " run",
        " \u{2014} what",
        " do I call",
        " you?",
        "\\n\\n- **My name**",
        " \\\"I'm\\\"",
        " \u{1f604}",
    ];
    let mut out = Vec::with_capacity(bytes + 512);
    let mut number = 0_u64;
    while out.len() < bytes {
        let word = words[(number % words.len() as u64) as usize];
        out.extend_from_slice(
            format!(
                r#"{{"ts":{},"event":"assistant_text_stream","runId":"919a5e04-7938-4bb3-ad58-{:012x}","evtType":"text_delta","delta":"{word}","content":"{word}"}}"#,
                1_773_178_949_687 + number, number / 100
            )
            .as_bytes(),
        );
        out.push(b'\n');
        number += 1;
    }
    out
}

fn frames(source: &[u8], mut each: impl FnMut(&[u8])) {
    let mut framer = Framer::new(0);
    for chunk in source.chunks(CHUNK) {
        framer.feed(chunk);
        while let Some(frame) = framer.next() {
            match frame {
                Frame::Line(line) => each(line.bytes),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn write(lines: &[&[u8]], dir: &Path) {
    let name = "20260310T014033.json";
    let _first_time = std::fs::remove_file(dir.join(name));
    let mut log = LogFile::create(&StdFs, dir, name.parse().unwrap()).unwrap();
    let mut batch = Batch::new();
    for line in lines {
        batch.push(line);
        if batch.len() > CHUNK {
            log.append(&mut batch).unwrap();
        }
    }
    log.append(&mut batch).unwrap();
    assert_eq!(log.close().unwrap().events, lines.len() as u64);
}

fn entries(bytes: &[u8]) {
    let mut entries = Entries::new(bytes);
    while let Some(entry) = entries.next() {
        black_box(entry.unwrap().bytes);
    }
}

fn reopen(dir: &Path, len: Option<u64>) {
    let name = "20260310T014033.json".parse().unwrap();
    let (_, recovered) = LogFile::open_for_append(&StdFs, dir, name, len).unwrap();
    assert!(!recovered.changed);
}

fn measure(what: &str, bytes: usize, mut act: impl FnMut()) {
    let best = (0..5)
        .map(|_| {
            let before = cpu();
            act();
            cpu() - before
        })
        .fold(f64::INFINITY, f64::min);
    println!(r#"{{"what":"{what}","mb_per_cpu_s":{:.0}}}"#, bytes as f64 / 1e6 / best);
}

fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
