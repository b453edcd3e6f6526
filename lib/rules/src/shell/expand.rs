//! Variables and escapes, as far as they can be known without running anything.

use std::borrow::Cow;
use std::collections::HashMap;

/// A value longer than this is cut: no command needs it, and doubling would never end.
const MAX_VALUE: usize = 4096;

/// What is known of a script's variables.
#[derive(Debug, Default)]
pub struct Variables {
    values: HashMap<String, String>,
    /// Bytes that expansions may still add: `a=$a$a` over and over must stay linear.
    budget: usize,
}

impl Variables {
    /// Nothing known yet.
    pub fn new(budget: usize) -> Self {
        Self { values: HashMap::new(), budget }
    }

    /// Remembers a value.
    pub fn set(&mut self, name: &str, value: &str) {
        let mut end = value.len().min(MAX_VALUE);
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        self.values.insert(name.to_owned(), value[..end].to_owned());
    }

    /// The value of `$name`; what is unknown stays as it is written.
    pub fn value(&mut self, name: &str) -> String {
        match name {
            "IFS" => " ".to_owned(),
            _ => {
                let value = self.values.get(name).cloned();
                value.map_or_else(|| format!("${name}"), |value| self.charge(value))
            }
        }
    }

    /// Counts what an expansion adds; nothing more is added when the budget is spent.
    pub fn charge(&mut self, value: String) -> String {
        if value.len() > self.budget {
            return String::new();
        }
        self.budget -= value.len();
        value
    }

    /// The value of `${…}`, given what stands between the braces.
    pub fn parameter(&mut self, inner: &str) -> String {
        let name_end = inner
            .char_indices()
            .find(|(at, c)| !(c.is_ascii_alphanumeric() || *c == '_' || (*at == 0 && *c == '!')))
            .map_or(inner.len(), |(at, _)| at);
        let (name, rest) = inner.split_at(name_end);
        let name = name.trim_start_matches('!');
        let known = self.values.contains_key(name) || name == "IFS";
        if let Some(default) = rest.strip_prefix(":-").or_else(|| rest.strip_prefix(":=")) {
            return if known { self.value(name) } else { default.trim_matches(['"', '\'']).to_owned() };
        }
        if name.is_empty() {
            return format!("${{{inner}}}");
        }
        let value = self.value(name);
        if !known {
            return value;
        }
        if let Some(range) = rest.strip_prefix(':') {
            return slice(&value, range);
        }
        if let Some(pattern) = rest.strip_prefix('/') {
            return replace(&value, pattern);
        }
        value
    }
}

/// `${name:offset:length}`.
fn slice(value: &str, range: &str) -> String {
    let mut numbers = range.split(':').map(|number| number.trim().parse::<usize>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(offset)), Some(Ok(length))) => value.chars().skip(offset).take(length).collect(),
        (Some(Ok(offset)), None) => value.chars().skip(offset).collect(),
        _ => value.to_owned(),
    }
}

/// `${name/old/new}` and `${name//old/new}`, without patterns.
fn replace(value: &str, pattern: &str) -> String {
    let (all, pattern) = pattern.strip_prefix('/').map_or((false, pattern), |rest| (true, rest));
    let (old, new) = pattern.split_once('/').unwrap_or((pattern, ""));
    if old.is_empty() || old.contains(['*', '?', '[']) {
        return value.to_owned();
    }
    if all { value.replace(old, new) } else { value.replacen(old, new, 1) }
}

/// `$'…'`: the text with its escapes undone, and how many bytes it took up to and with the closing quote.
pub fn ansi_c(text: &str) -> (String, usize) {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => return (lossy(out), at + 1),
            b'\\' => at += escape(&bytes[at..], &mut out),
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    (lossy(out), at)
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// One backslash escape as `echo -e`, `printf` and `$'…'` read it; gives the bytes that it took.
fn escape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&kind) = bytes.get(1) else {
        out.push(b'\\');
        return 1;
    };
    let (radix, from, most) = match kind {
        b'x' => (16, 2, 2),
        b'0' => (8, 1, 4),
        b'1'..=b'7' => (8, 1, 3),
        b'u' => (16, 2, 4),
        _ => (0, 0, 0),
    };
    if radix > 0 {
        let digits = bytes[from..].iter().take(most).take_while(|b| char::from(**b).is_digit(radix)).count();
        let text = std::str::from_utf8(&bytes[from..from + digits]).unwrap_or_default();
        if let Ok(code) = u32::from_str_radix(text, radix) {
            match (kind, u8::try_from(code), char::from_u32(code)) {
                (b'u', _, Some(c)) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                (_, Ok(byte), _) => out.push(byte),
                _ => {}
            }
            return from + digits;
        }
    }
    out.push(match kind {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        other => other,
    });
    2
}

/// The text with the escapes of `echo -e` and `printf` undone.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            at += escape(&bytes[at..], &mut out);
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Cow::Owned(lossy(out))
}
