//! Reads the words of a script: quotes, expansions, substitutions.

use super::command::{Mode, Word};
use super::expand::ansi_c;
use super::parser::{MAX_NESTING, Parser};
use std::borrow::Cow;

/// The bytes that mean something in a word without quotes.
const BARE: [bool; 256] = table(b" \t\n\r;&|()<>\\'\"`$");
/// Those among them that end a word, whatever stands before.
const ENDS: [bool; 256] = table(b" \t\n\r;&|)<>");
/// Those between double quotes.
const QUOTED: [bool; 256] = table(b"\"\\`$");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

impl<'t> Parser<'_, 't, '_> {
    /// The part of the text between two places, copied only where it must be.
    #[inline]
    fn part(&self, from: usize, to: usize) -> Option<Word<'t>> {
        match self.kept {
            Some(text) => text.get(from..to).map(Cow::Borrowed),
            None => self.text.get(from..to).map(|part| Cow::Owned(part.to_owned())),
        }
    }

    /// Reads a word in which nothing means anything, as nearly all are; otherwise reads nothing.
    #[inline]
    pub(super) fn plain_word(&mut self) -> Option<Word<'t>> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| BARE[usize::from(*byte)]).unwrap_or(rest.len());
        let ends = rest.get(length).is_none_or(|byte| ENDS[usize::from(*byte)]);
        // What begins with a brace may be several words.
        if length == 0 || !ends || rest[0] == b'{' {
            return None;
        }
        let word = self.part(self.at, self.at + length)?;
        self.at += length;
        self.script.steps += length + 1;
        Some(word)
    }

    /// Reads one word; unquoted expansions may make it several, or none.
    pub(super) fn word(&mut self, words: &mut Vec<Word<'t>>) {
        if let Some(word) = self.plain_word() {
            words.push(word);
            return;
        }
        let begin = self.at;
        let mut word = Building::default();
        while self.at < self.bytes.len() {
            self.script.steps += 1;
            match self.bytes[self.at] {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b')' => break,
                b'(' => {
                    // `a=(…)` and `f()` are the list's business; a bracket inside a word is text (`--format=%(x)`).
                    if word.text.ends_with('=') || self.peek(1) == b')' || word.text.is_empty() {
                        break;
                    }
                    word.push('(');
                    self.at += 1;
                }
                b'<' | b'>' if self.at == begin && self.peek(1) == b'(' && self.nesting < MAX_NESTING => {
                    word.push(char::from(self.bytes[self.at]));
                    self.at += 2;
                    let text = self.substitution();
                    word.push_str(&format!("({text})"));
                }
                b'<' | b'>' => break,
                b'\\' => {
                    self.at += 1;
                    if self.peek(0) == b'\n' {
                        self.at += 1;
                    } else {
                        self.char_into(&mut word);
                    }
                }
                b'\'' => self.single_quoted(&mut word),
                b'"' => self.double_quoted(&mut word),
                b'`' => {
                    let text = self.backticks();
                    word.push_str(&text);
                }
                b'$' => self.dollar(&mut word, false, words),
                _ => self.run_into(&mut word, &BARE),
            }
        }
        if self.at == begin {
            // Whatever stopped us here is not ours; never stand still.
            self.at += 1;
        }
        if word.exists || !word.text.is_empty() {
            expand_braces(word.text, words);
        }
    }

    /// Takes everything up to the next byte that means something.
    fn run_into(&mut self, word: &mut Building<'t>, meaning: &[bool; 256]) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| meaning[usize::from(*byte)]).unwrap_or(rest.len());
        match self.part(self.at, self.at + length) {
            Some(run) if !run.is_empty() => {
                word.add(run);
                self.at += length;
                self.script.steps += length - 1;
            }
            _ => self.char_into(word),
        }
    }

    fn char_into(&mut self, word: &mut Building<'t>) {
        if let Some(c) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            word.push(c);
            self.at += c.len_utf8();
        }
    }

    fn single_quoted(&mut self, word: &mut Building<'t>) {
        let from = self.at + 1;
        let rest = &self.bytes[from..];
        let length = memchr::memchr(b'\'', rest).unwrap_or(rest.len());
        self.script.steps += length;
        word.add(self.part(from, from + length).unwrap_or_default());
        word.exists = true;
        self.at = (self.at + length + 2).min(self.bytes.len());
    }

    fn double_quoted(&mut self, word: &mut Building<'t>) {
        self.at += 1;
        word.exists = true;
        while self.at < self.bytes.len() {
            self.script.steps += 1;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => {
                    match self.peek(1) {
                        b'\n' => self.at += 2,
                        b'"' | b'\\' | b'$' | b'`' => {
                            self.at += 1;
                            self.char_into(word);
                        }
                        _ => self.char_into(word),
                    };
                }
                b'`' => {
                    let text = self.backticks();
                    word.push_str(&text);
                }
                b'$' => self.dollar(word, true, &mut Vec::new()),
                _ => self.run_into(word, &QUOTED),
            }
        }
    }

    /// `$name`, `${…}`, `$(…)`, `$((…))`, `$'…'`.
    fn dollar(&mut self, word: &mut Building<'t>, quoted: bool, words: &mut Vec<Word<'t>>) {
        match self.peek(1) {
            b'\'' if !quoted => {
                self.at += 1;
                let rest = &self.text[self.at + 1..];
                let (text, used) = ansi_c(rest);
                self.script.steps += used;
                word.push_str(&text);
                word.exists = true;
                self.at = (self.at + 1 + used).min(self.bytes.len());
            }
            b'"' if !quoted => self.at += 1,
            b'(' if self.peek(2) == b'('
                && memchr::memmem::find(
                    &self.bytes[self.at..(self.at + 256).min(self.bytes.len())],
                    b"))",
                )
                .is_some() =>
            {
                let from = self.at;
                self.skip_past("))");
                word.push_str(&self.text[from..self.at]);
            }
            b'(' if self.nesting < MAX_NESTING => {
                self.at += 2;
                let text = self.substitution();
                word.push_str(&format!("$({text})"));
            }
            b'{' => {
                let rest = &self.text[self.at + 2..];
                let window = &rest.as_bytes()[..rest.len().min(256)];
                let Some(length) = closing_brace(window) else {
                    self.char_into(word);
                    return;
                };
                self.script.steps += length;
                let value = self.script.variables.parameter(&rest[..length]);
                self.at += length + 3;
                add_value(word, &value, quoted, words);
            }
            byte if byte == b'_' || byte.is_ascii_alphabetic() => {
                let rest = &self.bytes[self.at + 1..];
                let length = rest.iter().take_while(|b| **b == b'_' || b.is_ascii_alphanumeric()).count();
                let value = self.script.variables.value(&self.text[self.at + 1..self.at + 1 + length]);
                self.at += length + 1;
                add_value(word, &value, quoted, words);
            }
            // `$@`, `$*` and `$1` without arguments are empty: `w$@get` and `w$1get` are `wget`.
            b'@' | b'*' if !word.text.is_empty() && self.peek(2).is_ascii_alphabetic() => self.at += 2,
            _ => self.char_into(word),
        }
    }

    /// Reads the commands of a substitution, up to and with its `)`, and gives them as text.
    fn substitution(&mut self) -> String {
        let from = self.script.commands.len();
        let mut parser = Parser::new(self.text, self.script, self.place, self.depth, self.nesting + 1);
        parser.kept = self.kept;
        parser.at = self.at;
        parser.list(true);
        self.at = parser.at;
        self.as_text(from)
    }

    /// `` `…` ``: the text between is a script of its own.
    fn backticks(&mut self) -> String {
        let from = self.at + 1;
        let mut end = from;
        while end < self.bytes.len() && self.bytes[end] != b'`' {
            end += 1 + usize::from(self.bytes[end] == b'\\');
        }
        let end = end.min(self.bytes.len());
        let begin = self.at;
        self.at = (end + 1).min(self.bytes.len());
        let Some(inner) = self.text.get(from.min(end)..end).filter(|_| self.nesting < MAX_NESTING) else {
            return String::new();
        };
        let inner = inner.replace("\\`", "`");
        let first = self.script.commands.len();
        let place = self.place.or(Some((begin, self.at)));
        let mut parser = Parser::new(&inner, self.script, place, self.depth, self.nesting + 1);
        parser.list(false);
        format!("$({})", self.as_text(first))
    }

    /// The commands from `from` on as one line, expanded: what a variable holds that was set from them.
    fn as_text(&mut self, from: usize) -> String {
        let mut text = String::new();
        for command in &self.script.commands[from..] {
            if !text.is_empty() {
                text.push_str(if command.upstream.is_some() { " | " } else { "; " });
            }
            text.push_str(&command.words.join(" "));
            for redirect in command.redirects.iter().filter(|redirect| redirect.mode == Mode::Read) {
                text.push_str(" < ");
                text.push_str(&redirect.target);
            }
            if text.len() > 4096 {
                break;
            }
        }
        self.script.variables.charge(text)
    }
}

