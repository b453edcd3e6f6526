//! Sizes on the command line.

use std::str::FromStr;

/// A number of bytes: `4096`, `500K`, `64M`, `1G`, also as `64MiB` or `64MB` (all mean powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl Size {
    /// The limit that it means: none for 0.
    pub fn limit(self) -> Option<u64> {
        (self.0 > 0).then_some(self.0)
    }
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| "not a size such as 4096, 500K, 64M or 1G")?;
        let shift = match unit.trim().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return Err("not a size such as 4096, 500K, 64M or 1G"),
        };
        number.checked_mul(1 << shift).map(Self).ok_or("too large")
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_powers_of_1024() {
        let sizes =
            ["0", "4096", "500K", "64M", "64MiB", "64mb", "1 G", "10B"].map(|text| text.parse::<Size>());
        let bytes = [0, 4096, 512_000, 64 << 20, 64 << 20, 64 << 20, 1 << 30, 10];
        assert_eq!(sizes, bytes.map(|bytes| Ok(Size(bytes))));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "M", "-1", "1.5M", "1X", "99999999999999999999", "99999999T"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
