//! Which closed log files may go.

use super::Listed;

/// How much of the record is kept; without a limit, everything is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// At most this many log files, the open one included.
    pub files: Option<u64>,
    /// At most this many bytes of log files, the open one included.
    pub bytes: Option<u64>,
}

impl Retention {
    /// How many of the listed files, from the oldest on, must go. `open` is the length of the file that is being
    /// written: it counts, but never goes.
    pub(super) fn excess(&self, listed: &[Listed], open: Option<u64>) -> usize {
        let mut files = listed.len() as u64 + u64::from(open.is_some());
        let mut bytes = listed.iter().map(|listed| listed.bytes).sum::<u64>() + open.unwrap_or(0);
        let over = |files, bytes| {
            self.files.is_some_and(|limit| files > limit) || self.bytes.is_some_and(|limit| bytes > limit)
        };
        let mut excess = 0;
        for oldest in listed {
            if !over(files, bytes) {
                break;
            }
            files -= 1;
            bytes -= oldest.bytes;
            excess += 1;
        }
        excess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excess(files: Option<u64>, bytes: Option<u64>, open: Option<u64>) -> usize {
        let listed: Vec<Listed> = [10, 20, 30]
            .map(|bytes| Listed {
                name: String::new(),
                bytes,
                events: 0,
                first_ts: None,
                last_ts: None,
                blake3: String::new(),
                prev: String::new(),
            })
            .into();
        Retention { files, bytes }.excess(&listed, open)
    }

    #[test]
    fn the_oldest_go_until_both_limits_hold() {
        assert_eq!(excess(None, None, Some(u64::MAX / 2)), 0);
        assert_eq!(excess(Some(3), None, None), 0);
        assert_eq!(excess(Some(3), None, Some(1)), 1);
        assert_eq!(excess(None, Some(60), None), 0);
        assert_eq!(excess(None, Some(59), None), 1);
        assert_eq!(excess(None, Some(60), Some(11)), 2);
        assert_eq!(excess(Some(3), Some(49), None), 2);
        assert_eq!(excess(Some(0), None, Some(5)), 3);
    }
}
