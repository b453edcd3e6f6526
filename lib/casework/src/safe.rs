//! The one way of untrusted text to each place where it is shown. What nobody would see, or what changes how its neighbours are
//! seen, stands as an escape everywhere.

use std::fmt::Write;

/// Text for a terminal: one line, no control characters.
pub fn terminal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { escape(&mut shown, c) } else { shown.push(c) }
    }
    shown
}

/// Text for an HTML page, in an element or a quoted attribute.
pub fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            '`' => shown.push_str("&#96;"),
            '\n' => shown.push('\n'),
            c if is_hidden(c) => escape(&mut shown, c),
            c => shown.push(c),
        }
    }
    shown
}

/// Text for one line of Markdown: nothing in it is markup, HTML or a link.
pub fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // Renderers make links of bare addresses.
            ':' => shown.push_str("&#58;"),
            '@' => shown.push_str("&#64;"),
            '.' => shown.push_str("\\."),
            '\n' => shown.push(' '),
            c if is_hidden(c) => escape(&mut shown, c),
            c if c.is_ascii_punctuation() => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

fn escape(shown: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = write!(shown, "[U+{:04X}]", u32::from(c));
}

/// Characters that are not seen, or that change how others are seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}![x](javascript:alert`1`) | # **b** \" ' & http://evil.test\r\n- x";

    #[test]
    fn nothing_of_it_acts_in_html() {
        let shown = html(HOSTILE);
        assert!(!shown.contains(['<', '>', '"', '\'', '`', '\u{1b}', '\u{202e}', '\r']), "{shown}");
    }

    #[test]
    fn nothing_of_it_acts_in_markdown() {
        let shown = markdown(HOSTILE);
        assert!(!shown.contains(['<', '>', '\n', '\u{1b}', '\u{202e}']), "{shown}");
        // What stands behind a backslash is a letter like any other.
        let (mut bare, mut behind) = (String::new(), false);
        for letter in shown.chars() {
            if !behind && letter != '\\' {
                bare.push(letter);
            }
            behind = !behind && letter == '\\';
        }
        for escape in ["[U+001B]", "[U+202E]", "[U+000D]"] {
            bare = bare.replace(escape, "");
        }
        assert!(!bare.contains(['!', '[', ']', '(', ')', '|', '*', '`', '-', '/']), "{bare}");
        assert!(!bare.contains(" # "), "{bare}");
        for markup in ["http:", "javascript:", "evil.test"] {
            assert!(!shown.contains(markup), "{markup} in {shown}");
        }
    }

    #[test]
    fn nothing_of_it_acts_on_a_terminal() {
        let shown = terminal(HOSTILE);
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown}");
    }
}
