//! `sentrix-patrol turns`: whatever a log file holds, every whole event in it is seen.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::{Logs, array, delta, end, feed};

fn texts(turns: &[Value]) -> Vec<&str> {
    turns.iter().map(|turn| turn["text"].as_str().unwrap_or_default()).collect()
}

fn turns(logs: &Logs, code: i32) -> Vec<Value> {
    let ended = support::run(support::command(&["turns"]).arg(logs.path()));
    ended.exits(code).lines()
}

const FILE: &str = "20260310T014033.json";

#[test]
fn a_turn_says_where_it_stands() {
    let logs = Logs::new();
    let event = end("r", 7, "hello");
    logs.log(FILE, &[delta("r", 6, "hel"), delta("r", 7, "lo"), event.clone()]);
    let turns = turns(&logs, 0);
    let file = std::fs::read(logs.file(FILE)).unwrap();
    let (start, end) =
        (turns[0]["start"].as_u64().unwrap() as usize, turns[0]["end"].as_u64().unwrap() as usize);
    assert_eq!(&file[start..end], event.as_bytes());
    assert_eq!(turns[0]["blake3"], blake3::hash(event.as_bytes()).to_hex().to_string());
    assert_eq!(turns[0]["run_id_ts"], "r_7");
    assert_eq!(turns[0]["source_file"], FILE);
    assert_eq!(turns[0]["complete"], true);
    assert_eq!(turns.len(), 1);
}

#[test]
fn every_layout_of_the_same_events_has_the_same_turns() {
    let events =
        [delta("a", 1, "x"), end("a", 2, "one"), end("b", 3, "two {[,]} \\\" \\\\"), end("a", 4, "three")];
    let python_old = format!("[\n  {}\n]\n", events.join("\n,\n  "));
    let python_new = format!("[\n  {}\n]\n", events.join(",\n  "));
    let values: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let layouts = [
        array(&events),
        python_old,
        python_new.clone(),
        python_new.replace('\n', "\r\n"),
        format!("\u{feff}{python_new}"),
        format!("{}\n", events.join("\n")),
        events.join("\n"),
        serde_json::to_string(&values).unwrap(),
        serde_json::to_string_pretty(&values).unwrap(),
    ];
    let expected = ["one", "two {[,]} \" \\", "three"];
    for layout in layouts {
        let logs = Logs::new();
        logs.write(FILE, &layout);
        assert_eq!(texts(&turns(&logs, 0)), expected, "{layout}");
        let piped = feed(&["turns", "-"], &layout).exits(0).lines();
        assert_eq!(texts(&piped), expected, "piped: {layout}");
    }
}

#[test]
fn a_torn_end_costs_only_the_torn_event() {
    let whole = [end("r", 1, "one"), end("r", 2, "two")];
    let good = format!("[\n  {},\n  {}", whole[0], whole[1]);
    let torn = end("r", 3, "three");
    let cases = [
        (String::new(), 0, 0),
        (good.clone(), 0, 2),
        (format!("{good},\n"), 0, 2),
        (format!("{good}\n]\n]\n"), 0, 2),
        (format!("{good},\n  {}", &torn[..torn.len() - 3]), 3, 2),
        (format!("{good},\n  {{\"ts\":3,\"event\":\"assistant_message_end\",\"rawText\":\"ends in ]"), 3, 2),
        (format!("{},\n  {}", &good[..good.len() - 4], torn), 3, 2),
    ];
    for (text, code, count) in cases {
        let logs = Logs::new();
        logs.write(FILE, &text);
        assert_eq!(turns(&logs, code).len(), count, "{text}");
    }
}

