//! Undoes the compression of an answer, for the record: the sandbox gets the bytes as they came.

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Write;

/// What an answer is wrapped in.
pub(crate) enum Decode {
    /// Nothing.
    Plain,
    /// `gzip`.
    Gzip(MultiGzDecoder<Vec<u8>>),
    /// `deflate`, as the standard has it.
    Zlib(ZlibDecoder<Vec<u8>>),
    /// `deflate`, as some servers write it.
    Deflate(DeflateDecoder<Vec<u8>>),
    /// `deflate`, before its first byte.
    Undecided,
    /// Something that is not known here, or that broke.
    Opaque,
}

impl Decode {
    /// Chooses by the header `content-encoding`.
    pub(crate) fn new(encoding: Option<&str>) -> Self {
        match encoding.map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Self::Plain,
            Some("gzip" | "x-gzip") => Self::Gzip(MultiGzDecoder::new(Vec::new())),
            Some("deflate") => Self::Undecided,
            Some(_) => Self::Opaque,
        }
    }

    /// Whether the bytes are the text.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Whether nothing can be read.
    pub(crate) fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque)
    }

    /// The text of a piece, as far as it is there.
    pub(crate) fn push(&mut self, piece: &[u8], text: &mut Vec<u8>) {
        if let (Self::Undecided, Some(first)) = (&*self, piece.first()) {
            // A zlib header's first byte names the method 8 in its low half.
            let zlib = first & 0x0f == 8 && first >> 4 <= 7;
            *self = if zlib {
                Self::Zlib(ZlibDecoder::new(Vec::new()))
            } else {
                Self::Deflate(DeflateDecoder::new(Vec::new()))
            };
        }
        let broke = match self {
            Self::Plain => {
                text.extend_from_slice(piece);
                false
            }
            Self::Gzip(decoder) => inflate(decoder, piece, text, MultiGzDecoder::get_mut),
            Self::Zlib(decoder) => inflate(decoder, piece, text, ZlibDecoder::get_mut),
            Self::Deflate(decoder) => inflate(decoder, piece, text, DeflateDecoder::get_mut),
            Self::Undecided | Self::Opaque => false,
        };
        if broke {
            *self = Self::Opaque;
        }
    }
}

fn inflate<D: Write>(
    decoder: &mut D,
    piece: &[u8],
    text: &mut Vec<u8>,
    out: fn(&mut D) -> &mut Vec<u8>,
) -> bool {
    let broke = decoder.write_all(piece).and_then(|()| decoder.flush()).is_err();
    text.append(out(decoder));
    broke
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    fn through(encoding: &str, bytes: &[u8]) -> Vec<u8> {
        let (mut decode, mut text) = (Decode::new(Some(encoding)), Vec::new());
        bytes.chunks(3).for_each(|piece| decode.push(piece, &mut text));
        text
    }

    #[test]
    fn compression_is_undone_piece_by_piece() {
        let text = b"data: {\"a\":1}\n\n".repeat(50);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&text).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&text).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(&text).unwrap();
        assert_eq!(through("gzip", &gzip.finish().unwrap()), text);
        assert_eq!(through("deflate", &zlib.finish().unwrap()), text);
        assert_eq!(through("deflate", &raw.finish().unwrap()), text);
        assert_eq!(through("identity", &text), text);
        assert!(Decode::new(Some("br")).is_opaque());
    }
}
