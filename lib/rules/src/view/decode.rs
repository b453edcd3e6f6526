//! One layer of escapes undone: JSON and C escapes, percent-encoding, HTML entities, invisible characters, look-alikes.

use super::{MARGIN, Map, fold};
use crate::eight::{HIGH, is};

/// Room for so many changes is made at once.
const MANY: usize = 4096;

/// A change: bytes of the source and what they stand for.
struct Change {
    start: usize,
    end: usize,
    text: Piece,
}

enum Piece {
    Nothing,
    Char(char),
}

/// The text with one layer undone, cut to what changed and its surroundings; `None` when nothing changed.
pub(super) fn decode(text: &str) -> Option<(String, Map)> {
    let changes = changes(text);
    if changes.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut map = Map::with_capacity(2 * changes.len() + 1);
    // Where the source is copied up to, and where the present window ends.
    let (mut at, mut until) = (0, 0);
    for change in &changes {
        let from = text.ceil_char_boundary(change.start.saturating_sub(MARGIN)).max(at);
        if from > until {
            copy(text, at..until, &mut out, &mut map);
            if !out.is_empty() {
                map.replaced(out.len(), until..until);
                out.push('\n');
            }
            at = from;
        }
        copy(text, at..change.start, &mut out, &mut map);
        map.replaced(out.len(), change.start..change.end);
        if let Piece::Char(c) = change.text {
            out.push(c);
        }
        at = change.end;
        until = text.floor_char_boundary((at + MARGIN).min(text.len()));
    }
    copy(text, at..until, &mut out, &mut map);
    Some((out, map))
}

fn copy(text: &str, range: std::ops::Range<usize>, out: &mut String, map: &mut Map) {
    if range.start < range.end {
        map.copied(out.len(), range.clone());
        out.push_str(&text[range]);
    }
}

/// Where the next byte stands at which something may have to be undone: a backslash, a percent sign, an ampersand, or what is not
/// ASCII. Most stretches of a text have none, which eight bytes together show.
fn next_marked(bytes: &[u8]) -> Option<usize> {
    let (eights, rest) = bytes.as_chunks();
    for (at, &eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(eight);
        let marked = eight & HIGH | is(eight, b'\\') | is(eight, b'%') | is(eight, b'&');
        if marked != 0 {
            return Some(8 * at + marked.trailing_zeros() as usize / 8);
        }
    }
    let marked = |byte: &u8| !byte.is_ascii() || matches!(byte, b'\\' | b'%' | b'&');
    rest.iter().position(marked).map(|at| 8 * eights.len() + at)
}

fn changes(text: &str) -> Vec<Change> {
    let bytes = text.as_bytes();
    let mut changes = Vec::new();
    let mut at = 0;
    while let Some(skip) = next_marked(&bytes[at..]) {
        at += skip;
        let found = match bytes[at] {
            b'\\' => escape(text, at),
            b'%' => percent(bytes, at),
            b'&' => entity(text, at),
            _ => disguise(text, at),
        };
        let width = text[at..].chars().next().map_or(1, char::len_utf8);
        match found {
            Some((length, piece)) => {
                if changes.is_empty() {
                    // Where there is one there are many.
                    changes.reserve((text.len() / 32).min(MANY));
                }
                changes.push(Change { start: at, end: at + length, text: piece });
                at += length;
            }
            None => at += width,
        }
    }
    changes
}

/// `\n`, `\"`, `\\`, `\/`, `\u0041`, `\x41`.
fn escape(text: &str, at: usize) -> Option<(usize, Piece)> {
    let bytes = text.as_bytes();
    let plain = |c: char| Some((2, Piece::Char(c)));
    match bytes.get(at + 1)? {
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'"' => plain('"'),
        b'\'' => plain('\''),
        b'/' => plain('/'),
        b'\\' => plain('\\'),
        b'x' => hex(bytes, at + 2, 2)
            .and_then(char::from_u32)
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .map(|c| (4, Piece::Char(c))),
        b'u' => {
            let unit = hex(bytes, at + 2, 4)?;
            if (0xd800..0xdc00).contains(&unit) {
                let low =
                    (bytes.get(at + 6..at + 8) == Some(b"\\u")).then(|| hex(bytes, at + 8, 4)).flatten()?;
                let code =
                    0x10000 + ((unit - 0xd800) << 10) + low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                return Some((12, Piece::Char(char::from_u32(code)?)));
            }
            Some((6, Piece::Char(char::from_u32(unit)?)))
        }
        _ => None,
    }
}