#[test]
fn hostile_types_hide_nothing() {
    let logs = Logs::new();
    let hostile = [
        r#"{"ts":"yesterday","event":"assistant_message_end","runId":{"a":1},"rawText":"t1"}"#,
        r#"{"ts":1,"event":"assistant_message_end","runId":["x"],"rawText":{"deep":"t2"}}"#,
        r#"{"ts":1e999,"event":"assistant_message_end","runId":"r","rawText":5,"rawThinking":["t3"]}"#,
        r#"{"event":"assistant_message_end","rawText":"t4"}"#,
        r#"{"event":"assistant_message_end","rawText":"t5"}"#,
        r#"{"ts":1,"event":["x"],"runId":"r","rawText":"t6"}"#,
        r#"{"ts":1,"\u0065vent":"assistant_message_end","runId":"r","r\u0061wText":"t7 half \ud83d pair"}"#,
        r#"{"ts":1,"event":"assistant_text_stream","runId":"r","event":"assistant_message_end","rawText":"t8"}"#,
    ];
    let mut events: Vec<String> = hostile.iter().map(|&event| event.to_owned()).collect();
    events.push(format!(
        r#"{{"ts":2,"event":"assistant_message_end","runId":"r","x":{}{},"rawText":"t9"}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    ));
    events.extend(["5".to_owned(), "[]".to_owned(), "null".to_owned()]);
    logs.log(FILE, &events);
    let ended = support::run(support::command(&["turns"]).arg(logs.path())).exits(3);
    let all = String::from_utf8(ended.stdout.clone()).unwrap();
    for number in 1..=9 {
        assert!(all.contains(&format!("t{number}")), "t{number} is missing:\n{all}");
    }
    assert_eq!(ended.lines().len(), 9);
}

#[test]
fn bytes_that_are_no_text_are_named_and_judged_all_the_same() {
    let logs = Logs::new();
    let mut bytes = b"[\n  ".to_vec();
    bytes.extend(end("r", 1, "before \u{fffd} after").replace('\u{fffd}', "\u{1}").into_bytes());
    let at = bytes.iter().position(|byte| *byte == 1).unwrap();
    bytes[at] = 0xff;
    bytes.extend(format!(",\n  {},\n", end("r", 3, "between")).bytes());
    bytes.extend(b"  not json at all,\n  {nor this\n,\n  ");
    bytes.extend(end("r", 2, "good").into_bytes());
    bytes.extend(b"\n]\n");
    logs.write(FILE, bytes);
    let ended = support::run(support::command(&["turns"]).arg(logs.path())).exits(3);
    assert_eq!(texts(&ended.lines()), ["before \u{fffd} after", "between", "good"]);
    // Neighbours are one fault.
    assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
    assert!(!ended.stderr.contains("not json at all"), "the line is quoted:\n{}", ended.stderr);
}

#[test]
fn a_run_without_an_end_is_rebuilt_from_its_deltas() {
    let logs = Logs::new();
    logs.log(FILE, &[delta("r", 1, "Let me "), delta("s", 2, "other"), end("s", 3, "other")]);
    logs.log("20260310T020000.json", &[delta("r", 4, "finish th"), delta("r", 5, "is")]);
    let turns = turns(&logs, 0);
    assert_eq!(texts(&turns), ["other", "Let me finish this"]);
    assert_eq!(turns[1]["complete"], false);
    assert_eq!(turns[1]["run_id_ts"], "r_5");
}

#[test]
fn a_run_is_rebuilt_from_its_own_deltas_alone() {
    let logs = Logs::new();
    // What an end event holds already stands between the deltas of another run that is open, too.
    let events = [
        delta("a", 1, "A1 "),
        delta("b", 2, "held by its end"),
        end("b", 3, "held by its end"),
        delta("b", 2000, "B2"),
        delta("a", 2001, "A2"),
    ];
    logs.log(FILE, &events);
    let mut texts: Vec<String> = texts(&turns(&logs, 0)).into_iter().map(ToOwned::to_owned).collect();
    texts.sort();
    assert_eq!(texts, ["A1 A2", "B2", "held by its end"]);
}

#[test]
fn a_delta_that_comes_late_is_no_message_wherever_the_record_is_cut() {
    // More than a segment of a file, and than a piece of a stream, stands between the end and the delta.
    let much: Vec<String> = (0..9).map(|n| end("other", 21 + n, &"x".repeat(150_000))).collect();
    let (first, late) = (vec![delta("r", 10, "hel"), end("r", 20, "hello")], vec![delta("r", 19, "lo")]);
    let next = vec![delta("r", 500, "and ano"), end("r", 501, "and another")];
    let open = vec![delta("r", 700, "open")];
    let events = [&*first, &*much, &*late, &*next, &*late_of(501), &*much, &*open].concat();
    let expected = |turns: &[Value]| {
        let ours = turns.iter().filter(|turn| turn["run_id"] == "r");
        assert_eq!(
            ours.map(|turn| turn["text"].as_str().unwrap()).collect::<Vec<_>>(),
            ["hello", "and another", "open"]
        );
    };
    let logs = Logs::new();
    logs.log(FILE, &events);
    expected(&turns(&logs, 0));
    expected(&feed(&["turns", "-"], events.join("\n")).exits(0).lines());
    for cut in 1..events.len() {
        let logs = Logs::new();
        logs.log(FILE, &events[..cut]);
        logs.log("20260310T020000.json", &events[cut..]);
        expected(&turns(&logs, 0));
    }
}

/// A delta that belongs to a message which ended at this time.
fn late_of(end: i64) -> Vec<String> {
    vec![delta("r", end - 1, "ther")]
}

#[test]
fn an_aborted_end_without_text_is_filled_from_its_deltas() {
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, "first"), delta("r", 2, "cut ")]);
    logs.log("20260310T020000.json", &[delta("r", 3, "off"), end("r", 4, "")]);
    let turns = turns(&logs, 0);
    assert_eq!(texts(&turns), ["first", "cut off"]);
    assert_eq!((&turns[1]["run_id_ts"], &turns[1]["complete"]), (&json!("r_4"), &json!(false)));
}

