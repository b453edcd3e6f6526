//! sentrix-collect: whatever a line holds, it is recorded as it came, or a gap stands in its place and no other line
//! suffers.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, line, text};
use std::fs;
use std::io::Write;

/// Records the source once; what was said on standard error.
fn record(source: impl AsRef<[u8]>) -> (Bench, String) {
    let bench = Bench::new();
    bench.append(source);
    let output = bench.once();
    let stderr = text(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{stderr}");
    bench.assert_clean();
    (bench, stderr)
}

/// The events that one line between two good ones becomes, the good ones checked and taken off.
fn between(middle: impl AsRef<[u8]>) -> (Bench, Vec<String>, String) {
    let source = [line(1).as_bytes(), middle.as_ref(), b"\n", line(2).as_bytes()].concat();
    let (bench, stderr) = record(source);
    let mut events = bench.events();
    assert_eq!(events.pop().unwrap(), line(2).trim_end());
    assert_eq!(events.remove(0), line(1).trim_end());
    (bench, events, stderr)
}

fn assert_kept(line: &str) {
    let (_bench, events, stderr) = between(line);
    assert_eq!((events, stderr.as_str()), (vec![line.trim().to_owned()], ""));
}

/// The line becomes a gap that says where it was, its bytes are kept, and none of them is on standard error.
fn assert_gap(bad: &[u8]) {
    let (bench, events, stderr) = between(bad);
    assert_eq!(events.len(), 1, "{events:?}");
    let gap = &bench.gaps()[0];
    assert_eq!(gap["why"], "bad_line");
    assert_eq!(gap["source"]["offset"].as_u64(), Some(line(1).len() as u64));
    assert_eq!(gap["source"]["bytes"].as_u64(), Some(bad.len() as u64));
    assert_eq!(gap["source"]["blake3"].as_str(), Some(blake3::hash(bad).to_hex().as_str()));
    let reject = gap["source"]["reject"].as_str().unwrap();
    assert_eq!(fs::read(bench.logs.join("rejects").join(reject)).unwrap(), bad);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(!stderr.contains("sk-secret"), "{stderr}");
}

#[test]
fn a_malformed_line_becomes_a_gap_and_its_secret_stays_off_the_terminal() {
    assert_gap(br#"{"n":7,"delta":"sk-secret""#);
    assert_gap(br#"sk-secret {"n":7}"#);
    assert_gap(br#"{"n":7}{"n":8,"delta":"sk-secret"}"#);
}

#[test]
fn invalid_utf8_becomes_a_gap() {
    assert_gap(b"{\"delta\":\"sk-secret \xff\"}");
    assert_gap(b"{\"delta\":\"\xed\xa0\xbd\"}");
}

#[test]
fn raw_control_characters_and_nan_become_gaps() {
    assert_gap(b"{\"delta\":\"a\x01b\"}");
    assert_gap(b"{\"delta\":\"a\0b\"}");
    assert_gap(br#"{"delta":NaN}"#);
}

#[test]
fn a_bad_line_makes_the_result_partial() {
    let bench = Bench::new();
    bench.append("no json\n");
    assert_eq!(bench.once().status.code(), Some(3));
}

#[test]
fn many_bad_lines_are_counted_not_listed() {
    let (bench, stderr) = record("no json\n".repeat(1000));
    assert_eq!(bench.gaps().len(), 1000);
    assert!(stderr.lines().count() < 20, "{stderr}");
    assert!(stderr.contains("990 more"), "{stderr}");
}

#[test]
fn json_that_others_stumble_over_is_kept_as_it_came() {
    assert_kept(r#"{"delta":"half a pair \ud83d"}"#);
    assert_kept(r#"{"n":1e999,"m":-0.0,"big":123456789012345678901234567890}"#);
    assert_kept(r#"{"a":1,"a":2,"":{}}"#);
    assert_kept(r#" { "a" :	1 } "#);
    assert_kept("[1,2,[]]");
    assert_kept("5");
    assert_kept("\"text\"");
    assert_kept("null");
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bench = Bench::new();
    bench.append(format!("{}{deep}\n{}", line(1), line(2)));
    assert!(bench.once().status.success());
    let file = fs::read_to_string(&bench.log_files()[0]).unwrap();
    assert_eq!(file, format!("[\n  {}\n,\n  {deep}\n,\n  {}\n]\n", line(1).trim_end(), line(2).trim_end()));
    assert!(bench.verify().status.success());
    let printed = Bench::program().arg("cat").arg(&bench.logs).output().unwrap();
    assert_eq!(text(&printed.stdout), format!("{}{deep}\n{}", line(1), line(2)));
}

#[test]
fn nul_bytes_become_a_gap_and_the_line_behind_them_is_kept() {
    let source = [line(1).into_bytes(), vec![0; 5000], line(2).into_bytes(), line(3).into_bytes()].concat();
    let (bench, _) = record(source);
    assert_eq!(bench.numbers(), [1, 2, 3]);
    let gap = &bench.gaps()[0];
    assert_eq!((gap["why"].as_str(), gap["source"]["bytes"].as_u64()), (Some("nuls"), Some(5000)));
}

#[test]
fn a_byte_order_mark_and_other_line_ends_are_no_part_of_an_event() {
    let (bench, stderr) = record("\u{feff}{\"n\":1}\r\n\r\n\n  \n{\"n\":2}\r{\"n\":3}\r\n{\"n\":4}\r\n");
    assert_eq!(bench.events(), [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#, r#"{"n":4}"#]);
    assert_eq!(stderr, "");
}

#[test]
fn a_line_in_pieces_is_recorded_whole_wherever_it_is_cut() {
    let bench = Bench::new();
    let text = "{\"n\":1,\"delta\":\"grin 😀 end\"}\n";
    let mut collector = bench.start();
    for cut in 1..text.len() {
        bench.append(&text.as_bytes()[..cut]);
        // Let it be seen like this at times.
        if cut % 4 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        bench.append(&text.as_bytes()[cut..]);
    }
    bench.wait_for(text.len() - 1);
    assert!(collector.is_running());
    assert_eq!(collector.stop(), Some(143));
    assert!(bench.events().iter().all(|event| event == text.trim_end()));
    assert_eq!(bench.events().len(), text.len() - 1);
    bench.assert_clean();
}

#[test]
fn a_last_line_without_newline_is_taken_when_it_is_whole() {
    let bench = Bench::new();
    bench.append(format!("{}{}", line(1), line(2).trim_end()));
    assert!(bench.once().status.success());
    bench.assert_recorded(1..3);
    bench.append(format!("\n{}", line(3)));
    assert!(bench.once().status.success());
    bench.assert_recorded(1..4);
}

#[test]
fn a_last_line_that_is_not_whole_stays_in_the_source() {
    let bench = Bench::new();
    let second = line(2);
    for cut in 1..second.len() - 1 {
        bench.append(line(1));
        bench.append(&second.as_bytes()[..cut]);
        assert!(bench.once().status.success());
        assert_eq!(bench.numbers(), [1]);
        bench.append(&second.as_bytes()[cut..]);
        assert!(bench.once().status.success());
        bench.assert_recorded(1..3);
        fs::remove_dir_all(&bench.logs).unwrap();
        fs::remove_file(&bench.source).unwrap();
    }
}

#[test]
fn a_torn_line_at_the_end_is_whole_after_a_restart() {
    let bench = Bench::new();
    let (first, rest) = (line(2)[..20].to_owned(), line(2)[20..].to_owned());
    bench.append(format!("{}{first}", line(1)));
    let collector = bench.start();
    bench.wait_for(1);
    assert_eq!(collector.stop(), Some(143));
    assert_eq!(bench.numbers(), [1]);
    bench.append(rest);
    let collector = bench.start();
    bench.wait_for(2);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(1..3);
}

/// A line of 64 MiB.
fn huge() -> Vec<u8> {
    let mut line = b"{\"n\":1,\"delta\":\"".to_vec();
    line.resize((64 << 20) - 2, b'x');
    line.extend_from_slice(b"\"}");
    line
}

#[test]
fn a_huge_line_takes_at_most_twice_its_size() {
    for pieces in [1, 64] {
        let bench = Bench::new();
        let huge = huge();
        let collector = bench.start();
        for piece in huge.chunks(huge.len() / pieces) {
            bench.append(piece);
        }
        bench.append("\n");
        bench.append(line(2));
        let length = || bench.log_files().iter().map(|file| fs::metadata(file).unwrap().len()).sum::<u64>();
        bench.wait_until("the huge line", || length() > huge.len() as u64 + line(2).len() as u64);
        let peak = collector.peak_memory();
        assert!(peak * 1024 <= 2 * huge.len() as u64, "{pieces} pieces: {peak} KiB");
        assert_eq!(collector.stop(), Some(143));
        let events = bench.events();
        assert!(events[0].as_bytes() == huge, "{pieces} pieces");
        assert_eq!(events[1], line(2).trim_end());
    }
}

#[test]
fn ordinary_lines_take_little_memory() {
    let bench = Bench::new();
    let mut file = fs::File::create(&bench.source).unwrap();
    for number in 0..200_000 {
        file.write_all(line(number).as_bytes()).unwrap();
    }
    let collector = bench.start();
    bench.wait_for(200_000);
    let peak = collector.peak_memory();
    assert!(peak <= 16 * 1024, "{peak} KiB");
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..200_000);
}
