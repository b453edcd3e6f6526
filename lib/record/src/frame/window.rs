//! A stretch of a source in memory.

/// Memory that is kept between lines; more is given back once it is not needed.
const KEEP: usize = 1 << 20;

/// A sliding stretch of a source: filled at its end, consumed at its front. It grows by a quarter, so that a long line
/// costs little more than itself.
#[derive(Debug, Default)]
pub struct Window {
    /// Initialised memory, all of it usable.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset in the source of `bytes[start]`.
    offset: u64,
}

impl Window {
    /// An empty window at an offset of the source.
    pub fn new(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// What is in it.
    pub fn data(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Offset of its first byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Offset just past its last byte.
    pub fn end_offset(&self) -> u64 {
        self.offset + (self.end - self.start) as u64
    }

    /// Drops bytes at its front. They stay readable through [`consumed`](Self::consumed) until more is filled in.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Bytes that were just consumed: `len` of them, beginning `back` bytes before the front.
    pub fn consumed(&self, back: usize, len: usize) -> &[u8] {
        &self.bytes[self.start - back..self.start - back + len]
    }

    /// Room behind the data for at least `want` bytes.
    pub fn space(&mut self, want: usize) -> &mut [u8] {
        let want = want.max(1);
        if self.bytes.len() - self.end < want || self.bytes.len() > KEEP {
            if self.start > 0 {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            self.resize(want);
        }
        &mut self.bytes[self.end..]
    }

    /// Says that so many bytes of [`space`](Self::space) were filled.
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.bytes.len());
    }

    fn resize(&mut self, want: usize) {
        let need = self.end + want;
        if self.bytes.len() < need {
            let len = need.max(self.bytes.len() / 4 * 5);
            // Not `resize` alone: it would double.
            self.bytes.reserve_exact(len - self.bytes.len());
            self.bytes.resize(len, 0);
        } else if self.bytes.len() > KEEP && need <= KEEP {
            self.bytes.truncate(KEEP);
            self.bytes.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_stay_costs_a_quarter_more_and_is_given_back() {
        let mut window = Window::new(7);
        let mut held = 0;
        while held < 8 * KEEP {
            let room = window.space(64 << 10).len();
            window.filled(room);
            held += room;
            assert!(window.bytes.capacity() <= held / 4 * 5 + (64 << 10));
        }
        window.consume(held);
        assert_eq!((window.offset(), window.end_offset()), (7 + held as u64, 7 + held as u64));
        window.space(64 << 10);
        assert!(window.bytes.capacity() <= KEEP);
    }
}