#[test]
fn a_request_in_an_earlier_file_reaches_its_turn() {
    let request =
        r#"{"ts":1,"event":"llm_request","runId":"r","messages":[{"role":"user","content":"please"}]}"#;
    let logs = Logs::new();
    logs.log(FILE, &[request.to_owned()]);
    logs.log("20260310T020000.json", &[end("r", 2, "done")]);
    assert_eq!(turns(&logs, 0)[0]["user_messages"], json!([{"role":"user","content":"please"}]));
    let stream = format!("{request}\n{}\n", end("r", 2, "done"));
    let piped = feed(&["turns", "-"], stream).exits(0).lines();
    assert_eq!(piped[0]["user_messages"][0]["content"], "please");
}

#[test]
fn turns_are_the_same_for_any_number_of_threads_and_cuts() {
    // Long enough for many segments, with lines longer than one, runs that interleave and span files.
    let logs = Logs::new();
    let mut expected = Vec::new();
    for file in 0..3 {
        let mut events = Vec::new();
        for n in 0..400 {
            let run = format!("run-{}", n % 7);
            let ts = i64::from(file * 10_000 + n);
            events.push(delta(&run, ts, &"abc ".repeat(n as usize % 200)));
            if n % 5 == 0 {
                let text = format!("{file}-{n} {}", "long ".repeat(if n % 100 == 0 { 80_000 } else { 3 }));
                expected.push(text.clone());
                events.push(end(&run, ts + 1, &text));
            }
        }
        logs.log(&format!("2026031{file}T000000.json"), &events);
    }
    let one = support::run(support::command(&["turns", "--jobs", "1"]).arg(logs.path())).exits(0);
    let two = support::run(support::command(&["turns", "--jobs", "2"]).arg(logs.path())).exits(0);
    assert!(one.stdout == two.stdout, "the number of threads changes the output");
    // A pipe gives what it has, in pieces that end anywhere.
    let cat = std::process::Command::new("sh")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .args(["-c", "for file in \"$1\"/*.json; do head -c 70001 \"$file\"; sleep 0.05; tail -c +70002 \"$file\"; done | \"$0\" turns -"])
        .arg(env!("CARGO_BIN_EXE_sentrix-patrol"))
        .arg(logs.path())
        .output()
        .unwrap();
    let piped: Vec<Value> =
        support::lines(&cat.stdout).into_iter().filter(|turn| turn["complete"] == true).collect();
    assert_eq!(texts(&piped), expected);
    let complete: Vec<Value> = one.lines().into_iter().filter(|turn| turn["complete"] == true).collect();
    assert_eq!(texts(&complete), expected);
}

#[test]
fn the_demo_recording_has_all_its_turns() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/demo/raw-stream.jsonl");
    let ended = support::run(support::command(&["turns"]).arg(recording)).exits(0);
    let raw = std::fs::read_to_string(recording).unwrap();
    let ends = raw.lines().filter(|line| line.contains("\"assistant_message_end\"")).count();
    let complete = ended.lines().iter().filter(|turn| turn["complete"] == true).count();
    let rebuilt = ended.lines().len() - complete;
    assert_eq!((complete, rebuilt), (ends, 2), "two runs of the session were cut off");
}

#[test]
fn paths_that_are_not_there_are_named() {
    let ended = support::run(&mut support::command(&["turns", "/nonexistent/logs"])).exits(2);
    assert!(ended.stderr.contains("/nonexistent/logs"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1);
    let logs = Logs::new();
    logs.log(FILE, &[end("r", 1, "x")]);
    let ended = support::run(support::command(&["turns", "/nonexistent/logs"]).arg(logs.path())).exits(3);
    assert_eq!(ended.lines().len(), 1);
}
