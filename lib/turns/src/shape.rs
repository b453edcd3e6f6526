//! How a file is laid out: one event a line, or anything else that is still JSON.

use crate::source::{Opened, Source};
use std::io;
use std::os::unix::fs::FileExt;

/// The layout of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One event a line, as every collector writes it: can be read in pieces.
    Lines,
    /// Events that span lines, or share one: has to be read from the front.
    Other,
}

/// Looks at what stands at `from`, where an event begins.
pub(crate) fn of(opened: &Opened, from: u64) -> io::Result<Shape> {
    let mut head = vec![0; 64 << 10];
    let read = opened.file.read_at(&mut head, from)?;
    Ok(of_head(&head[..read]))
}

/// Whether exchanges stand near the front of a file, whatever its name.
pub(crate) fn has_exchanges(source: &Source) -> bool {
    let mut head = vec![0; 64 << 10];
    let read = source.open().and_then(|opened| opened.file.read_at(&mut head, source.from));
    // What cannot be read is named when it is read.
    memchr::memmem::find(&head[..read.unwrap_or(0)], b"\"llm_exchange").is_some()
}

/// Decides by the first bytes. Lines are the rule, so only a clear sign speaks against them.
pub(crate) fn of_head(head: &[u8]) -> Shape {
    let lead = head.iter().position(|byte| {
        !matches!(byte, b'[' | b',' | b'\xef' | b'\xbb' | b'\xbf') && !byte.is_ascii_whitespace()
    });
    let Some(event) = lead.map(|lead| &head[lead..]).filter(|event| event.starts_with(b"{")) else {
        return Shape::Lines;
    };
    let shares_the_bracket = lead.is_some_and(|lead| lead > 0 && head[lead - 1] == b'[');
    match event.get(1..).and_then(|rest| rest.iter().find(|byte| !matches!(byte, b' ' | b'\r' | b'\t'))) {
        // `{` and then a new line: printed for people.
        Some(b'\n') => Shape::Other,
        // `[{`: perhaps the whole array is one line.
        _ if shares_the_bracket => Shape::Other,
        _ => Shape::Lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collectors_write_lines_and_jq_does_not() {
        for lines in
            ["", "[\n]\n", "[\n  {\"ts\":1}\n,\n", "{\"ts\":1}\n{\"ts\":2}\n", "\u{feff}{\"a\":1}\n", "\n]\n"]
        {
            assert_eq!(of_head(lines.as_bytes()), Shape::Lines, "{lines:?}");
        }
        for other in ["[{\"ts\":1},{\"ts\":2}]", "[\n  {\n    \"ts\": 1\n  }\n]\n", "{\n \"ts\":1}"] {
            assert_eq!(of_head(other.as_bytes()), Shape::Other, "{other:?}");
        }
    }
}
