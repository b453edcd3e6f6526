//! A light reader of cmd and PowerShell scripts: enough to tell programs from arguments.

use super::command::{Command, Mode, Redirect};
use std::borrow::Cow;
use std::collections::HashMap;

/// What makes a text look like one for cmd or PowerShell, in any case.
pub const SIGNS: [&str; 36] = [
    "net user ",
    "net localgroup",
    "net group ",
    "net stop ",
    "net view",
    "whoami /",
    ".exe",
    "$env:",
    "%temp%",
    "%windir%",
    "%appdata%",
    "%userprofile%",
    "%username%",
    "c:\\",
    "hklm",
    "hkcu",
    "hkey_",
    "powershell",
    "pwsh",
    "cmd /c",
    "new-object",
    "invoke-",
    "get-wmi",
    "get-cim",
    "[system.",
    "[convert]",
    "[ref]",
    "[reflection",
    "[char]",
    "-erroraction",
    "write-host",
    "out-file",
    "start-process",
    "\\\\",
    "[text.encoding",
    "-itemproperty",
];

/// The commands of a cmd or PowerShell script, in order. Every byte is read once.
pub fn commands(text: &str) -> Vec<Command<'_>> {
    let mut reader = Reader {
        text,
        at: 0,
        out: Vec::new(),
        command: Command::default(),
        word: None,
        piped: false,
        variables: HashMap::new(),
    };
    reader.run();
    reader.out
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    out: Vec<Command<'t>>,
    command: Command<'t>,
    word: Option<String>,
    piped: bool,
    variables: HashMap<String, String>,
}