/// A word being put together.
#[derive(Default)]
struct Building<'t> {
    text: Word<'t>,
    /// It had quotes: it is a word even when it is empty.
    exists: bool,
}

impl<'t> Building<'t> {
    fn push(&mut self, c: char) {
        self.text.to_mut().push(c);
    }

    fn push_str(&mut self, text: &str) {
        self.text.to_mut().push_str(text);
    }

    /// Adds a part of the script; one alone stays as it stands there.
    fn add(&mut self, part: Word<'t>) {
        if self.text.is_empty() {
            self.text = part;
        } else {
            self.push_str(&part);
        }
    }
}

/// Puts a variable's value in; an unquoted one splits the word at its blanks.
fn add_value<'t>(word: &mut Building<'t>, value: &str, quoted: bool, words: &mut Vec<Word<'t>>) {
    if quoted || !value.contains([' ', '\t', '\n']) || value.starts_with("$(") {
        word.push_str(value);
        return;
    }
    let mut parts = value.split([' ', '\t', '\n']);
    word.push_str(parts.next().unwrap_or_default());
    for part in parts {
        if !word.text.is_empty() {
            words.push(std::mem::take(&mut word.text));
        }
        word.push_str(part);
    }
}

/// `{rm,-rf,/}` as a whole word is three words.
fn expand_braces<'t>(text: Word<'t>, words: &mut Vec<Word<'t>>) {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(inner) if inner.contains(',') && !inner.contains(['{', '}', '"', ' ', ':']) => {
            words.extend(inner.split(',').map(|word| Cow::Owned(word.to_owned())));
        }
        _ => words.push(text),
    }
}

/// Where the `}` of `${…}` stands.
fn closing_brace(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
