//! What one record of a conversation has and the other lacks is a finding that names it: forged, removed, edited or not read.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod conversation;
mod support;

use conversation::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Logs, delta, end, run};

#[test]
fn a_forged_line_in_the_raw_stream_is_named() {
    for at in [-1500, 500, 2500, 600_000] {
        let logs = Logs::new();
        let mut conversation = Conversation::at(THEN, "r");
        conversation.raw.push(message("forged", THEN + at, "All is well, nobody asked for anything.", ""));
        conversation
            .tap
            .insert(0, Exchange::new("title", THEN - 5000, "A title").with("/kind", json!("utility")).line());
        conversation.write(&logs);
        let gap = only_gap(&logs);
        assert!(gap.contains(&format!("forged_{}", THEN + at)) && gap.contains("no exchange"), "{gap}");
    }
}

#[test]
fn an_exchange_that_was_removed_is_missed() {
    // The first of a run, with its announcement and without; the last.
    for (from, to) in [(0, 2), (1, 2), (2, 4), (3, 4)] {
        let logs = Logs::new();
        let mut conversation = Conversation::at(THEN, "r");
        conversation.tap.drain(from..to);
        conversation.write(&logs);
        let gaps = gaps(&sweep(&logs));
        let name = format!("r_{}", if from < 2 { THEN } else { THEN + 2000 });
        assert!(
            gaps.iter().any(|gap| gap.contains(&name) && gap.contains("no exchange")),
            "{from}..{to}: {gaps:#?}"
        );
        let broken = gaps.iter().any(|gap| gap.contains("began and has no end"));
        assert_eq!(broken, to - from == 1, "{from}..{to}: {gaps:#?}");
    }
}

#[test]
fn a_conversation_that_goes_on_from_what_is_not_there_is_named() {
    let logs = Logs::new();
    let exchange = |id: &str, n: i64, before: u64| {
        let exchange =
            Exchange::new(id, THEN + n * 5000, &format!("answer {n}")).said("user", &format!("question {n}"));
        if before == 0 {
            exchange
        } else {
            exchange.with("/request/before", json!({"messages": before, "blake3": "00"}))
        }
    };
    let all = [exchange("a", 0, 0), exchange("b", 1, 2), exchange("c", 2, 4), exchange("d", 3, 6)];
    let lines = |wanted: &[usize]| -> Vec<String> { wanted.iter().flat_map(|n| all[*n].lines()).collect() };
    logs.log(TAP, &lines(&[0, 1, 2, 3]));
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    logs.log(TAP, &lines(&[0, 1, 3]));
    let gap = only_gap(&logs);
    assert!(gap.contains("exchange d goes on from 6 messages"), "{gap}");
}

#[test]
fn an_exchange_that_the_raw_stream_does_not_have_is_named() {
    let logs = Logs::new();
    let mut conversation = Conversation::at(THEN, "r");
    conversation.raw.remove(2);
    conversation.write(&logs);
    let gap = only_gap(&logs);
    assert!(gap.contains("exchange r-2 has no message in the raw stream"), "{gap}");
}

#[test]
fn an_edited_text_is_named_and_both_texts_are_judged() {
    let logs = Logs::new();
    let mut conversation = Conversation::at(THEN, "r");
    conversation.raw[2] = message("r", THEN + 2000, "The note of r says 43.", "");
    conversation.write(&logs);
    let gap = only_gap(&logs);
    assert!(gap.contains("r-2") && gap.contains("edited"), "{gap}");
    let texts: Vec<Value> = turns(&logs).iter().map(|turn| turn["text"].clone()).collect();
    assert_eq!(texts, ["Let me look.", "The note of r says 42.", "The note of r says 43."]);
    // Thoughts are compared, too.
    let mut conversation = Conversation::at(THEN, "r");
    conversation.raw[1] = message("r", THEN, "Let me look.", "They want to see something else.");
    conversation.write(&logs);
    let gap = only_gap(&logs);
    assert!(gap.contains("thinking"), "{gap}");
}

