//! Whether a line is one event.

use super::{Scan, scan_value};

/// Why a line is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// Not UTF-8.
    #[error("invalid UTF-8 at byte {0}")]
    Utf8(usize),
    /// Not JSON (NaN, Infinity and raw control characters in strings are not).
    #[error("not JSON at byte {0}")]
    Syntax(usize),
    /// JSON that ends too early.
    #[error("JSON cut short")]
    Truncated,
    /// More than one JSON value.
    #[error("something follows the JSON value at byte {0}")]
    Trailing(usize),
    /// A line break between the parts of a value: an event has one line.
    #[error("line break at byte {0}")]
    LineBreak(usize),
    /// Nothing but white space.
    #[error("empty line")]
    Empty,
}

/// Whether a line is exactly one JSON value in valid UTF-8, on one line, however deep.
///
/// Half a surrogate pair (`\ud83d`), numbers of any size and doubled keys are accepted: the bytes are kept as they
/// came, and it is the reader's business what to make of them. Scalars and arrays are accepted too.
///
/// # Errors
/// What is wrong, and where in the line.
pub fn check_event(line: &[u8]) -> Result<(), BadLine> {
    if let Err(error) = std::str::from_utf8(line) {
        return Err(BadLine::Utf8(error.valid_up_to()));
    }
    let end = match scan_value(line) {
        Scan::Whole(end) => end,
        Scan::Invalid(at) => return Err(BadLine::Syntax(at)),
        Scan::Partial if line.trim_ascii().is_empty() => return Err(BadLine::Empty),
        Scan::Partial => return Err(BadLine::Truncated),
    };
    if let Some(at) = line[end..].iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        return Err(BadLine::Trailing(end + at));
    }
    memchr::memchr(b'\n', line).map_or(Ok(()), |at| Err(BadLine::LineBreak(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openclaw_writes_and_worse_is_an_event() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for line in [
            r#"{"ts":1,"event":"x","delta":"\ud83d"}"#,
            r#"{"a":1e999,"b":123456789012345678901234567890,"a":2}"#,
            "{\"delta\":\"\u{1f604}\"}\r",
            "5",
            "[1]",
            "null",
            &deep,
        ] {
            assert_eq!(check_event(line.as_bytes()), Ok(()));
        }
    }

    #[test]
    fn what_would_break_a_log_file_is_not() {
        for (line, why) in [
            (&b"{\"a\":NaN}"[..], BadLine::Syntax(5)),
            (b"{\"a\":-Infinity}", BadLine::Syntax(6)),
            (b"{\"a\":\"\x00\"}", BadLine::Syntax(6)),
            (b"{\"a\":\"\xff\"}", BadLine::Utf8(6)),
            (b"{\"a\":1", BadLine::Truncated),
            (b"{\"a\":1},", BadLine::Trailing(7)),
            (b"{} {}", BadLine::Trailing(3)),
            (b"{\"a\":\n1}", BadLine::LineBreak(5)),
            (b" \r", BadLine::Empty),
            (b"", BadLine::Empty),
            (b"\xef\xbb\xbf{}", BadLine::Syntax(0)),
        ] {
            assert_eq!(check_event(line), Err(why), "{}", line.escape_ascii());
        }
    }
}
