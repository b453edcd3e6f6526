//! Learns what terms weigh: labelled texts as JSON lines from standard input, a table to standard output. The argument says which:
//! `messages` (`rules/message_weights.tsv`) or `readers` (`rules/reader_weights.tsv`). `make weights` makes the input.

use sentrix_rules::{Labelled, message_weights, reader_weights};
use serde::Deserialize;
use std::io::{BufRead, Write};

#[derive(Deserialize)]
struct Line {
    text: String,
    injection: bool,
    source: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut texts = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let Line { text, injection, source } = serde_json::from_str(&line?)?;
        texts.push(Labelled { text, injection, source });
    }
    let table = match std::env::args().nth(1).as_deref() {
        Some("messages") => message_weights(&texts),
        Some("readers") => reader_weights(&texts),
        _ => return Err("which table: messages or readers?".into()),
    };
    std::io::stdout().lock().write_all(table.as_bytes())?;
    Ok(())
}
