//! A light reading of code: its string literals, what simple variables hold, and its calls.

use super::Language;
use std::collections::HashMap;

/// How many tokens of a call's arguments are looked at: reading must stay linear.
const MAX_ARGUMENT_TOKENS: usize = 96;
/// How many strings and calls are kept.
const MAX_KEPT: usize = 20_000;

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Its text, escapes undone as far as they matter.
    pub text: String,
    /// First byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// A call of a function by name.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The dotted name: `subprocess.run`.
    pub name: String,
    /// Each argument's source.
    pub arguments: Vec<String>,
    /// Each argument's value, where it is a string that can be known.
    values: Vec<Option<String>>,
    /// Every string within the arguments.
    inner: Vec<String>,
    /// It is not Python's: a bare `exec` runs a command there.
    foreign: bool,
    /// The first argument is a list.
    pub list: bool,
    /// First byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// What was read of a piece of code.
#[derive(Debug, Default)]
pub struct Reading {
    /// Its string literals.
    pub strings: Vec<Literal>,
    /// Its calls.
    pub calls: Vec<Call>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Text,
    Mark(u8),
}

struct Token {
    kind: Kind,
    start: usize,
    end: usize,
    /// For [`Kind::Text`]: index among the literals.
    literal: usize,
}

impl Reading {
    /// Reads a piece of code.
    pub fn of(text: &str, language: Language) -> Self {
        let mut reading = Self::default();
        let tokens = reading.tokens(text, language);
        let mut known: HashMap<&str, String> = HashMap::new();
        for at in 0..tokens.len() {
            let foreign = language == Language::Other;
            reading.remember(text, &tokens, at, &mut known);
            if reading.calls.len() < MAX_KEPT
                && let Some(call) = reading.call(text, &tokens, at, &known)
            {
                reading.calls.push(Call { foreign, ..call });
            }
        }
        reading
    }

