//! Two records of one conversation: the raw stream, which the agent can write, and the tap's, which it cannot. What belongs together
//! is one turn.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod conversation;
mod support;

use conversation::*;
use serde_json::{Value, json};
use support::{Logs, delta, feed, run};

#[test]
fn a_turn_has_what_each_of_the_two_records_knows() {
    let logs = Logs::new();
    Conversation::at(THEN, "r").write(&logs);
    let turns = turns(&logs);
    assert_eq!(turns.len(), 2, "{turns:#?}");
    let first = &turns[0];
    assert_eq!(first["run_id"], "r");
    assert_eq!(first["run_id_ts"], format!("r_{THEN}"));
    assert_eq!(first["user_messages"], json!([{"role": "user", "content": "what does the note of r say?"}]));
    assert_eq!(first["thinking"], "They want the note.");
    assert_eq!(first["text"], "Let me look.");
    assert_eq!(
        first["tool_calls"],
        json!([{"id": "call-r", "name": "read", "arguments": {"path": "note.txt"}}])
    );
    assert_eq!(first["provider"], "anthropic");
    assert_eq!(first["model"], "claude-x-1");
    assert_eq!(first["usage"], json!({"input_tokens": 12, "output_tokens": 3}));
    assert_eq!(first["stop_reason"], "tool_use");
    assert_eq!(first["response_id"], "msg_r-1");
    let second = &turns[1];
    assert_eq!(second["run_id_ts"], format!("r_{}", THEN + 2000));
    assert_eq!(second["tool_results"], json!([{"id": "call-r", "name": "read", "content": "42\n"}]));
    // Both places can be looked up.
    for turn in &turns {
        for place in [turn, &turn["raw_stream"]] {
            let file = place["source_file"].as_str().or(place["file"].as_str()).unwrap();
            let bytes = std::fs::read(logs.file(file)).unwrap();
            let range = place["start"].as_u64().unwrap() as usize..place["end"].as_u64().unwrap() as usize;
            assert_eq!(blake3::hash(&bytes[range]).to_hex().as_str(), place["blake3"].as_str().unwrap());
        }
    }
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
}

#[test]
fn the_order_of_files_and_events_makes_no_difference() {
    let conversation = Conversation::at(THEN, "r");
    let logs = Logs::new();
    conversation.write(&logs);
    let expected = turns(&logs);
    let (raw, tap) = (logs.file(RAW), logs.file(TAP));
    let other = run(support::command(&["turns"]).arg(tap).arg(raw)).exits(0).lines();
    assert_eq!(other, expected);
    let strip = |turns: Vec<Value>| -> Vec<Value> {
        turns
            .iter()
            .map(|turn| json!([turn["run_id_ts"], turn["text"], turn["tool_calls"], turn["tool_results"]]))
            .collect()
    };
    let expected = strip(expected);
    // Each of the two is in order in itself; the one may stand anywhere in the other.
    let within = |one: &[String], other: &[String]| -> Vec<Vec<String>> {
        (0..=one.len()).map(|at| [&one[..at], other, &one[at..]].concat()).collect()
    };
    let (raw, tap) = (&conversation.raw, &conversation.tap);
    for mixed in [within(raw, tap), within(tap, raw)].concat() {
        let events: Vec<String> = mixed.iter().map(|event| format!("{event}\n")).collect();
        let mut piped = strip(feed(&["turns", "-"], events.concat()).exits(0).lines());
        piped.sort_by_key(|turn| turn[0].to_string());
        assert_eq!(piped, expected);
    }
}

#[test]
fn a_delta_behind_the_end_of_its_message_is_no_message_of_its_own() {
    let logs = Logs::new();
    let mut conversation = Conversation::at(THEN, "r");
    // As OpenClaw wrote it: the delta is older than the end, and came to the file after it.
    conversation.raw.push(delta("r", THEN + 1983, "The note "));
    conversation.write(&logs);
    assert_eq!(turns(&logs).len(), 2);
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    // One that is younger, or much older, is: nobody saw the end of what it begins.
    for late in [2001, -60_000] {
        conversation.raw.pop();
        conversation.raw.push(delta("r", THEN + late, "And then"));
        conversation.write(&logs);
        assert_eq!(turns(&logs).len(), 3, "{late}");
    }
}