fn hex(bytes: &[u8], at: usize, digits: usize) -> Option<u32> {
    let text = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?;
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

/// `%41`, and the percent-encoded bytes of one character.
fn percent(bytes: &[u8], at: usize) -> Option<(usize, Piece)> {
    let byte = |index: usize| {
        let at = at + 3 * index;
        (bytes.get(at) == Some(&b'%'))
            .then(|| hex(bytes, at + 1, 2))
            .flatten()
            .and_then(|byte| u8::try_from(byte).ok())
    };
    let first = byte(0)?;
    let length = match first {
        0x20..0x7f | b'\n' | b'\t' => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let encoded: Vec<u8> = (0..length).map(byte).collect::<Option<_>>()?;
    let c = std::str::from_utf8(&encoded).ok()?.chars().next()?;
    Some((3 * length, Piece::Char(c)))
}

/// `&quot;`, `&#65;`, `&#x41;`.
fn entity(text: &str, at: usize) -> Option<(usize, Piece)> {
    let bytes = &text.as_bytes()[at + 1..text.len().min(at + 12)];
    let end = bytes.iter().position(|&byte| byte == b';')?;
    let name = &text[at + 1..at + 1 + end];
    let c = match name {
        "quot" => '"',
        "apos" => '\'',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        "commat" => '@',
        "equals" => '=',
        "colon" => ':',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || *c == '\n')?
        }
    };
    Some((end + 2, Piece::Char(c)))
}

/// An invisible character, or one that looks like another.
fn disguise(text: &str, at: usize) -> Option<(usize, Piece)> {
    let c = text[at..].chars().next()?;
    let piece = if let Some(letter) = fold::tag(c) {
        Piece::Char(letter)
    } else if fold::is_invisible(c) || ('\u{300}'..='\u{36f}').contains(&c) {
        Piece::Nothing
    } else if let Some(plain) = fold::compatible(c) {
        Piece::Char(plain)
    } else {
        // Only in a word that mixes scripts: a Russian word is no disguise.
        let plain = fold::look_alike(c).filter(|_| is_mixed(text, at))?;
        Piece::Char(plain)
    };
    Some((c.len_utf8(), piece))
}

/// Whether an ASCII letter stands in the same word, not further than 16 characters away.
fn is_mixed(text: &str, at: usize) -> bool {
    let latin = |c: char| c.is_ascii_alphabetic();
    let word = |c: &char| c.is_alphabetic() || fold::is_invisible(*c);
    text[at..].chars().take_while(word).take(16).any(latin)
        || text[..at].chars().rev().take_while(word).take(16).any(latin)
}

#[cfg(test)]
mod tests {
    use super::next_marked;

    #[test]
    fn the_next_mark_is_found_wherever_it_stands() {
        for before in 0..40 {
            for mark in [b'\\', b'%', b'&', 0x80, 0xff] {
                let mut bytes = vec![b'x'; before];
                assert_eq!(next_marked(&bytes), None);
                bytes.extend([mark, b'%', b'$', b'[', b']', 0x7f, mark.wrapping_add(1), b'&', b'x', b'x']);
                assert_eq!(next_marked(&bytes), Some(before));
            }
            let others: Vec<u8> =
                (0..0x80).filter(|byte| !b"\\%&".contains(byte)).cycle().skip(before).take(200).collect();
            assert_eq!(next_marked(&others), None);
        }
    }
}