    fn tokens(&mut self, text: &str, language: Language) -> Vec<Token> {
        let bytes = text.as_bytes();
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            let kind = match bytes[at] {
                b' ' | b'\t' | b'\r' => {
                    at += 1;
                    continue;
                }
                b'#' if language == Language::Python => {
                    at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                    continue;
                }
                b'/' if language == Language::Other
                    && bytes.get(at + 1) == Some(&b'/')
                    && (at == 0 || bytes[at - 1].is_ascii_whitespace()) =>
                {
                    at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                    continue;
                }
                b'"' | b'\'' | b'`' => {
                    at = self.literal(text, start, start);
                    Kind::Text
                }
                byte if byte == b'_' || byte == b'$' || byte.is_ascii_alphabetic() || byte >= 0x80 => {
                    at += bytes[at..]
                        .iter()
                        .take_while(|b| {
                            **b == b'_'
                                || **b == b'.'
                                || **b == b'$'
                                || b.is_ascii_alphanumeric()
                                || **b >= 0x80
                        })
                        .count();
                    let prefix = at - start <= 2 && matches!(bytes.get(at), Some(b'"' | b'\''));
                    if prefix && language == Language::Python {
                        at = self.literal(text, start, at);
                        Kind::Text
                    } else {
                        Kind::Name
                    }
                }
                byte => {
                    at += 1;
                    Kind::Mark(byte)
                }
            };
            tokens.push(Token { kind, start, end: at, literal: self.strings.len().wrapping_sub(1) });
        }
        tokens
    }

    /// Reads the literal whose quote stands at `quote`; gives the place after it.
    fn literal(&mut self, text: &str, start: usize, quote: usize) -> usize {
        let bytes = text.as_bytes();
        let mark = bytes[quote];
        let triple = bytes[quote..].starts_with(&[mark; 3]);
        let raw = text[start..quote].contains(['r', 'R']);
        let mut at = quote + if triple { 3 } else { 1 };
        let from = at;
        let mut end = bytes.len();
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 2,
                b'\n' if !triple && mark != b'`' => {
                    end = at;
                    break;
                }
                byte if byte == mark && (!triple || bytes[at..].starts_with(&[mark; 3])) => {
                    end = at;
                    break;
                }
                _ => at += 1,
            }
        }
        let end = end.min(bytes.len());
        // An escape may have stepped into the middle of a character.
        let content = text.get(from.min(end)..end).unwrap_or_default();
        let content = if raw { content.to_owned() } else { unescaped(content) };
        let after = (end + if triple { 3 } else { 1 }).min(bytes.len());
        let after = (after..=bytes.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(bytes.len());
        self.strings.push(Literal { text: content, start, end: after });
        after
    }

    /// `name = "text"`, `name = "a" + "b"`, `name = other`: what a variable holds.
    fn remember<'t>(&self, text: &'t str, tokens: &[Token], at: usize, known: &mut HashMap<&'t str, String>) {
        let [name, equals, ..] = &tokens[at..] else { return };
        if name.kind != Kind::Name
            || equals.kind != Kind::Mark(b'=')
            || tokens.get(at + 2).is_some_and(|next| next.kind == Kind::Mark(b'='))
        {
            return;
        }
        let line_end = |token: &&Token| !matches!(token.kind, Kind::Mark(b'\n' | b';' | b',' | b')'));
        let value: Vec<&Token> = tokens[at + 2..].iter().take(24).take_while(line_end).collect();
        if let Some(value) = self.value(text, &value, known) {
            known.insert(&text[name.start..name.end], value);
        }
    }

    /// The value of an expression, if it is made of strings and known variables.
    fn value(&self, text: &str, tokens: &[&Token], known: &HashMap<&str, String>) -> Option<String> {
        let mut out = String::new();
        let mut any = false;
        let path = tokens.first().is_some_and(|token| text[token.start..token.end].ends_with("path.join"));
        for token in tokens {
            match token.kind {
                Kind::Text => {
                    if path && any && !out.ends_with('/') {
                        out.push('/');
                    }
                    let literal = &self.strings.get(token.literal)?.text;
                    out.push_str(&interpolated(literal, known));
                    any = true;
                }
                Kind::Name => {
                    let name = &text[token.start..token.end];
                    if let Some(value) = known.get(name) {
                        out.push_str(value);
                        any = true;
                    } else if !matches!(
                        name,
                        "Path"
                            | "pathlib.Path"
                            | "os.path.join"
                            | "path.join"
                            | "os.path.expanduser"
                            | "str"
                            | "r"
                            | "f"
                    ) && !any
                    {
                        return None;
                    }
                }
                Kind::Mark(b'[' | b'{') => return None,
                Kind::Mark(_) => {}
            }
            if out.len() > 8192 {
                break;
            }
        }
        any.then_some(out)
    }

    fn call(&self, text: &str, tokens: &[Token], at: usize, known: &HashMap<&str, String>) -> Option<Call> {
        let (name, open) = (tokens.get(at)?, tokens.get(at + 1)?);
        if name.kind != Kind::Name || open.kind != Kind::Mark(b'(') {
            return None;
        }
        let mut call = Call {
            name: text[name.start..name.end].to_owned(),
            start: name.start,
            end: open.end,
            ..Call::default()
        };
        let mut depth = 1_usize;
        let mut argument: Vec<&Token> = Vec::new();
        call.list = tokens.get(at + 2).is_some_and(|token| token.kind == Kind::Mark(b'['));
        for token in tokens[at + 2..].iter().take(MAX_ARGUMENT_TOKENS) {
            match token.kind {
                Kind::Mark(b'(' | b'[' | b'{') => depth += 1,
                Kind::Mark(b')' | b']' | b'}') => depth -= 1,
                Kind::Text => {
                    call.inner.extend(self.strings.get(token.literal).map(|literal| literal.text.clone()))
                }
                _ => {}
            }
            call.end = token.end;
            if depth == 0 {
                break;
            }
            if depth == 1 && token.kind == Kind::Mark(b',') {
                self.close(text, &mut argument, known, &mut call);
            } else {
                argument.push(token);
            }
        }
        self.close(text, &mut argument, known, &mut call);
        Some(call)
    }

    fn close(&self, text: &str, argument: &mut Vec<&Token>, known: &HashMap<&str, String>, call: &mut Call) {
        if let (Some(first), Some(last)) = (argument.first(), argument.last()) {
            call.arguments.push(text[first.start..last.end].to_owned());
            call.values.push(self.value(text, argument, known));
        }
        argument.clear();
    }
}

