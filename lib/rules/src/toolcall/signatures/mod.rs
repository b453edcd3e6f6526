//! Commands that are dangerous by program and arguments alone.
//!
//! A signature is one line of a table: programs, terms, danger. The terms are looked for in the arguments as one lower
//! case text with a blank between words and at both ends: every term must be there; `a|b` is either; `!a` must not be
//! there; `^` and `$` stand for the blank before and after a word.

mod abuse;
mod cloud;
mod posix;
mod windows;
mod windows_abuse;

use super::danger::Danger;
use crate::names;
use crate::shell::{Command, program_name};
use std::sync::LazyLock;

/// Programs (`a|b`), terms, danger.
type Line = (&'static str, &'static str, Danger);

/// One alternative of a term: the text, blanks put in.
struct Term {
    not: bool,
    any: Vec<String>,
}

struct Signature {
    terms: Vec<Term>,
    danger: Danger,
}

/// Signatures by program.
type Table = names::Table<Vec<Signature>>;

static POSIX: LazyLock<Table> = LazyLock::new(|| table(&[posix::LINES, abuse::LINES, cloud::LINES]));
static WINDOWS: LazyLock<Table> = LazyLock::new(|| table(&[windows::LINES, windows_abuse::LINES]));

fn table(lines: &[&[Line]]) -> Table {
    let mut table = Table::default();
    for &(programs, terms, danger) in lines.iter().copied().flatten() {
        for program in programs.split('|') {
            let terms = terms.split_whitespace().map(term).collect();
            table.entry(program).or_default().push(Signature { terms, danger });
        }
    }
    table
}

fn term(text: &str) -> Term {
    let (not, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    Term { not, any: text.split('|').map(|one| one.replace(['^', '$'], " ")).collect() }
}

/// Every danger that the table sees in a command of a POSIX script.
pub fn posix(command: &Command<'_>) -> Vec<Danger> {
    dangers(&POSIX, command)
}

/// Every danger that the table sees in a command of a cmd or PowerShell script.
pub fn windows(command: &Command<'_>) -> Vec<Danger> {
    dangers(&WINDOWS, command)
}

/// Does a line of the text begin with a program that only Windows has?
pub fn windows_program(text: &str) -> bool {
    lines(text).take(2000).any(|line| {
        let (word, name) = first_word(line);
        may_be_program(name) && word.len() < 128 && {
            let name = program_name(word);
            WINDOWS.contains_key(&*name) && !AMBIGUOUS.contains(&&*name) && !POSIX.contains_key(&*name)
        }
    })
}

/// What stands between line ends, `&`, `|` and `;`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut semicolons = memchr::memchr_iter(b';', bytes).peekable();
    let mut others = memchr::memchr3_iter(b'\n', b'&', b'|', bytes).peekable();
    let mut from = Some(0);
    std::iter::from_fn(move || {
        let start = from?;
        let end = match (semicolons.peek(), others.peek()) {
            (Some(semicolon), Some(other)) if semicolon < other => semicolons.next(),
            (Some(_), None) => semicolons.next(),
            _ => others.next(),
        };
        from = end.map(|end| end + 1);
        text.get(start..end.unwrap_or(text.len()))
    })
}

/// The first word of a line, none if there is none, and what of it comes after the folder.
fn first_word(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let (mut end, mut name) = (line.len(), 0);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'/' | b'\\' => name = at + 1,
            b' ' | b'\t'..=b'\r' => {
                end = at;
                break;
            }
            // White space beyond ASCII is rare, and so are words that hold anything beyond it.
            0x80.. => {
                let word = line.split_whitespace().next().unwrap_or_default();
                return (word, word.rsplit(['/', '\\']).next().unwrap_or(word));
            }
            _ => {}
        }
    }
    (&line[..end], &line[name..end])
}

/// Whether a name may be one of the table: nearly all of the words that lines begin with are not.
fn may_be_program(name: &str) -> bool {
    /// The first three letters of names, a bit for each third one; of letters only what does not depend on their case.
    static BEGINNINGS: LazyLock<Box<[[u32; 32]; 32]>> = LazyLock::new(|| {
        let mut beginnings = Box::new([[0; 32]; 32]);
        for name in WINDOWS.keys().map(|name| name.as_bytes()) {
            let Some([first, second]) =
                name.first_chunk().map(|letters| letters.map(|l| usize::from(l & 31)))
            else {
                continue;
            };
            beginnings[first][second] |= name.get(2).map_or(u32::MAX, |third| 1 << (third & 31));
        }
        beginnings
    });
    let quotes = name.bytes().take_while(|byte| matches!(byte, b'"' | b'\'' | b'@' | b'&')).count();
    match name.as_bytes()[quotes..] {
        [first @ 0..0x80, second @ 0..0x80, third @ 0..0x80, ..] => {
            BEGINNINGS[usize::from(first & 31)][usize::from(second & 31)] >> (third & 31) & 1 != 0
        }
        // Names that are shorter, and letters that become ASCII in lower case.
        _ => !name.is_empty(),
    }
}

/// Names that other systems use for something else.
const AMBIGUOUS: [&str; 58] = [
    "at",
    "rm",
    "cp",
    "copy",
    "move",
    "mv",
    "net",
    "sc",
    "print",
    "update",
    "replace",
    "expand",
    "finger",
    "ftp",
    "control",
    "route",
    "arp",
    "label",
    "dir",
    "where",
    "clip",
    "format",
    "echo",
    "dotnet",
    "remote",
    "te",
    "tracker",
    "netstat",
    "shutdown",
    "whoami",
    "subst",
    "set",
    "import-module",
    "csi",
    "cdb",
    "hh",
    "rename",
    "ren",
    "ri",
    "sp",
    "teams",
    "excel",
    "psr",
    "rd",
    "rmdir",
    "del",
    "erase",
    "code",
    "winget",
    "mono",
    "jsc",
    "vbc",
    "csc",
    "certutil",
    "ldifde",
    "rcsi",
    "xwizard",
    "watson",
];

fn dangers(table: &Table, command: &Command<'_>) -> Vec<Danger> {
    let Some(signatures) = table.get(command.program()) else { return Vec::new() };
    let line = command.line();
    let fits = |term: &Term| term.any.iter().any(|text| line.contains(text.as_str())) != term.not;
    signatures.iter().filter(|one| one.terms.iter().all(fits)).map(|one| one.danger).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_of_the_table_may_be_one() {
        for name in WINDOWS.keys() {
            assert!(name.len() >= 2 && may_be_program(name), "{name}");
            let word = format!("C:\\Tools\\\"{}.EXE\"", name.to_uppercase());
            assert!(may_be_program(first_word(&word).1), "{name}");
        }
        assert!(!may_be_program("zqx"));
    }

    #[test]
    fn lines_and_their_first_words_are_those_of_the_standard_library() {
        let alphabet = ["a/", "\\b", ";", "\n", "&", "|", " ", "\u{b}", "\u{1c}", "\u{85}", "\u{3000}", "é"];
        for number in 0..alphabet.len().pow(5) {
            let text: String =
                (0..5).map(|place| alphabet[number / alphabet.len().pow(place) % alphabet.len()]).collect();
            let found: Vec<&str> = lines(&text).collect();
            assert_eq!(found, text.split(['\n', '&', '|', ';']).collect::<Vec<_>>(), "{text:?}");
            for line in found {
                let word = line.split_whitespace().next().unwrap_or_default();
                assert_eq!(first_word(line), (word, word.rsplit(['/', '\\']).next().unwrap()), "{line:?}");
            }
        }
    }
}
