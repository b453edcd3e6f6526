//! A text in words.

/// The words, numbers and signs of a text; every character of a script without blanks is a word.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let end = if in_word(first) { word_end(rest) } else { first.len_utf8() };
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

/// Where the word ends that a text begins with.
fn word_end(text: &str) -> usize {
    // Most words are plain, and then need no look at characters.
    let plain = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    match text.as_bytes().get(plain) {
        Some(next) if !next.is_ascii() => text.find(|c| !in_word(c)).unwrap_or(text.len()),
        _ => plain,
    }
}

/// A letter or digit of a script that puts blanks between words.
pub(crate) fn in_word(c: char) -> bool {
    let stands_alone = matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    c.is_alphanumeric() && !stands_alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_their_script_splits_them() {
        let split = |text| words(text).collect::<Vec<_>>();
        assert_eq!(split("it's 42, größer"), ["it", "'", "s", "42", ",", "größer"]);
        assert_eq!(split(" 忽略它 now"), ["忽", "略", "它", "now"]);
        assert!(split(" \n").is_empty());
    }
}
