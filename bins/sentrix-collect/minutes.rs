//! Minutes on the command line.

use std::str::FromStr;
use std::time::Duration;

/// A number of minutes, which need not be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minutes(Duration);

impl Minutes {
    /// The limit that it means: none for 0.
    pub fn limit(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}

impl FromStr for Minutes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minutes: f64 = text.trim().parse().map_err(|_| "not a number of minutes")?;
        Duration::try_from_secs_f64(minutes * 60.0).map(Self).map_err(|_| "not a number of minutes")
    }
}

#[cfg(test)]
mod tests {
    use super::Minutes;
    use std::time::Duration;

    #[test]
    fn minutes_need_not_be_whole() {
        let limit = |text: &str| text.parse::<Minutes>().unwrap().limit();
        assert_eq!(limit("10"), Some(Duration::from_secs(600)));
        assert_eq!(limit("0.5"), Some(Duration::from_secs(30)));
        assert_eq!(limit("0"), None);
    }

    #[test]
    fn what_is_no_number_of_minutes_is_refused() {
        for text in ["abc", "", "-1", "nan", "inf", "1e300"] {
            assert!(text.parse::<Minutes>().is_err(), "{text}");
        }
    }
}
