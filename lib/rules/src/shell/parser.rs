//! A lenient reader of POSIX and bash scripts.
//!
//! Why not a crate: `brush-parser`, `yash-syntax` and `conch-parser` want valid scripts and give up at the first error,
//! while a judge must see the rest of a script whose first line is broken, or cut off, on purpose; `shlex` knows neither
//! operators nor substitutions. This reader never fails: every byte is read once, nesting is bounded, and what it
//! cannot understand it takes as words.

use super::command::{Command, Mode, Redirect, Word};
use super::expand::Variables;
use std::borrow::Cow;

/// How deep `$(…)` may nest before it is taken as text.
pub(super) const MAX_NESTING: u8 = 24;
/// How many bytes expansions may add to one script.
const EXPANSION_BUDGET: usize = 1 << 18;

/// What was read of a script.
#[derive(Debug, Default)]
pub struct Script<'t> {
    /// Every command, those inside substitutions before the one that they stand in.
    pub commands: Vec<Command<'t>>,
    /// What is known of the variables.
    pub variables: Variables,
    /// Bytes read so far, nested scripts counted again: the work done.
    pub steps: usize,
}

impl<'t> Script<'t> {
    /// Reads a script.
    pub fn parse(text: &'t str) -> Self {
        let mut script = Self { variables: Variables::new(EXPANSION_BUDGET), ..Self::default() };
        let mut parser = Parser::new(text, &mut script, None, 0, 0);
        parser.kept = Some(text);
        parser.list(false);
        script
    }

    /// Reads a script that was found inside a command: its commands get that command's place.
    pub fn parse_more(
        &mut self,
        text: &str,
        place: Option<(usize, usize)>,
        depth: u8,
    ) -> std::ops::Range<usize> {
        let from = self.commands.len();
        let mut parser = Parser::new(text, self, place, depth, 0);
        parser.list(false);
        from..self.commands.len()
    }
}

pub(super) struct Parser<'p, 't, 's> {
    pub(super) text: &'p str,
    pub(super) bytes: &'p [u8],
    /// The same text, when it lives as long as the script: words that stand in it need no copy.
    pub(super) kept: Option<&'t str>,
    pub(super) at: usize,
    pub(super) script: &'s mut Script<'t>,
    pub(super) place: Option<(usize, usize)>,
    pub(super) depth: u8,
    pub(super) nesting: u8,
    /// The command being read.
    command: Command<'t>,
    /// Its number of commands when it began: those after it are its inner ones.
    inner_from: usize,
    /// The next command reads the output of this one.
    pipe: Option<usize>,
    /// Here-documents announced on this line: delimiter, and whether leading tabs go.
    heredocs: Vec<(Word<'t>, bool)>,
}

