//! Why a rule file was refused.

/// A fault in a rule file, with the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct LoadError {
    /// The file, by the name that it was given under.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl LoadError {
    pub(crate) fn new(file: &str, line: usize, why: impl ToString) -> Self {
        let why = why.to_string();
        Self { file: file.to_owned(), line, why: why.trim_end().replace('\n', ", ") }
    }

    pub(crate) fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        Self::new(file, line_of(text, at), error.message())
    }
}

/// The line, from 1, in which a byte of a text stands.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    memchr::memchr_iter(b'\n', before).count() + 1
}
