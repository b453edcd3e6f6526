//! Numbers, texts and kinds as they travel.

use crate::source::ItemKind;
use std::io::{self, ErrorKind, Read};

/// The first thing that the served side says.
pub const HELLO: &[u8] = b"sentrix-serve 1\n";
/// Asks for the listing.
pub const LIST: u8 = b'L';
/// Asks for bytes of a file.
pub const READ: u8 = b'R';
/// Here is what was asked for.
pub const HERE: u8 = b'.';
/// The listing is the same as last time.
pub const SAME: u8 = b'=';
/// It cannot be given.
pub const ERROR: u8 = b'!';

/// No more is asked for at once.
pub const MAX_READ: usize = 1 << 20;
/// No more names are listed.
pub const MAX_ITEMS: u32 = 100_001;
/// No name of a file system is longer; nor is any marker.
pub const MAX_TEXT: usize = 1024;

/// What broke the rules.
pub fn broken(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the other side breaks the protocol: {what}"))
}

/// Reads a fixed number of bytes.
pub fn array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text that is not longer than any may be.
pub fn text(input: &mut impl Read) -> io::Result<String> {
    let length = usize::from(u16::from_be_bytes(array(input)?));
    if length > MAX_TEXT {
        return Err(broken("a text is too long"));
    }
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a text, cut where it is longer than any may be.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.extend(u16::try_from(end).unwrap_or(0).to_be_bytes());
    out.extend(&text.as_bytes()[..end]);
}

/// A kind as a number.
pub fn kind_code(kind: ItemKind) -> u8 {
    match kind {
        ItemKind::File => 0,
        ItemKind::HardLink => 1,
        ItemKind::Link => 2,
        ItemKind::Directory => 3,
        ItemKind::Other => 4,
    }
}

/// A number as a kind.
pub fn kind(code: u8) -> io::Result<ItemKind> {
    Ok(match code {
        0 => ItemKind::File,
        1 => ItemKind::HardLink,
        2 => ItemKind::Link,
        3 => ItemKind::Directory,
        4 => ItemKind::Other,
        _ => return Err(broken("an unknown kind of file")),
    })
}

/// The errors that mean something to whoever asked; all others are told by their message.
const ERRORS: [ErrorKind; 3] = [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::FileTooLarge];

/// An error as a number.
pub fn error_code(kind: ErrorKind) -> u8 {
    let at = ERRORS.iter().position(|known| *known == kind).map_or(0, |at| at + 1);
    u8::try_from(at).unwrap_or(0)
}

/// A number as an error.
pub fn error_kind(code: u8) -> ErrorKind {
    usize::from(code).checked_sub(1).and_then(|at| ERRORS.get(at)).copied().unwrap_or(ErrorKind::Other)
}
