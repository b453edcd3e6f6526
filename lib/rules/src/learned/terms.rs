//! What takes the terms of a text, one after the other.

use std::collections::BTreeSet;
use std::fmt::{Arguments, Write};

/// Takes terms; those that are put together share one buffer.
pub(crate) struct Terms<'a> {
    each: &'a mut dyn FnMut(&str),
    term: String,
}

impl<'a> Terms<'a> {
    /// Hands every term to `each`.
    pub(super) fn new(each: &'a mut dyn FnMut(&str)) -> Self {
        Self { each, term: String::new() }
    }

    /// Takes a term that stands in the text.
    pub(crate) fn word(&mut self, word: &str) {
        (self.each)(word);
    }

    /// Takes a term that is put together.
    pub(crate) fn put(&mut self, term: Arguments<'_>) {
        self.term.clear();
        // Writing to a string does not fail.
        _ = self.term.write_fmt(term);
        (self.each)(&self.term);
    }
}

/// The terms that a text gives, each once.
pub(crate) fn set(give: impl FnOnce(&mut Terms<'_>)) -> BTreeSet<String> {
    let mut set = BTreeSet::new();
    give(&mut Terms::new(&mut |term| _ = set.insert(term.to_owned())));
    set
}
