//! The time of an event, without parsing it.

use memchr::memmem;

const KEY: &[u8] = b"\"ts\":";
/// How far into an event its `ts` is searched for; the programs that write events put it first.
const REACH: usize = 512;

/// The `ts` of an event, in milliseconds. Inside a JSON string the key's quotes would be escaped, so the bytes are
/// found only where a key stands. For a log file's bounds, not for evidence: a nested `ts` counts too.
pub(super) fn event_ts(event: &[u8]) -> Option<i64> {
    let rest = match event.get(1..) {
        Some(rest) if rest.starts_with(KEY) => &rest[KEY.len()..],
        _ => {
            let head = &event[..event.len().min(REACH)];
            &event[memmem::find(head, KEY)? + KEY.len()..]
        }
    };
    let digits = &rest[rest.iter().take_while(|byte| **byte == b' ').count()..];
    let mut ts = 0_i64;
    let mut length = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        ts = ts.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
        length += 1;
    }
    (length > 0 && !matches!(digits.get(length), Some(b'.' | b'e' | b'E'))).then_some(ts)
}

/// The first and the last `ts` of a row of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub first: Option<i64>,
    pub last: Option<i64>,
}

impl Span {
    pub fn add(&mut self, event: &[u8]) {
        let ts = event_ts(event);
        self.join(Self { first: ts, last: ts });
    }

    pub fn join(&mut self, later: Self) {
        self.first = self.first.or(later.first);
        self.last = later.last.or(self.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_wherever_writers_put_it_and_nowhere_else() {
        for (event, ts) in [
            (r#"{"ts":1773178949688,"event":"x"}"#, Some(1_773_178_949_688)),
            (r#"{"ts": 5, "event": "x"}"#, Some(5)),
            (r#"{"event":"sentrix_gap","ts":7}"#, Some(7)),
            (r#"{"delta":"\"ts\":9"}"#, None),
            (r#"{"ts":"5"}"#, None),
            (r#"{"ts":1.5}"#, None),
            (r#"{"ts":99999999999999999999}"#, None),
            (r#"{"ts":"#, None),
            ("5", None),
            ("", None),
        ] {
            assert_eq!(event_ts(event.as_bytes()), ts, "{event}");
        }
    }

    #[test]
    fn a_span_skips_events_without_time() {
        let mut span = Span::default();
        for event in [&b"{}"[..], b"{\"ts\":2}", b"{\"ts\":1}", b"{}"] {
            span.add(event);
        }
        assert_eq!(span, Span { first: Some(2), last: Some(1) });
    }
}