impl<'p, 't, 's> Parser<'p, 't, 's> {
    pub(super) fn new(
        text: &'p str,
        script: &'s mut Script<'t>,
        place: Option<(usize, usize)>,
        depth: u8,
        nesting: u8,
    ) -> Self {
        let inner_from = script.commands.len();
        let (bytes, command) = (text.as_bytes(), Command::default());
        Self {
            text,
            bytes,
            kept: None,
            at: 0,
            script,
            place,
            depth,
            nesting,
            command,
            inner_from,
            pipe: None,
            heredocs: Vec::new(),
        }
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    /// Reads commands up to the end, or up to the `)` that closes a substitution.
    pub(super) fn list(&mut self, closes: bool) {
        let mut parens = 0_usize;
        self.begin();
        while self.at < self.bytes.len() {
            self.script.steps += 1;
            match self.bytes[self.at] {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.peek(1) == b'\n' => self.at += 2,
                b'\\' if self.starts("\\\r\n") => self.at += 3,
                b'#' => self.skip_line(),
                b'\n' => {
                    self.finish(false);
                    self.at += 1;
                    self.read_heredocs();
                    self.begin();
                }
                b'&' if self.peek(1) == b'>' => self.redirect(),
                b';' | b'&' => self.separator(false),
                b'|' => {
                    let or = self.peek(1) == b'|';
                    self.separator(!or);
                }
                b'(' => parens = self.open(parens),
                b')' if parens == 0 && closes => {
                    self.finish(false);
                    self.at += 1;
                    return;
                }
                b')' => {
                    parens = parens.saturating_sub(1);
                    self.separator_one();
                }
                b'<' | b'>' => self.redirect(),
                b'0'..=b'9' if self.descriptor() => self.redirect(),
                _ => self.word_into_command(),
            }
        }
        self.finish(false);
    }

    fn begin(&mut self) {
        self.command = Command { start: self.at, depth: self.depth, ..Command::default() };
        self.inner_from = self.script.commands.len();
    }

    fn separator(&mut self, pipes: bool) {
        self.finish(pipes);
        while matches!(self.peek(0), b';' | b'&' | b'|') && !self.starts("&>") {
            self.at += 1;
        }
        self.begin();
    }

    /// `(` and `)`: the pipe into a group goes to its first command, the pipe out comes from its last.
    fn separator_one(&mut self) {
        let pipe = self.pipe;
        let empty = self.command.words.is_empty();
        self.finish(false);
        if empty {
            self.pipe = pipe;
        }
        self.at += 1;
        self.begin();
    }

    /// A `(` between words: subshell, arithmetic, array or function.
    fn open(&mut self, parens: usize) -> usize {
        if self.command.words.is_empty() && self.starts("((") && self.command.assigns.is_empty() {
            self.skip_past("))");
            return parens;
        }
        if self.peek(1) == b')' && self.command.words.len() <= 2 && !self.command.words.is_empty() {
            self.at += 2;
            self.command.words.clear();
            self.begin();
            return parens;
        }
        if self.command.words.is_empty()
            && self.command.assigns.last().is_some_and(|(_, value)| value.is_empty())
        {
            self.array();
            return parens;
        }
        self.separator_one();
        parens + 1
    }

    /// `name=(a b c)`: the words joined by blanks stand for the array.
    fn array(&mut self) {
        self.at = (self.at + 1).min(self.bytes.len());
        let mut words = Vec::new();
        while self.at < self.bytes.len() && self.peek(0) != b')' {
            if matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r' | b'(' | b';' | b'&' | b'|' | b'<' | b'>')
            {
                self.at = (self.at + 1).min(self.bytes.len());
            } else {
                self.word(&mut words);
            }
        }
        self.at = (self.at + 1).min(self.bytes.len());
        let joined = words.join(" ");
        if let Some((name, value)) = self.command.assigns.last_mut() {
            self.script.variables.set(name, &joined);
            *value = joined;
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    pub(super) fn skip_past(&mut self, end: &str) {
        // Nothing that is really meant is longer; looking further each time would not be linear.
        let rest = &self.bytes[self.at..(self.at + 512).min(self.bytes.len())];
        let found = memchr::memmem::find(rest, end.as_bytes()).map(|offset| offset + end.len());
        // An end that never comes must not swallow the script.
        let skipped = found.unwrap_or(2).min(rest.len());
        self.script.steps += if found.is_some() { skipped } else { rest.len() / 16 };
        self.at += skipped;
    }

    /// Closes the command being read; `pipes` says that the next one reads its output.
    fn finish(&mut self, pipes: bool) {
        let empty = self.command.words.is_empty()
            && self.command.redirects.is_empty()
            && self.command.assigns.is_empty();
        if empty {
            // `( … ) | next`, `done | next`: what follows reads what the last command wrote.
            if pipes {
                self.pipe = self.script.commands.len().checked_sub(1);
            }
            return;
        }
        let mut command = std::mem::take(&mut self.command);
        self.loop_variable(&command);
        command.inner = self.inner_from..self.script.commands.len();
        command.upstream = self.pipe.take();
        command.end = self.at.min(self.bytes.len());
        command.start = command.start.min(command.end);
        if let Some((start, end)) = self.place {
            (command.start, command.end) = (start, end);
        }
        if command.words.is_empty() {
            for (name, value) in &command.assigns {
                self.script.variables.set(name, value);
            }
        }
        self.declared(&command);
        self.script.commands.push(command);
        if pipes {
            self.pipe = self.script.commands.len().checked_sub(1);
        }
    }

    /// `for x in a b c`: the words joined by blanks stand for the variable.
    fn loop_variable(&mut self, command: &Command<'_>) {
        if let [keyword, name, within, values @ ..] = command.words.as_slice()
            && (keyword == "for" || keyword == "select")
            && within == "in"
        {
            self.script.variables.set(name, &values.join(" "));
        }
    }

    /// `export NAME=value`, `local`, `declare`, `readonly`.
    fn declared(&mut self, command: &Command<'_>) {
        if !matches!(
            command.words.first().map(Cow::as_ref),
            Some("export" | "local" | "declare" | "readonly" | "typeset" | "set")
        ) {
            return;
        }
        for word in command.args() {
            if let Some((name, value)) = word.split_once('=')
                && is_name(name)
            {
                self.script.variables.set(name, value);
            }
        }
    }

    fn descriptor(&self) -> bool {
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits <= 3 && matches!(self.peek(digits), b'<' | b'>')
    }

    fn redirect(&mut self) {
        while self.peek(0).is_ascii_digit() || self.peek(0) == b'&' {
            self.at += 1;
        }
        if matches!(self.peek(0), b'<' | b'>') && self.peek(1) == b'(' && self.nesting < MAX_NESTING {
            let mut words = Vec::new();
            self.word(&mut words);
            self.command.words.append(&mut words);
            return;
        }
        let reads = self.peek(0) == b'<';
        let again = self.peek(1) == self.peek(0);
        if reads && again && self.peek(2) == b'<' {
            self.at += 3;
            let text = self.target();
            self.command.input.push_str(&text);
            return;
        }
        if reads && again {
            self.at += 2;
            let tabs = self.peek(0) == b'-';
            self.at += usize::from(tabs);
            let delimiter = self.target();
            self.heredocs.push((delimiter, tabs));
            return;
        }
        let append = self.peek(0) == b'>' && again;
        while matches!(self.peek(0), b'<' | b'>' | b'|' | b'&') {
            self.at += 1;
        }
        let mode = match (reads, append) {
            (true, _) => Mode::Read,
            (_, true) => Mode::Append,
            _ => Mode::Write,
        };
        let target = self.target();
        if !target.is_empty() {
            self.command.redirects.push(Redirect { mode, target });
        }
    }

    /// The word after a redirection operator.
    fn target(&mut self) -> Word<'t> {
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
        if matches!(self.peek(0), 0 | b'\n' | b';' | b'|' | b'(' | b')') {
            return Cow::Borrowed("");
        }
        if let Some(word) = self.plain_word() {
            return word;
        }
        let mut words = Vec::new();
        self.word(&mut words);
        if words.len() > 1 { Cow::Owned(words.join(" ")) } else { words.pop().unwrap_or_default() }
    }

    /// Reads the bodies of the here-documents that the last line announced; the last command gets them.
    fn read_heredocs(&mut self) {
        for (delimiter, tabs) in std::mem::take(&mut self.heredocs) {
            let mut body = String::new();
            while self.at < self.bytes.len() {
                let line_end = self.at
                    + memchr::memchr(b'\n', &self.bytes[self.at..]).unwrap_or(self.bytes.len() - self.at);
                let line = &self.text[self.at..line_end];
                self.script.steps += line.len();
                self.at = (line_end + 1).min(self.bytes.len());
                let bare = if tabs { line.trim_start_matches('\t') } else { line };
                if bare.trim_end() == delimiter {
                    break;
                }
                body.push_str(bare);
                body.push('\n');
            }
            // The redirection may stand in any command of the line's pipeline; the first that has none takes it.
            if let Some(command) = self.script.commands.last_mut() {
                command.input.push_str(&body);
            }
        }
    }

    fn word_into_command(&mut self) {
        let first = self.command.words.is_empty();
        if !first && let Some(word) = self.plain_word() {
            self.command.words.push(word);
            return;
        }
        let mut words = std::mem::take(&mut self.command.words);
        self.word(&mut words);
        if first
            && let [word] = words.as_slice()
            && (self.assignment(word) || is_keyword(word))
        {
            words.clear();
        }
        self.command.words = words;
    }

    /// `name=value` before the program, taken off.
    fn assignment(&mut self, word: &str) -> bool {
        let Some(equals) = memchr::memchr(b'=', word.as_bytes()) else { return false };
        let (name, value) = (word[..equals].trim_end_matches('+'), &word[equals + 1..]);
        if is_name(name) {
            // Known at once, so that `a=x b=$a` works; a command of its own sets it for good.
            self.script.variables.set(name, value);
            self.command.assigns.push((name.to_owned(), value.to_owned()));
            return true;
        }
        false
    }
}

/// A name that can be assigned to.
fn is_name(text: &str) -> bool {
    let base = text.split('[').next().unwrap_or(text);
    let mut bytes = base.bytes();
    bytes.next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic())
        && bytes.all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

/// Words before a command that change nothing about what it does, and words that only close something.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "elif"
            | "else"
            | "while"
            | "until"
            | "do"
            | "!"
            | "{"
            | "time"
            | "coproc"
            | "function"
            | "}"
            | "fi"
            | "done"
            | "esac"
    )
}
