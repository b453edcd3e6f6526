//! The value that follows a name, and how it follows.

use std::ops::Range;

/// A value and its announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub span: Range<usize>,
    /// `=`, `:`, `=>`, `>`, `,` stood between.
    pub assigned: bool,
    /// `is`, `was` stood between.
    pub said: bool,
    /// In quotes or backticks.
    pub quoted: bool,
    /// On a later line than the name.
    pub below: bool,
    /// After a comma: the next argument, or the next thing in a list.
    pub listed: bool,
}

/// Words that may stand between a name and its value.
const FILLERS: &[&str] = &[
    "is", "was", "are", "be", "to", "the", "a", "as", "value", "token", "key", "secret", "access", "private",
    "api", "code", "password", "string", "str", "text", "set", "named", "called", "with", "by", "new", "my",
    "your", "char", "const", "of", "es", "est", "ist", "lautet", "è", "é", "jest", "je", "equals", "content",
    "bearer", "basic", "tok", "license", "live", "stays", "remains", "still", "now",
];

const SAID: &[&str] = &[
    "is", "was", "are", "es", "est", "ist", "lautet", "è", "é", "jest", "je", "equals", "by", "stays",
    "remains",
];

/// The value that follows a name that ends at `from`.
pub(super) fn value(text: &str, from: usize) -> Option<Value> {
    let limit = text.floor_char_boundary(text.len().min(from + 600));
    let mut reader =
        Reader { text: &text[..limit], at: from, assigned: false, said: false, lines: 0, listed: false };
    reader.separators()?;
    if let Some(end) = reader.distant_is() {
        reader.at = end;
        reader.said = true;
        let _nothing_between = reader.separators();
    }
    reader.value()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    assigned: bool,
    said: bool,
    lines: usize,
    /// A comma was the last separator: what follows on another line is the next thing.
    listed: bool,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Skips what may stand between; `None` when something stands there that may not.
    fn separators(&mut self) -> Option<()> {
        let first = self.at;
        let mut words = 0;
        while self.at < first + 60 {
            match self.byte(self.at)? {
                b' ' | b'\t' | b'"' | b'\'' | b'`' | b'(' | b']' | b'*' => self.at += 1,
                b'\\' => {
                    self.at += if matches!(self.byte(self.at + 1), Some(b'n' | b't' | b'r')) { 2 } else { 1 }
                }
                b'\r' | b'\n' => {
                    self.lines += 1;
                    if self.lines > 1 + usize::from(self.assigned) || self.listed {
                        return None;
                    }
                    self.at += 1;
                }
                b'=' | b':' | b'>' | b',' | b'|' | b'!' => {
                    self.assigned = true;
                    self.listed = self.byte(self.at) == Some(b',');
                    self.at += 1;
                }
                b'-' | b'.' | b'_' | b'/' if self.at == first || self.byte(self.at + 1) == Some(b' ') => {
                    self.at += 1
                }
                b'-' if self.byte(self.at + 1) == Some(b'>') => self.at += 1,
                b'&' if self.text[self.at..].starts_with("&quot;") => self.at += 6,
                b'&' if self.text[self.at..].starts_with("&gt;") => self.at += 4,
                0x80.. if "：＝「『“‘は".chars().any(|c| self.text[self.at..].starts_with(c)) => {
                    self.assigned = true;
                    self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
                }
                _ => {
                    let Some(end) = self.filler() else { break };
                    words += 1;
                    if words > 4 {
                        return None;
                    }
                    self.at = end;
                }
            }
        }
        // The name must end here: `tokenX` with nothing between is another name.
        (self.at > first).then_some(())
    }

    /// The end of a filler word that stands here.
    fn filler(&mut self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let word = rest[..end].to_lowercase();
        // The last word is a word only when something follows it other than more of a value.
        let after = rest[end..].chars().next()?;
        let ends = after.is_whitespace() || matches!(after, ':' | '=' | '"' | '\'' | '`' | '(' | ')' | '>');
        if !ends || !FILLERS.contains(&word.as_str()) {
            return None;
        }
        self.said |= SAID.contains(&word.as_str());
        Some(self.at + end)
    }

    /// `password for the staging database is X`: where `is` ends.
    fn distant_is(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let starts = [
            "for ", "of ", "to ", "on ", "at ", "in ", "i use", "we use", "field ", "pour ", "du ", "des ",
            "für ", "para ", "del ", "de ",
        ];
        let lower = rest.get(..7.min(rest.len())).unwrap_or_default().to_ascii_lowercase();
        if self.assigned || !starts.iter().any(|word| lower.starts_with(word)) {
            return None;
        }
        let window = &rest[..rest.floor_char_boundary(rest.len().min(70))];
        let window = window.split(['\n', ';', '!', '?']).next().unwrap_or_default();
        let window = window.split(". ").next().unwrap_or_default();
        let ends = [" is ", " was ", ": ", " = ", " est ", " es ", " ist ", " lautet "];
        let end = ends.iter().filter_map(|word| window.find(word).map(|at| at + word.len())).min()?;
        Some(self.at + end)
    }

    fn value(&self) -> Option<Value> {
        let open = self.at.checked_sub(1).and_then(|at| self.byte(at))?;
        let before = self.text[..self.at].chars().next_back();
        if open == b'(' && !matches!(self.byte(self.at), Some(b'"' | b'\'')) {
            return None;
        }
        let quote = match (open, before) {
            (b'"' | b'\'' | b'`', _) => Some(char::from(open)),
            (_, Some('“')) => Some('”'),
            (b';', _) => Some('&'),
            _ => None,
        };
        let rest = &self.text[self.at..];
        let end = match quote {
            Some(quote) => rest.find([quote, '\n'])?,
            None => rest
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ',' | ';' | '|')
                })
                .unwrap_or(rest.len()),
        };
        let mut end = end.min(512);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let mut value = &rest[..end];
        value = value.strip_suffix('\\').unwrap_or(value);
        if quote.is_none() {
            value = value.trim_end_matches(['.', ')', '}', ']', ':', '?']);
            value = value.split('&').next().filter(|first| first.len() >= 12).unwrap_or(value);
            value = value.split("\\n").next().unwrap_or(value);
        }
        let span = self.at..self.at + value.len();
        (!value.is_empty()).then_some(Value {
            span,
            assigned: self.assigned,
            said: self.said,
            quoted: quote.is_some(),
            below: self.lines > 0,
            listed: self.listed,
        })
    }
}
