//! A simple command of a script, as the judges see it.

use std::cell::OnceCell;

/// A command with its words expanded as far as that can be done without running anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// The words, quotes removed, known variables put in. The first is the program.
    pub words: Vec<String>,
    /// Files that the shell opens for it.
    pub redirects: Vec<Redirect>,
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
    /// The program's name, once it was asked for; from then on the words must not change.
    pub(crate) name: OnceCell<String>,
    /// The arguments as one text, likewise.
    pub(crate) line: OnceCell<String>,
}

/// A redirection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Which way the data goes.
    pub mode: Mode,
    /// The file (or descriptor).
    pub target: String,
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

impl Command {
    /// The program's name: no folder, no `.exe`, lower case.
    pub fn program(&self) -> &str {
        self.name.get_or_init(|| self.words.first().map_or_else(String::new, |word| program_name(word)))
    }

    /// The words after the program.
    pub fn args(&self) -> &[String] {
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
        self.args().iter().map(String::as_str).filter(|arg| !arg.starts_with('-'))
    }

    /// Everything after the program as one text, lower case, a blank on both sides.
    pub fn line(&self) -> &str {
        self.line.get_or_init(|| {
            let mut line = String::from(" ");
            for arg in self.args() {
                // What a substitution will give is unknown; its commands are judged on their own.
                line.push_str(if arg.starts_with("$(") { "$()" } else { arg });
                line.push(' ');
            }
            line.to_lowercase()
        })
    }
}

/// `C:\Windows\System32\cmd.EXE` and `/usr/bin/cmd` are both `cmd`.
pub fn program_name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_lowercase();
    let name = name.trim_matches(['"', '\'', '@', '&']);
    [".exe", ".com", ".cmd", ".bat"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
        .to_owned()
}