#[test]
fn what_openclaw_takes_out_of_a_text_is_no_edit() {
    let logs = Logs::new();
    let exchange = Exchange::new("x", THEN, "Hello <<<END_OPENCLAW_INTERNAL_CONTEXT>>>there.\n");
    logs.log(RAW, &[message("r", THEN, "Hello there.", "")]);
    logs.log(TAP, &exchange.lines());
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    assert_eq!(turns(&logs).len(), 1);
}

#[test]
fn an_exchange_that_the_raw_stream_claims_vouches_for_nothing() {
    let logs = Logs::new();
    let mut conversation = Conversation::at(THEN, "r");
    conversation.raw.push(message("forged", THEN + 2500, "All is well.", ""));
    conversation.raw.push(Exchange::new("forged", THEN + 2500, "All is well.").line());
    conversation.write(&logs);
    let gaps = gaps(&sweep(&logs));
    assert_eq!(gaps.len(), 2, "{gaps:#?}");
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("exchange forged stands in a log file that the tap does not write"))
    );
    assert!(gaps.iter().any(|gap| gap.contains("no exchange")));
}

#[test]
fn records_that_are_alone_lack_nothing() {
    let conversation = Conversation::at(THEN, "r");
    let logs = Logs::new();
    logs.log(RAW, &conversation.raw);
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    let logs = Logs::new();
    logs.log(TAP, &conversation.tap);
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    let turns = turns(&logs);
    assert_eq!(turns.len(), 2);
    assert_eq!(turns[0]["run_id_ts"], format!("exchange-r-1_{}", THEN - 400));
    assert_eq!(turns[0]["run_id"], Value::Null);
    assert_eq!(turns[1]["tool_results"][0]["name"], "read");
    // The tap was there from the second conversation on.
    let logs = Logs::new();
    let (early, late) = (Conversation::at(THEN - 900_000, "early"), Conversation::at(THEN, "late"));
    logs.log(RAW, &[early.raw, late.raw].concat());
    logs.log(TAP, &late.tap);
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
}

#[test]
fn failures_and_aborts_lack_nothing() {
    let logs = Logs::new();
    let failed = |id: &str, ts, status: u16| {
        Exchange::new(id, ts, "")
            .with("/status", json!(status))
            .with("/complete", json!(false))
            .with("/error", json!({"kind": "provider", "message": "the provider answered with an error"}))
    };
    let broken = Exchange::new("e", THEN + 9000, "Once upon a time there").with("/complete", json!(false));
    let embedding = Exchange::new("f", THEN + 9500, "").with("/kind", json!("embedding"));
    let title = Exchange::new("g", THEN + 9600, "A fine title").with("/kind", json!("utility"));
    let exchanges = [
        failed("a", THEN, 401),
        failed("b", THEN + 3000, 500),
        failed("c", THEN + 5000, 500),
        Exchange::new("d", THEN + 7000, "At last."),
        broken,
        embedding,
        title,
    ];
    logs.log(TAP, &exchanges.iter().flat_map(Exchange::lines).collect::<Vec<_>>());
    logs.log(
        RAW,
        &[
            message("r", THEN, "", ""),
            message("s", THEN + 7000, "At last.", ""),
            // Aborted: deltas without an end, and with an empty one.
            delta("t", THEN + 8900, "Once upon"),
            message("t", THEN + 9000, "", ""),
        ],
    );
    assert_eq!(gaps(&sweep(&logs)), [""; 0]);
    let turns = turns(&logs);
    let aborted = turns.iter().find(|turn| turn["exchange"] == "e").unwrap();
    assert_eq!(aborted["run_id"], "t");
    assert_eq!(aborted["text"], "Once upon a time there");
}

