//! What a finding shows of what it found: enough to know it again, never the secret.

use std::ops::Range;

/// Greatest length of a snippet in characters.
const LONGEST: usize = 160;

/// The matched text with the secret in it masked, cut to size, control characters escaped.
pub(crate) fn snippet(text: &str, span: Range<usize>, secret: Option<Range<usize>>) -> String {
    let mut shown = String::new();
    match secret {
        Some(secret) => {
            let secret = secret.start.max(span.start)..secret.end.min(span.end);
            if secret.start < secret.end {
                push(&mut shown, tail(&text[span.start..secret.start], 40));
                shown.push_str(&masked(&text[secret.clone()]));
                push(&mut shown, &text[secret.end..span.end]);
            }
        }
        None => push(&mut shown, &text[span]),
    }
    cut(shown)
}

/// The matched text with every secret in it masked: for findings that are not about the secret, or not about it alone.
pub(crate) fn around_secrets(text: &str, span: Range<usize>, secrets: &[Range<usize>]) -> String {
    let mut shown = String::new();
    let mut at = span.start;
    for secret in secrets {
        let (start, end) = (secret.start.max(at), secret.end.min(span.end));
        if start < end {
            push(&mut shown, &text[at..start]);
            shown.push_str("***");
            at = end;
        }
    }
    push(&mut shown, &text[at..span.end]);
    cut(shown)
}

/// A secret, masked: a sixth of it is shown at most, and never more than four characters at either end.
pub(crate) fn masked(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    let ends = (chars.len() / 12).min(4);
    let mut shown: String = chars[..ends].iter().flat_map(|&c| printable(c)).collect();
    shown.push_str("***");
    shown.extend(chars[chars.len() - ends..].iter().flat_map(|&c| printable(c)));
    shown
}

fn tail(text: &str, most: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(most))..]
}

fn push(shown: &mut String, text: &str) {
    shown.extend(text.chars().take(LONGEST + 1).flat_map(printable));
}

/// A character as it may be shown: control and invisible characters escaped.
fn printable(c: char) -> impl Iterator<Item = char> {
    let hidden = c.is_control() || crate::view::is_invisible(c);
    let escaped = hidden.then(|| c.escape_default()).into_iter().flatten();
    escaped.chain((!hidden).then_some(c))
}

fn cut(shown: String) -> String {
    match shown.char_indices().nth(LONGEST - 1) {
        Some((at, last)) if at + last.len_utf8() < shown.len() => format!("{}…", &shown[..at]),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_ends_only() {
        let text = "token=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL;";
        assert_eq!(snippet(text, 0..text.len(), Some(6..54)), "token=0123***IJKL;");
        assert_eq!(masked("hunter2"), "***");
        assert_eq!(masked("hunter2hunter2"), "h***2");
    }

    #[test]
    fn a_snippet_is_short_and_printable() {
        let text = format!("a\u{1b}[2J\u{200b}{}", "é".repeat(500));
        let shown = snippet(&text, 0..text.len(), None);
        assert!(shown.starts_with("a\\u{1b}[2J\\u{200b}éé") && shown.ends_with('…'));
        assert_eq!(shown.chars().count(), 160);
    }
}
