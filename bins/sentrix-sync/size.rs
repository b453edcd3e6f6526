//! Sizes on the command line.

use std::str::FromStr;

/// A number of bytes: `4096`, `500K`, `64M`, `1G` (powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "not a size such as 4096, 500K, 64M or 1G";
        let (number, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        let shift = match unit.to_ascii_uppercase().as_str() {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            _ => return Err(WHAT),
        };
        let number: u64 = number.parse().map_err(|_| WHAT)?;
        number.checked_mul(1 << shift).filter(|size| *size > 0).map(Self).ok_or("out of range")
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(
            ["4096", "500K", "1g"].map(str::parse),
            [Ok(Size(4096)), Ok(Size(512_000)), Ok(Size(1 << 30))]
        );
        for text in ["", "0", "M", "-1", "1.5M", "1X", "99999999999G"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
