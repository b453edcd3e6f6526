//! Tells random characters from words, names, numbers and paths.

/// For each first letter, the second letters with which it makes one of the 252 most frequent pairs of English prose
/// and identifiers (96 % of all pairs). Among random letters 37 % of the pairs are frequent.
const FREQUENT: [u32; 26] = [
    0x13e_bd4e, 0x016_4911, 0x01a_4d95, 0x014_411d, 0x1ef_b97f, 0x01a_4131, 0x016_6194, 0x00a_4111,
    0x2ae_f87f, 0x000_0010, 0x004_0111, 0x11c_4919, 0x014_d913, 0x13c_6d7d, 0x07e_fd7e, 0x11e_c911,
    0x010_0000, 0x11e_755d, 0x11e_e195, 0x15e_499d, 0x08e_b95f, 0x000_0111, 0x004_6191, 0x008_8005,
    0x00c_c000, 0x000_0010,
];

/// What a text is made of.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Shape {
    pub len: usize,
    pub digits: usize,
    pub lower: usize,
    pub upper: usize,
    pub other: usize,
    /// Changes between lower case, upper case (but for one capital before small letters) and digits.
    pub changes: usize,
    /// Pairs of neighbouring letters, and how many of them are frequent.
    pairs: usize,
    frequent: usize,
    /// Different bytes.
    pub distinct: usize,
}

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        let mut shape = Self { len: text.len(), ..Self::default() };
        let mut seen = [false; 256];
        let mut before = 0_u8;
        for &byte in text.as_bytes() {
            shape.distinct += usize::from(!std::mem::replace(&mut seen[usize::from(byte)], true));
            match byte {
                b'0'..=b'9' => shape.digits += 1,
                b'a'..=b'z' => shape.lower += 1,
                b'A'..=b'Z' => shape.upper += 1,
                _ => shape.other += 1,
            }
            if before.is_ascii_alphanumeric() && byte.is_ascii_alphanumeric() {
                shape.pair(before, byte);
            }
            before = byte;
        }
        shape
    }

    fn pair(&mut self, before: u8, byte: u8) {
        if before.is_ascii_alphabetic() && byte.is_ascii_alphabetic() {
            let camel = before.is_ascii_lowercase() && byte.is_ascii_uppercase();
            if !camel {
                let row = FREQUENT[usize::from(before.to_ascii_lowercase() - b'a')];
                self.pairs += 1;
                self.frequent += usize::from(row >> (byte.to_ascii_lowercase() - b'a') & 1 == 1);
            }
            self.changes += usize::from(camel);
        } else if before.is_ascii_digit() != byte.is_ascii_digit() {
            self.changes += 1;
        }
    }

    pub(super) fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// The share of frequent pairs among its pairs of letters, in percent; 0 without any.
    pub(super) fn wordiness(&self) -> usize {
        (self.frequent * 100).checked_div(self.pairs).unwrap_or(0)
    }
}

/// How a value looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Made by a machine from random bits, long enough to be a key.
    Random,
    /// As random, but short.
    ShortRandom,
    /// A UUID, or letters and digits grouped like one.
    Uuid,
    /// Words, a name, a number, a path: no key.
    Plain,
}

/// How a value looks.
pub(super) fn look(value: &str) -> Look {
    if is_uuid(value) {
        return Look::Uuid;
    }
    let shape = Shape::of(value);
    if shape.len < 8 || shape.distinct < 5 || is_path(value) || is_dated_or_numbered(value, &shape) {
        return Look::Plain;
    }
    let hex = value.bytes().all(|byte| byte.is_ascii_hexdigit()) && (shape.lower == 0 || shape.upper == 0);
    let random = match (shape.digits, shape.letters()) {
        (_, 0) => false,
        (0, _) => shape.len >= 16 && shape.wordiness() < 68 && shape.other * 6 <= shape.len,
        (1, _) => shape.len >= 16 && shape.wordiness() < 65 && shape.other * 6 <= shape.len,
        _ if hex => shape.letters() >= 2,
        _ => is_mixed(value),
    };
    match random {
        false => Look::Plain,
        true if shape.len >= 16 => Look::Random,
        true if shape.digits >= 2 && shape.changes >= 2 => Look::ShortRandom,
        true => Look::Plain,
    }
}