#[test]
fn an_archive_comes_through_a_pipe_as_it_is() {
    let logs = Logs::new();
    Conversation::at(THEN, "r").write(&logs);
    let events = std::process::Command::new(env!("CARGO_BIN_EXE_sentrix-collect"))
        .arg("cat")
        .arg(logs.path())
        .output()
        .unwrap();
    let piped = feed(&["turns", "-"], std::str::from_utf8(&events.stdout).unwrap()).exits(0).lines();
    let names = |turns: &[Value]| -> Vec<Value> {
        turns.iter().map(|turn| json!([turn["run_id_ts"], turn["tool_calls"]])).collect()
    };
    assert_eq!(names(&piped), names(&turns(&logs)));
    let flags =
        feed(&["-", "--judge", "rules"], std::str::from_utf8(&events.stdout).unwrap()).exits(0).lines();
    assert_eq!(gaps(&flags), [""; 0]);
}

#[test]
fn real_calls_are_judged_and_the_evidence_is_in_the_tap_s_record() {
    let logs = Logs::new();
    let ts = THEN;
    let call = Exchange::new("x", ts, "I will clean up.").with(
        "/response/tool_calls",
        json!([{"id": "c", "name": "exec", "arguments": {"command": "rm -rf / --no-preserve-root"}}]),
    );
    logs.log(RAW, &[message("r", ts, "I will clean up.", "")]);
    logs.log(TAP, &call.lines());
    let flags = sweep(&logs);
    assert_eq!(flags.len(), 1, "{flags:#?}");
    assert_eq!(flags[0]["categories"], json!(["unsafe_tool_use"]));
    assert_eq!(flags[0]["run_id_ts"], format!("r_{ts}"));
    let evidence = &flags[0]["evidence"][0];
    assert_eq!(evidence["file"], TAP);
    assert_eq!(evidence["field"], "tool_calls[0]");
    let file = std::fs::read(logs.file(TAP)).unwrap();
    let range = evidence["start"].as_u64().unwrap() as usize..evidence["end"].as_u64().unwrap() as usize;
    assert_eq!(&file[range], call.line().as_bytes());
}

#[test]
fn two_runs_with_the_same_text_have_an_exchange_each() {
    let logs = Logs::new();
    let exchanges: Vec<String> = (0..4)
        .flat_map(|n| Exchange::new(&format!("x{n}"), THEN + n * 1000, "HEARTBEAT_OK").lines())
        .collect();
    let messages: Vec<String> =
        (0..4).map(|n| message(&format!("r{n}"), THEN + n * 1000 + 3, "HEARTBEAT_OK", "")).collect();
    logs.log(TAP, &exchanges);
    logs.log(RAW, &messages);
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    for turn in turns(&logs) {
        let run = turn["run_id"].as_str().unwrap();
        assert_eq!(turn["exchange"], run.replace('r', "x"));
    }
    // One more message than there are exchanges.
    logs.log(RAW, &[messages, vec![message("r9", THEN + 40_000, "HEARTBEAT_OK", "")]].concat());
    let gap = only_gap(&logs);
    assert!(gap.contains("r9_"), "{gap}");
}

#[test]
fn files_that_overlap_in_time_are_one_record() {
    let logs = Logs::new();
    let conversations: Vec<Conversation> =
        (0..12).map(|n| Conversation::at(THEN + n * 60_000, &format!("r{n}"))).collect();
    for (n, some) in conversations.chunks(3).enumerate() {
        let raw: Vec<String> = some.iter().flat_map(|one| one.raw.clone()).collect();
        logs.log(&format!("20260310T01403{n}.json"), &raw);
    }
    for (n, some) in conversations.chunks(5).enumerate() {
        let tap: Vec<String> = some.iter().flat_map(|one| one.tap.clone()).collect();
        logs.log(&format!("20260310T01403{n}-tap.json"), &tap);
    }
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    let turns = turns(&logs);
    assert_eq!(turns.len(), 24);
    assert!(turns.iter().all(|turn| turn["run_id"].is_string() && turn["exchange"].is_string()));
}