impl Call {
    /// The last part of the name.
    pub fn last_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The value of an argument, if it is a string that can be known.
    pub fn string(&self, index: usize) -> Option<&str> {
        self.values.get(index)?.as_deref()
    }

    /// The value of `name="…"`.
    pub fn keyword(&self, name: &str) -> Option<&str> {
        let at = self.arguments.iter().position(|argument| {
            argument.trim_start().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
        })?;
        self.arguments[at].split_once('=').map(|(_, value)| value.trim().trim_matches(['"', '\'']))
    }

    /// Every string in the first argument, in order.
    pub fn strings(&self) -> Vec<&str> {
        self.inner.iter().map(String::as_str).collect()
    }

    /// Every string within the arguments.
    pub fn inner_strings(&self) -> impl Iterator<Item = &str> {
        self.inner.iter().map(String::as_str)
    }

    /// The strings of `os.path.join(…)` as a path.
    pub fn joined(&self) -> Option<String> {
        (self.last_name() == "join" && self.inner.len() > 1).then(|| self.inner.join("/"))
    }

    /// Does one of the words stand in the arguments?
    pub fn mentions(&self, words: &[&str]) -> bool {
        self.arguments.iter().any(|argument| words.iter().any(|word| argument.contains(word)))
    }

    /// Does the call hand a text (or words) to the system's shell?
    pub fn runs_shell(&self) -> bool {
        let module = self.name.rsplit_once('.').map_or("", |(module, _)| module);
        let module = module.rsplit('.').next().unwrap_or(module);
        match self.last_name() {
            "system"
            | "popen"
            | "shell_exec"
            | "passthru"
            | "execSync"
            | "spawnSync"
            | "execFile"
            | "execFileSync"
            | "proc_open"
            | "create_subprocess_shell"
            | "create_subprocess_exec"
            | "getoutput"
            | "getstatusoutput"
            | "check_output"
            | "check_call"
            | "Popen"
            | "popen2"
            | "popen3"
            | "startfile"
            | "backtick" => true,
            "run" | "call" => module == "subprocess" || module == "sp",
            "exec" | "spawn" => {
                matches!(module, "child_process" | "cp" | "Kernel" | "pty" | "Runtime")
                    || self.foreign && module.is_empty()
            }
            "execl" | "execv" | "execvp" | "execlp" | "execve" | "spawnl" | "spawnv" => module == "os",
            "execute" => module == "os",
            _ => false,
        }
    }

    /// Does the call send data over the network?
    pub fn sends(&self) -> bool {
        match self.last_name() {
            "post" | "put" | "sendall" | "sendto" | "sendmail" | "send_message" | "storbinary"
            | "upload_file" | "upload_fileobj" | "put_object" | "sendFile" | "sendDocument" => true,
            "request" => self.mentions(&["POST", "PUT"]),
            "urlopen" | "Request" => self.arguments.len() > 1 || self.mentions(&["data="]),
            "fetch" => self.mentions(&["POST", "body"]),
            "send" => self.name.contains("sock") || self.name.len() <= 8,
            _ => false,
        }
    }
}

/// The text of a literal with `\n`, `\x41` and the like undone.
fn unescaped(text: &str) -> String {
    crate::shell::unescape(&text.replace("\\\\", "/")).into_owned()
}

/// `{name}` and `${name}` replaced where the variable is known.
fn interpolated(text: &str, known: &HashMap<&str, String>) -> String {
    if !text.contains('{') || text.len() > 4096 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        let inside = after[1..].split('}').next().unwrap_or_default();
        match known.get(inside.trim()) {
            Some(value) if inside.len() < 64 && after.len() > inside.len() + 1 => {
                out.push_str(before.trim_end_matches('$'));
                out.push_str(&value[..floor(value, 1024)]);
                rest = &after[inside.len() + 2..];
            }
            _ => {
                out.push_str(before);
                out.push('{');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
