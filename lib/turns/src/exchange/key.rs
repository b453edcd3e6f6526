//! What two records of one answer have in common: their text, without what OpenClaw is known to take out of it.

use std::borrow::Cow;

/// Blocks that OpenClaw takes out of a text before it writes it to the raw stream.
const BLOCKS: [(&str, &str); 5] = [
    ("<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>", "<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"),
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<antthinking>", "</antthinking>"),
];
/// Tags that it takes out, leaving what stands between them.
const TAGS: [&str; 4] =
    ["<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>", "<<<END_OPENCLAW_INTERNAL_CONTEXT>>>", "<final>", "</final>"];

/// The key of a text that says nothing.
pub(crate) const EMPTY: u64 = 0;

/// A text as it is compared: without tags and white space, which dialects and versions treat differently.
pub(crate) fn plain(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for tag in TAGS {
        if text.contains(tag) {
            text = Cow::Owned(text.replace(tag, ""));
        }
    }
    text.split_whitespace().collect()
}

/// The same without the blocks that OpenClaw takes out, where there are any.
pub(crate) fn without_blocks(text: &str) -> Option<String> {
    let mut text = Cow::Borrowed(text);
    for (begin, end) in BLOCKS {
        while let Some(from) = text.find(begin) {
            // A block that is not closed goes to the end.
            let to = text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
            text.to_mut().replace_range(from..to, "");
        }
    }
    matches!(text, Cow::Owned(_)).then(|| plain(&text))
}

/// Names a text that is compared.
pub(crate) fn key(plain: &str) -> u64 {
    if plain.is_empty() {
        return EMPTY;
    }
    let hash = blake3::hash(plain.as_bytes());
    hash.as_bytes().first_chunk().map_or(1, |eight| u64::from_le_bytes(*eight).max(1))
}

/// The keys of an answer as the provider gave it: the raw stream has one of them. Thinking names a message that has nothing else.
pub(crate) fn of_answer(text: &str, thinking: &str) -> Vec<u64> {
    let mut keys = vec![key(&plain(text))];
    keys.extend(without_blocks(text).map(|text| key(&text)));
    if keys.contains(&EMPTY) {
        // Thinking may be kept out of the raw stream.
        keys.push(key(&plain(thinking)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The key of a message as the raw stream has it.
pub(crate) fn of_message(text: &str, thinking: &str) -> u64 {
    match key(&plain(text)) {
        EMPTY => key(&plain(thinking)),
        key => key,
    }
}

/// Whether one of two texts goes on where the other ends, as it is when a run or an answer broke off.
pub(crate) fn related(raw: &str, answer: &str) -> bool {
    let (raw, answer) = (plain(raw), plain(answer));
    raw.is_empty() || answer.contains(&raw) || (!answer.is_empty() && raw.contains(&answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openclaw_takes_out_makes_no_difference() {
        for (answer, raw) in [
            ("Hello  there\n", "Hello there"),
            ("a <<<END_OPENCLAW_INTERNAL_CONTEXT>>> b", "a b"),
            ("a <<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>x<<<END_OPENCLAW_INTERNAL_CONTEXT>>> b", "a b"),
            ("<think>hm</think>yes", "yes"),
            ("<final>yes</final>", "yes"),
        ] {
            assert!(of_answer(answer, "").contains(&of_message(raw, "hm")), "{answer}");
        }
        assert!(!of_answer("yes", "").contains(&of_message("yes!", "")));
        assert!(of_answer("", "hm").contains(&of_message("", "")));
        assert!(of_answer("", "hm").contains(&of_message("", " hm")));
    }

    #[test]
    fn a_text_that_broke_off_is_related_to_the_whole() {
        assert!(related("Hel", "Hello world") && related("Hello world", "Hello"));
        assert!(!related("Hello Eve", "Hello world"));
    }
}