impl<'t> Reader<'t> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() {
            match bytes[self.at] {
                b'"' => self.quoted('"'),
                b'\'' if self.opens_quote() => self.quoted('\''),
                // cmd's and PowerShell's escapes, and what they are abused for: `p^ower`, `` i`ex ``.
                b'^' | b'`' => {
                    self.at += 1;
                    if matches!(bytes.get(self.at), Some(b'\r')) {
                        self.at += 1;
                    }
                    if matches!(bytes.get(self.at), Some(b'\n')) {
                        self.at += 1;
                    } else if matches!(bytes.get(self.at), Some(b'"' | b'&' | b'|' | b'\'')) {
                        self.push_char();
                    }
                }
                b' ' | b'\t' | b'\r' => {
                    self.end_word();
                    self.at += 1;
                }
                b'#' if self.word.is_none() => self.skip_line(),
                b'\n' | b';' => self.end(false),
                b'&' if self.word.is_none()
                    || bytes.get(self.at + 1) == Some(&b'&')
                    || bytes.get(self.at + 1) == Some(&b' ') =>
                {
                    self.end(false)
                }
                b'&' => self.end(false),
                b'|' => self.end(bytes.get(self.at + 1) != Some(&b'|')),
                b'{' | b'}' | b'(' | b')' => self.bracket(bytes[self.at]),
                b'>' => self.redirect(),
                b'=' if self.assigns() => {}
                _ => self.push_char(),
            }
        }
        self.end(false);
    }

    /// An apostrophe inside a word is one (`don't`).
    fn opens_quote(&self) -> bool {
        self.word.as_ref().is_none_or(|word| !word.ends_with(char::is_alphanumeric))
    }

    fn push_char(&mut self) {
        if let Some(c) = self.text[self.at..].chars().next() {
            self.word.get_or_insert_default().push(c);
            self.at += c.len_utf8();
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn quoted(&mut self, quote: char) {
        let rest = &self.text[self.at + 1..];
        let line = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        // A quote that is not closed on its line is closed anywhere, or else is no quote.
        let closing = memchr::memchr(quote as u8, rest.as_bytes());
        let length = closing.unwrap_or(line);
        self.word.get_or_insert_default().push_str(&rest[..length]);
        self.at = (self.at + length + 1 + usize::from(closing.is_some())).min(self.text.len());
    }

    /// Brackets after a program's name are a call; elsewhere they hold commands of their own.
    fn bracket(&mut self, byte: u8) {
        // `{default}` and `{1d2…-…}` are names.
        let rest = &self.text[self.at + 1..];
        let name = |rest: &str| {
            rest.bytes().take(48).find(|b| !(b.is_ascii_alphanumeric() || *b == b'-')) == Some(b'}')
        };
        let opens = byte == b'{' && !self.command.words.is_empty() && name(rest);
        if opens || byte == b'}' && self.word.as_ref().is_some_and(|word| word.starts_with('{')) {
            return self.push_char();
        }
        let glued = self.word.as_ref().is_some_and(|word| word.contains(['.', ':', '$', '%', '@', '[']));
        if byte == b'(' && glued || byte == b')' && self.command.words.is_empty() && self.word.is_none() {
            self.end_word();
            self.at += 1;
            return;
        }
        self.end(false);
    }

    /// `$name = value` sets a variable; a command may stand to the right.
    fn assigns(&mut self) -> bool {
        let pending = self.word.as_deref().or(self.command.words.last().map(Cow::as_ref));
        let lone = self.command.words.len() + usize::from(self.word.is_some()) == 1;
        let Some(name) = pending.filter(|name| lone && name.starts_with('$')).map(str::to_lowercase) else {
            return false;
        };
        self.word = None;
        self.command.words.clear();
        self.at += 1;
        let rest = &self.text[self.at..];
        // Only short values are worth keeping, and only a short look keeps this linear.
        let value: String = rest.chars().take(512).take_while(|c| !matches!(c, '\n' | ';')).collect();
        self.variables.insert(name, value.trim().trim_matches(['"', '\'']).to_owned());
        true
    }

    fn redirect(&mut self) {
        if matches!(self.word.as_deref(), Some("1" | "2")) {
            self.word = None;
        }
        self.end_word();
        let bytes = self.text.as_bytes();
        let append = bytes.get(self.at + 1) == Some(&b'>');
        self.at += 1 + usize::from(append);
        while matches!(bytes.get(self.at), Some(b' ' | b'&')) {
            self.at += 1;
        }
        let rest = &self.text[self.at..];
        let target = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.split('"').next().unwrap_or_default()
        } else {
            rest.split([' ', '\n', '\r', '&', '|', ';', ')', '}']).next().unwrap_or_default()
        };
        self.at += target.len() + 2 * usize::from(rest.starts_with('"'));
        self.at = self.at.min(self.text.len());
        let mode = if append { Mode::Append } else { Mode::Write };
        if !target.is_empty() {
            self.command.redirects.push(Redirect { mode, target: Cow::Borrowed(target) });
        }
    }

    fn end_word(&mut self) {
        let Some(mut word) = self.word.take() else { return };
        if self.command.words.is_empty() {
            let name = super::command::program_name(&word);
            if matches!(
                name.as_ref(),
                "" | "start"
                    | "call"
                    | "try"
                    | "if"
                    | "else"
                    | "foreach"
                    | "for"
                    | "do"
                    | "return"
                    | "echo."
                    | "finally"
                    | "catch"
                    | "[void]"
            ) && !(name == "start" && word.len() > 7)
            {
                return;
            }
            self.command.start = self.at.saturating_sub(word.len());
        }
        if word.starts_with('$')
            && let Some(value) = self.variables.get(&word.to_lowercase())
        {
            word.clone_from(value);
        }
        self.command.words.push(Cow::Owned(word));
    }

    fn end(&mut self, pipes: bool) {
        self.end_word();
        let mut command = std::mem::take(&mut self.command);
        command.end = self.at;
        self.at = (self.at + 1).min(self.text.len());
        if command.words.is_empty() && command.redirects.is_empty() {
            self.piped = self.piped && !pipes;
            return;
        }
        command.upstream = self.out.len().checked_sub(1).filter(|_| self.piped);
        self.piped = pipes;
        self.out.push(command);
    }
}