#[test]
fn many_sweeps_find_what_one_finds() {
    let mut conversations: Vec<Conversation> =
        (0..6).map(|n| Conversation::at(THEN + n * 60_000, &format!("r{n}"))).collect();
    conversations[1].raw.push(message("forged", THEN + 65_000, "Nothing to see.", ""));
    conversations[2].tap.drain(2..4);
    conversations[3].raw[2] = message("r3", THEN + 182_000, "The note of r3 says 43.", "");
    conversations[4].raw.remove(1);
    let raw: Vec<String> = conversations.iter().flat_map(|one| one.raw.clone()).collect();
    let tap: Vec<String> = conversations.iter().flat_map(|one| one.tap.clone()).collect();
    let ids = |flags: &[Value]| -> BTreeSet<String> {
        flags.iter().map(|flag| format!("{} {}", flag["flag_id"], flag["evidence"])).collect()
    };
    let whole = Logs::new();
    whole.log(RAW, &raw);
    whole.log(TAP, &tap);
    whole.patrol(&["--judge", "rules"]).exits(0);
    let expected = whole.flags();
    assert!(gaps(&expected).len() >= 4, "{:#?}", gaps(&expected));
    for (raws, taps) in [(1, 1), (3, 2), (2, 5), (7, 3)] {
        let pieces = Logs::new();
        for step in 1..=raw.len().max(tap.len()) {
            pieces.log(RAW, &raw[..(step * raws).min(raw.len())]);
            pieces.log(TAP, &tap[..(step * taps).min(tap.len())]);
            if step % 2 == 0 {
                // Nothing is due because it is old: it would be at once, in an archive of long ago.
                pieces.patrol(&["--judge", "rules", "--run-timeout", "999999999"]).exits(0);
            }
        }
        pieces.patrol(&["--judge", "rules"]).exits(0);
        assert_eq!(ids(&pieces.flags()), ids(&expected), "{raws} and {taps} lines at a time");
        assert_eq!(pieces.flags().len(), expected.len());
    }
}

#[test]
fn the_live_end_of_the_record_has_time() {
    let logs = Logs::new();
    let conversation = Conversation::at(now() - 4000, "r");
    logs.log(RAW, &conversation.raw);
    logs.log(TAP, &conversation.tap[..2]);
    logs.patrol(&["--judge", "rules"]).exits(0);
    assert_eq!(gaps(&logs.flags()), [""; 0]);
    // Its exchange comes with the next sweep.
    logs.log(TAP, &conversation.tap);
    logs.patrol(&["--judge", "rules", "--run-timeout", "0"]).exits(0);
    assert_eq!(gaps(&logs.flags()), [""; 0]);
    assert_eq!(logs.state("SELECT count(*) FROM reviewed WHERE run_id_ts LIKE 'r_%'"), 2);
}

#[test]
fn one_file_that_starts_over_takes_the_other_with_it() {
    let logs = Logs::new();
    let conversation = Conversation::at(THEN, "r");
    conversation.write(&logs);
    logs.patrol(&["--judge", "rules"]).exits(0);
    logs.log(RAW, &[vec![message("q", THEN - 900_000, "Earlier.", "")], conversation.raw.clone()].concat());
    logs.patrol(&["--judge", "rules"]).exits(0);
    assert_eq!(gaps(&logs.flags()), [""; 0]);
}

#[test]
fn an_exchange_that_cannot_be_read_is_not_passed_over() {
    let logs = Logs::new();
    let exchange = Exchange::new("x", THEN, "Hello.").with("/request/messages", json!(7));
    logs.log(TAP, &[exchange.line()]);
    let flags =
        run(support::command(&["--state", "none", "--judge", "rules"]).arg(logs.path())).exits(3).lines();
    assert_eq!(gaps(&flags).len(), 1);
    assert_eq!(flags[0]["source_file"], TAP);
    // A message under the name of an exchange is judged as a message.
    let hidden = end("r", THEN, support::PLANTED).replace("assistant_message_end", "llm_exchange");
    logs.log(RAW, &[hidden]);
    let flags =
        run(support::command(&["--state", "none", "--judge", "rules"]).arg(logs.path())).exits(3).lines();
    assert!(flags.iter().any(|flag| flag["consensus_severity"] == "HIGH"), "{flags:#?}");
}
