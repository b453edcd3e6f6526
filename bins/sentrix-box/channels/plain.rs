//! Text from the sandbox, as it may be shown: on one line, nothing that steers a terminal, and nothing that could be a token. And tables of it.

/// The shortest run of letters and digits that is taken for a token. Bot tokens, app tokens and keys are longer.
const TOKEN: usize = 16;

/// A text of which nothing is hidden but what could be a token.
pub fn line(text: &str) -> String {
    masked(text).chars().flat_map(visible).collect()
}

/// A name or an id, which may look like a token.
pub fn name(text: &str) -> String {
    text.chars().flat_map(visible).collect()
}

/// The beginning of a text that is too wide for a table.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let c = if c == '\n' || c == '\t' { ' ' } else { c };
    // Beside control characters, those that turn the direction of a line or cannot be seen at all.
    let hidden = c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let escaped = hidden.then(|| c.escape_unicode()).into_iter().flatten();
    escaped.chain((!hidden).then_some(c))
}

/// An error of a service may quote the address that was asked, and Telegram's has the bot's token in it.
fn masked(text: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':');
    let mut masked = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !part(c)) {
        let word = piece.trim_end_matches(|c| !part(c));
        let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic());
        if mixed && word.len() >= TOKEN {
            masked.push_str("***");
            masked.push_str(piece.get(word.len()..).unwrap_or_default());
        } else {
            masked.push_str(piece);
        }
    }
    masked
}

/// Rows under a head, each column as wide as it must be.
pub fn table<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> Vec<String> {
    let mut all = vec![head.map(str::to_owned)];
    all.extend(rows);
    let width = |column: usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_token_is_not_shown() {
        let token = ["123456789", &"AAe2e".repeat(7)].join(":");
        for (text, shown) in [
            (
                format!("GET https://api.telegram.org/bot{token}/getMe: 401"),
                "GET https://api.telegram.org/***/getMe: 401",
            ),
            ("Bearer xoxb-1234-5678-abcdefgh.".to_owned(), "Bearer ***."),
            ("é deadbeefdeadbeef0000".to_owned(), "é ***"),
            (
                "proxy answered CONNECT with 502 | UND_ERR_ABORTED".to_owned(),
                "proxy answered CONNECT with 502 | UND_ERR_ABORTED",
            ),
        ] {
            assert_eq!(line(&text), shown);
        }
    }

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(line("a\u{1b}[2J\nb\u{202e}c\u{9b}"), "a\\u{1b}[2J b\\u{202e}c\\u{9b}");
        assert_eq!(name("Ada\u{200b} 1234567890abcdefgh"), "Ada\\u{200b} 1234567890abcdefgh");
    }

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["ä".to_owned(), "x".to_owned()], ["long".to_owned(), String::new()]];
        assert_eq!(table(&["A", "B"], rows.into_iter()), ["A     B", "ä     x", "long"]);
        assert_eq!((cut("abcdef", 4), cut("abcd", 4)), ("abc…".to_owned(), "abcd".to_owned()));
    }
}
