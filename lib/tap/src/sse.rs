//! Server-sent events, as they come in pieces. Format: WHATWG HTML, section 9.2 (event streams).

/// A line longer than this is passed over: no provider writes one, and the record may not be filled by it.
const LONGEST: usize = 16 << 20;

/// Takes an event stream apart, whatever the pieces are that it comes in.
#[derive(Debug, Default)]
pub(crate) struct Sse {
    line: Vec<u8>,
    data: Vec<u8>,
    any: bool,
    /// The line is too long: the rest of it is not kept.
    over: bool,
    /// The last piece ended in CR: an LF at the beginning of the next belongs to it.
    cr: bool,
}

impl Sse {
    /// Takes a piece in and calls `event` with the data of each event that is whole.
    pub(crate) fn push(&mut self, mut piece: &[u8], mut event: impl FnMut(&[u8])) {
        if std::mem::take(&mut self.cr) && piece.first() == Some(&b'\n') {
            piece = &piece[1..];
        }
        while let Some(at) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.keep(&piece[..at]);
            self.end_line(&mut event);
            let next = at + 1;
            piece = match (piece[at], piece.get(next)) {
                (b'\r', Some(b'\n')) => &piece[next + 1..],
                (b'\r', None) => {
                    self.cr = true;
                    &[]
                }
                _ => &piece[next..],
            };
        }
        self.keep(piece);
    }

    /// The end of the stream. An event without its blank line counts: some servers forget it.
    pub(crate) fn end(&mut self, mut event: impl FnMut(&[u8])) {
        if !self.line.is_empty() {
            self.end_line(&mut event);
        }
        self.dispatch(&mut event);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > LONGEST {
            self.over = true;
            self.line.clear();
        }
        if !self.over {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, event: &mut impl FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.over) {
            return;
        }
        if line.is_empty() {
            self.dispatch(event);
        } else if let Some(data) = line.strip_prefix(b"data:")
            && self.data.len() + data.len() <= LONGEST
        {
            if self.any {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
            self.any = true;
        }
        self.line = line;
        self.line.clear();
    }

    fn dispatch(&mut self, event: &mut impl FnMut(&[u8])) {
        if std::mem::take(&mut self.any) {
            event(&self.data);
        }
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let (mut sse, mut events) = (Sse::default(), Vec::new());
        for piece in pieces {
            sse.push(piece, |data| events.push(String::from_utf8_lossy(data).into_owned()));
        }
        sse.end(|data| events.push(String::from_utf8_lossy(data).into_owned()));
        events
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let stream =
            "event: a\ndata: {\"x\":\"ä€😀\"}\r\n\r\n: ping\n\ndata: 1\r\ndata: 2\r\n\r\ndata: last\n"
                .as_bytes();
        let whole = events(&[stream]);
        assert_eq!(whole, ["{\"x\":\"ä€😀\"}", "1\n2", "last"]);
        for at in 0..=stream.len() {
            assert_eq!(events(&[&stream[..at], &stream[at..]]), whole, "cut at {at}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(events(&bytes), whole);
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let (mut sse, mut events) = (Sse::default(), 0);
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            sse.push(&piece, |_| events += 1);
        }
        assert!(sse.line.capacity() <= 2 * LONGEST);
        sse.push(b"\ndata: 1\n\n", |_| events += 1);
        assert_eq!(events, 1);
    }
}