/// Letters and digits mixed as no name mixes them.
fn is_mixed(value: &str) -> bool {
    // `my-token-v1-2024`: every piece by itself is a word or a number.
    let plain_piece = |piece: &str| {
        let shape = Shape::of(piece);
        shape.digits == 0 && (shape.len <= 3 || shape.wordiness() >= 70)
            || shape.letters() == 0
            || shape.changes <= 1 && shape.len <= 12 && shape.wordiness() >= 60
    };
    let pieces = value.split(['-', '_', '.', '/', '+', '=', ':']).filter(|piece| !piece.is_empty());
    let (mut plain, mut all) = (0, 0);
    for piece in pieces {
        all += piece.len();
        plain += if plain_piece(piece) { piece.len() } else { 0 };
    }
    let random = all - plain;
    random >= 8 && random * 2 >= all || random >= 16
}

/// A UUID, or a key that is grouped like one (`a1b2c3d4-e5f6-g7h8-i9j0-k1l2m3n4o5p6`).
fn is_uuid(value: &str) -> bool {
    let mut sizes = [0; 6];
    for (at, piece) in value.split('-').enumerate() {
        if at >= 5 || !piece.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        sizes[at] = piece.len();
    }
    sizes == [8, 4, 4, 4, 12, 0] && value.bytes().filter(u8::is_ascii_digit).count() >= 4
}

fn is_path(value: &str) -> bool {
    let starts = ["/", "./", "../", "~/", "http", "www.", "file:", "arn:", "\\\\"];
    if starts.iter().any(|start| value.starts_with(start))
        && value.len() < 200
        && Shape::of(value).wordiness() >= 50
    {
        return true;
    }
    let ends = [
        ".json", ".yaml", ".yml", ".toml", ".pem", ".key", ".txt", ".md", ".py", ".rs", ".go", ".js", ".ts",
        ".sh", ".com", ".org", ".io", ".net", ".html", ".bin", ".log", ".lock", ".xml", ".png", ".zip",
        ".gz", ".whl",
    ];
    ends.iter().any(|end| value.ends_with(end))
}

/// Dates, versions, amounts, addresses: digits with dots, dashes and few letters.
fn is_dated_or_numbered(value: &str, shape: &Shape) -> bool {
    let bytes = value.as_bytes();
    let dated = bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && matches!(bytes[4], b'-' | b'/' | b'.');
    let version = bytes[0] == b'v' || bytes[0].is_ascii_digit();
    let version = version && bytes.contains(&b'.') && shape.letters() <= 8 && shape.len < 24;
    shape.letters() == 0
        || dated && shape.letters() <= 4
        || version
        || value.starts_with("0x") && shape.len < 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_characters_are_told_from_names() {
        for value in [
            "eecd6bcf6f4ebc8d174ee68bbdcf739dcb3a9e1b",
            "mcdqeVeTceoqVoMXESMhMisDLKTalXKq",
            "PbQXx2w7HL0OZdS8tfjCtavibKlfnyJn",
            "Q9DVk3yDqimUdUWwxQslw6HIUQjHcmzqqQT/hDFd",
            "io3l0urk6hubmo2gbbzrf192key0ke9x",
            "aKJAHMc3ODnR3CaSbVZnFPItbhRHdBVjOxuwMRlI",
        ] {
            assert_eq!(look(value), Look::Random, "{value}");
        }
        for value in [
            "my-token-v1-2024-production",
            "getAccessTokenFromStorage2",
            "com.example.service.auth.TokenProvider",
            "application/x-www-form-urlencoded",
            "2026-03-11T09:14:22Z",
            "1.22.22-rc.3-linux",
            "1644337856551000000",
            "/var/lib/app/token.json",
            "authentication_service_token_v2",
            "ResolveCredentialRequest",
            "openshell-resolve-env",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(look(value), Look::Plain, "{value}");
        }
        assert_eq!(look("AIhq5Xyb1Gga9Q4"), Look::ShortRandom);
        assert_eq!(look("abcdef01-2345-6789-abcd-ef0123456789"), Look::Uuid);
    }
}
