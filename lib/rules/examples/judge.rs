//! Judges turns, one JSON record a line, from standard input to standard output: the library alone, for measurements.
//!
//! With files as arguments, each is judged as the results of tools, 4 KB a turn, twice, and the speed is printed; the
//! first pass is the one that counts, for in the second the automata have seen the text (Linux only):
//! `cargo run --release -p sentrix-rules --example judge -- TEXT…`.

use sentrix_record::{ToolResult, Turn};
use sentrix_rules::{RuleSet, Scanner};
use std::io::{BufRead, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let set = RuleSet::builtin()?;
    let scanner = Scanner::new(&set);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let files: Vec<_> = std::env::args_os().skip(1).collect();
    if !files.is_empty() {
        let start = cpu_seconds()?;
        let _built = scanner.judge(&turn("x"));
        writeln!(out, "first turn: {:.1} ms", 1000.0 * (cpu_seconds()? - start))?;
    }
    for file in &files {
        let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
        let turns: Vec<Turn> = blocks(&text, 4096).into_iter().map(turn).collect();
        for pass in 1..=2 {
            let start = cpu_seconds()?;
            let found: usize = turns.iter().map(|turn| scanner.judge(turn).findings.len()).sum();
            let speed = text.len() as f64 / 1e6 / (cpu_seconds()? - start);
            writeln!(
                out,
                "{} bytes, pass {pass}: {speed:.1} MB per CPU-second, {found} findings",
                text.len()
            )?;
        }
    }
    if files.is_empty() {
        for line in std::io::stdin().lock().lines() {
            let verdict = scanner.judge(&Turn::from_json(line?.as_bytes())?);
            serde_json::to_writer(&mut out, &verdict)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The CPU time of this thread.
fn cpu_seconds() -> std::io::Result<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e9)
}

fn turn(content: &str) -> Turn {
    let result = ToolResult { content: content.to_owned(), ..ToolResult::default() };
    Turn { run_id_ts: "bench_1".to_owned(), tool_results: vec![result], ..Turn::default() }
}

/// A text in pieces of about `size` bytes that end at line ends.
fn blocks(text: &str, size: usize) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let at = rest.floor_char_boundary(size);
        let end = rest[at..].find('\n').map_or(rest.len(), |next| at + next + 1);
        let (block, after) = rest.split_at(end);
        blocks.push(block);
        rest = after;
    }
    blocks.push(rest);
    blocks
}
