//! What goes over the wire: a greeting from each side, then frames.
//!
//! A frame is kind (1 byte), nothing (1 byte, zero), length of the payload (2 bytes), channel (4 bytes), payload; numbers are big-endian.
//! Channels are numbered from 1 by the near side, in order, and no number is used twice.
//!
//! | kind | payload | meaning |
//! |---|---|---|
//! | 1 open | service, 1 byte | near to far: connect to that service |
//! | 2 data | 1 to [`MOST_PAYLOAD`] bytes | never more than the other side gave credit for |
//! | 3 end | nothing | no more data in this direction |
//! | 4 reset | nothing | the connection is gone in both directions |
//! | 5 credit | 4 bytes | so many bytes more may be sent; each direction begins with [`crate::WINDOW`] |

use crate::Error;
use std::collections::VecDeque;

/// What each side says first. The number is the version.
pub const GREETING: [u8; 8] = *b"carry 1\n";
/// The largest payload.
pub const MOST_PAYLOAD: usize = 32 * 1024;
/// What stands before a payload.
pub const HEADER: usize = 8;

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Connect to the service of this number.
    Open(u8),
    /// Bytes of the connection.
    Data(&'a [u8]),
    /// No more data this way.
    End,
    /// The connection is gone.
    Reset,
    /// So many bytes more may be sent.
    Credit(u32),
}

/// Appends a frame. Data must not be longer than [`MOST_PAYLOAD`].
pub fn encode(channel: u32, frame: Frame<'_>, out: &mut VecDeque<u8>) {
    match frame {
        Frame::Open(service) => put(1, channel, &[service], out),
        Frame::Data(bytes) => put(2, channel, bytes, out),
        Frame::End => put(3, channel, &[], out),
        Frame::Reset => put(4, channel, &[], out),
        Frame::Credit(more) => put(5, channel, &more.to_be_bytes(), out),
    }
}

fn put(kind: u8, channel: u32, payload: &[u8], out: &mut VecDeque<u8>) {
    debug_assert!(payload.len() <= MOST_PAYLOAD, "no caller has more");
    let [high, low] = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    let [a, b, c, d] = channel.to_be_bytes();
    out.extend([kind, 0, high, low, a, b, c, d]);
    out.extend(payload);
}

/// The first frame of `bytes` with its channel and its whole length; nothing when more has to come.
///
/// # Errors
/// When no such frame exists. Judged by the header alone, so that nothing is gathered for a frame that is refused later.
pub fn decode(bytes: &[u8]) -> Result<Option<(u32, Frame<'_>, usize)>, Error> {
    let Some((&[kind, zero, high, low, a, b, c, d], rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let channel = u32::from_be_bytes([a, b, c, d]);
    fits(kind, length)?;
    if zero != 0 || channel == 0 {
        return Err(Error::Malformed("a header that means nothing"));
    }
    let Some(payload) = rest.get(..length) else { return Ok(None) };
    let frame = match (kind, payload) {
        (1, &[service]) => Frame::Open(service),
        (2, bytes) => Frame::Data(bytes),
        (3, _) => Frame::End,
        (4, _) => Frame::Reset,
        (5, &[a, b, c, d]) => Frame::Credit(u32::from_be_bytes([a, b, c, d])),
        _ => return Err(Error::Malformed("an unknown kind of frame")),
    };
    Ok(Some((channel, frame, HEADER + length)))
}

fn fits(kind: u8, length: usize) -> Result<(), Error> {
    let fits = match kind {
        1 => length == 1,
        2 => (1..=MOST_PAYLOAD).contains(&length),
        3 | 4 => length == 0,
        5 => length == 4,
        _ => return Err(Error::Malformed("an unknown kind of frame")),
    };
    if fits { Ok(()) } else { Err(Error::Malformed("a frame of a length that its kind cannot have")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(channel: u32, frame: Frame<'_>) -> Vec<u8> {
        let mut out = VecDeque::new();
        encode(channel, frame, &mut out);
        out.into()
    }

    #[test]
    fn every_frame_comes_back_and_no_part_of_it_does() {
        let full = vec![7; MOST_PAYLOAD];
        for frame in [
            Frame::Open(1),
            Frame::Data(b"x"),
            Frame::Data(&full),
            Frame::End,
            Frame::Reset,
            Frame::Credit(u32::MAX),
        ] {
            let mut bytes = encoded(u32::MAX, frame);
            for end in (0..bytes.len()).step_by(if bytes.len() > 100 { 1009 } else { 1 }) {
                assert_eq!(decode(&bytes[..end]).unwrap(), None);
            }
            let length = bytes.len();
            bytes.push(0xff);
            assert_eq!(decode(&bytes).unwrap(), Some((u32::MAX, frame, length)));
        }
    }

    #[test]
    fn what_is_no_frame_is_refused_by_its_header() {
        for bytes in [
            [0, 0, 0, 0, 0, 0, 0, 1],
            [6, 0, 0, 0, 0, 0, 0, 1],
            [1, 0, 0, 0, 0, 0, 0, 1],
            [1, 0, 0, 2, 0, 0, 0, 1],
            [2, 0, 0, 0, 0, 0, 0, 1],
            [2, 0, 0x80, 1, 0, 0, 0, 1],
            [2, 1, 0, 1, 0, 0, 0, 1],
            [2, 0, 0, 1, 0, 0, 0, 0],
            [3, 0, 0, 1, 0, 0, 0, 1],
            [5, 0, 0, 3, 0, 0, 0, 1],
        ] {
            assert!(matches!(decode(&bytes), Err(Error::Malformed(_))), "{bytes:?}");
        }
    }
}
