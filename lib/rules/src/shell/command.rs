//! A simple command of a script, as the judges see it.

use super::wrappers::is_interpreter;
use std::borrow::Cow;
use std::cell::OnceCell;

/// A word of a command: part of the script where it stands there as it is.
pub type Word<'t> = Cow<'t, str>;

/// A command with its words expanded as far as that can be done without running anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command<'t> {
    /// The words, quotes removed, known variables put in. The first is the program.
    pub words: Vec<Word<'t>>,
    /// Files that the shell opens for it.
    pub redirects: Vec<Redirect<'t>>,
    /// `NAME=value` before the program.
    pub assigns: Vec<(String, String)>,
    /// Bodies of here-documents and here-strings.
    pub input: String,
    /// Index of the command whose output it reads.
    pub upstream: Option<usize>,
    /// Indices of the commands in its `$(…)`, `` `…` `` and `<(…)`.
    pub inner: std::ops::Range<usize>,
    /// It was run through `sudo` or the like.
    pub elevated: bool,
    /// How many wrappers (`bash -c`, `eval`, `ssh host`) it was unpacked from.
    pub depth: u8,
    /// First byte in the script.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What its words and redirections may hold.
    pub(crate) kinds: Kinds,
    /// The program's name, once it was asked for; from then on the words must not change.
    pub(crate) name: OnceCell<Word<'t>>,
    /// Whether the program reads code, likewise.
    pub(crate) interprets: OnceCell<bool>,
    /// The arguments as one text, likewise.
    pub(crate) line: OnceCell<String>,
}

/// Kinds of marks, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(pub u8);

impl Default for Kinds {
    /// Where nobody has looked may be anything.
    fn default() -> Self {
        Self(u8::MAX)
    }
}

impl Kinds {
    /// No marks.
    pub const NONE: Self = Self(0);

    /// Whether one of the kinds is among them.
    pub fn has(self, Self(kinds): Self) -> bool {
        self.0 & kinds != 0
    }
}

impl std::ops::BitOrAssign for Kinds {
    fn bitor_assign(&mut self, Self(kinds): Self) {
        self.0 |= kinds;
    }
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect<'t> {
    /// Which way the data goes.
    pub mode: Mode,
    /// The file (or descriptor).
    pub target: Word<'t>,
}

/// Which way the data of a [`Redirect`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
}

impl<'t> Command<'t> {
    /// The program's name: no folder, no `.exe`, lower case.
    pub fn program(&self) -> &str {
        self.name.get_or_init(|| match self.words.first() {
            Some(Cow::Borrowed(word)) => program_name(word),
            Some(Cow::Owned(word)) => Cow::Owned(program_name(word).into_owned()),
            None => Cow::Borrowed(""),
        })
    }

    /// Does the program read code in some language?
    pub fn interprets(&self) -> bool {
        *self.interprets.get_or_init(|| is_interpreter(self.program()))
    }

    /// The words after the program.
    pub fn args(&self) -> &[Word<'t>] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Is this one of the words after the program?
    pub fn has(&self, word: &str) -> bool {
        self.args().iter().any(|arg| arg == word)
    }

    /// Is the letter among the short options (`-rf` has `r`), or the name among the long ones?
    pub fn has_option(&self, letter: char, long: &str) -> bool {
        self.args().iter().any(|arg| {
            arg.strip_prefix("--").map_or_else(
                || arg.strip_prefix('-').is_some_and(|letters| letters.contains(letter)),
                |name| !long.is_empty() && name.split('=').next() == Some(long),
            )
        })
    }

    /// The words after the program that are no options.
    pub fn operands(&self) -> impl Iterator<Item = &str> {
        self.args().iter().map(Cow::as_ref).filter(|arg| !arg.starts_with('-'))
    }

    /// Everything after the program as one text, lower case, a blank on both sides.
    pub fn line(&self) -> &str {
        self.line.get_or_init(|| {
            let length: usize = self.args().iter().map(|arg| arg.len() + 1).sum();
            let mut line = String::with_capacity(length + 1);
            line.push(' ');
            for arg in self.args() {
                // What a substitution will give is unknown; its commands are judged on their own.
                line.push_str(if arg.starts_with("$(") { "$()" } else { arg });
                line.push(' ');
            }
            if !line.is_ascii() {
                return line.to_lowercase();
            }
            line.make_ascii_lowercase();
            line
        })
    }
}

/// `C:\Windows\System32\cmd.EXE` and `/usr/bin/cmd` are both `cmd`.
pub fn program_name(word: &str) -> Word<'_> {
    let folder = memchr::memrchr2(b'/', b'\\', word.as_bytes());
    let name = &word[folder.map_or(0, |at| at + 1)..];
    // Not `any`, which could not take many bytes at once.
    if !name.bytes().fold(false, |found, byte| found | (byte >= 0x80) | byte.is_ascii_uppercase()) {
        return Cow::Borrowed(bare(name));
    }
    let name = if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() };
    let bare = bare(&name);
    Cow::Owned(if bare.len() == name.len() { name } else { bare.to_owned() })
}

/// A program's name without what may stand around it.
fn bare(name: &str) -> &str {
    let around = |byte: &u8| matches!(byte, b'"' | b'\'' | b'@' | b'&');
    let name = match name.as_bytes() {
        [first, .., last] if !around(first) && !around(last) => name,
        _ => name.trim_matches(['"', '\'', '@', '&']),
    };
    match name.len().checked_sub(4).and_then(|at| name.split_at_checked(at)) {
        Some((bare, ".exe" | ".com" | ".cmd" | ".bat")) => bare,
        _ => name,
    }
}
