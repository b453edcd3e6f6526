//! What people paste: a key with the line end that came along, quotes, or the whole line of a file.

/// Why something cannot be a key or a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclean {
    /// Nothing is left.
    #[error("nothing was entered")]
    Empty,
    /// There is white space or a control character in the middle.
    #[error("there is a space or a line end in the middle: was something else pasted along?")]
    Broken,
    /// Longer than any key.
    #[error("that is longer than any key")]
    Long,
}

/// Takes off what does not belong to a key: white space and line ends around it, quotes, `export NAME=` before it.
///
/// # Errors
/// When what is left cannot be one.
pub fn clean(text: &str) -> Result<String, Unclean> {
    const LONGEST: usize = 4096;
    // Some terminals pass on the marks of a pasted text.
    let text = text.replace("\u{1b}[200~", "").replace("\u{1b}[201~", "");
    let mut text = text.trim();
    if let Some((name, value)) = text.trim_start_matches("export ").split_once('=')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    {
        text = value;
    }
    for quote in ['"', '\''] {
        text = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)).unwrap_or(text);
    }
    let text = text.trim();
    if text.is_empty() {
        Err(Unclean::Empty)
    } else if text.len() > LONGEST {
        Err(Unclean::Long)
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}')
    {
        Err(Unclean::Broken)
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_along_is_taken_off() {
        for pasted in [
            "sk-1",
            "sk-1\r\n",
            "\r\n  sk-1 \t\n\n",
            "\"sk-1\"",
            "export OPENAI_API_KEY=sk-1\n",
            "OPENAI_API_KEY='sk-1'",
            "\u{1b}[200~sk-1\u{1b}[201~",
        ] {
            assert_eq!(clean(pasted), Ok("sk-1".to_owned()), "{pasted:?}");
        }
        assert_eq!(clean("abc=="), Ok("abc==".to_owned()), "lower case is no name of a variable");
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        for (pasted, why) in [
            ("", Unclean::Empty),
            (" \r\n", Unclean::Empty),
            ("''", Unclean::Empty),
            ("sk-1\r\nsk-2", Unclean::Broken),
            ("sk 1", Unclean::Broken),
            ("sk\u{0}1", Unclean::Broken),
            ("sk\u{200b}1", Unclean::Broken),
        ] {
            assert_eq!(clean(pasted), Err(why), "{pasted:?}");
        }
        assert_eq!(clean(&"x".repeat(5000)), Err(Unclean::Long));
    }
}
