//! Learns what messages weigh (`rules/injection_weights.tsv`): labelled messages as JSON lines from standard input, the table to standard
//! output. `make weights DATA=…` makes the input.

use sentrix_rules::{Labelled, fit_weights};
use serde::Deserialize;
use std::io::{BufRead, Write};

#[derive(Deserialize)]
struct Line {
    text: String,
    injection: bool,
    source: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut messages = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let Line { text, injection, source } = serde_json::from_str(&line?)?;
        messages.push(Labelled { text, injection, source });
    }
    std::io::stdout().lock().write_all(fit_weights(&messages).as_bytes())?;
    Ok(())
}
