//! Check digits and plausibility of numbers that name a person or an account.

/// The digits of a text.
fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Luhn's check, as on cards.
pub(super) fn luhn(text: &str) -> bool {
    let digits = digits(text);
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(at, &d)| if at % 2 == 1 { doubled(d) } else { d }).sum();
    digits.len() > 1 && sum.is_multiple_of(10)
}

/// Cards that providers publish for tests.
const TEST_CARDS: &[&str] = &[
    "4242424242424242",
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "5200828282828210",
    "5105105105105100",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3056930009020004",
    "36227206271667",
    "30569309025904",
    "38520000023237",
    "3566002020360505",
    "6200000000000005",
    "4000000000000002",
    "4000056655665556",
    "4000002500003155",
    "4000000000009995",
    "4000000000000069",
    "4000000000000127",
    "4000000000000119",
    "4222222222222",
    "0000000000000000",
];

/// A payment card: issuer's range, length, Luhn, and none of the published test cards.
pub(super) fn card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let prefix = |count: usize| digits.get(..count).and_then(|start| start.parse::<u32>().ok()).unwrap_or(0);
    let issuer = match digits.len() {
        13 => prefix(1) == 4,
        14 => (300..=305).contains(&prefix(3)) || matches!(prefix(2), 36 | 38 | 39),
        15 => matches!(prefix(2), 34 | 37) || matches!(prefix(4), 1800 | 2131),
        16 => {
            prefix(1) == 4
                || (51..=55).contains(&prefix(2))
                || (2221..=2720).contains(&prefix(4))
                || prefix(4) == 6011
                || matches!(prefix(2), 62 | 65 | 67)
                || (644..=649).contains(&prefix(3))
                || (3528..=3589).contains(&prefix(4))
                || matches!(prefix(2), 50 | 56..=58 | 63)
        }
        12 | 17..=19 => prefix(1) == 4 || matches!(prefix(2), 50 | 56..=58 | 62 | 63 | 67),
        _ => false,
    };
    issuer && announced_card(&digits)
}

/// A number that something calls a card: Luhn, and none of the published test cards.
pub(super) fn announced_card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    luhn(&digits) && !TEST_CARDS.contains(&digits.as_str()) && !is_uniform(&digits)
}

/// A US social security number (or, from 900 on, a taxpayer's number): numbers that are never given out fail.
pub(super) fn ssn(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (Some(area), Some(group), Some(serial)) = (digits.get(..3), digits.get(3..5), digits.get(5..9))
    else {
        return false;
    };
    digits.len() == 9
        && !matches!(area, "000" | "666")
        && group != "00"
        && serial != "0000"
        && !is_uniform(&digits)
}

/// As [`ssn`], without the numbers of taxpayers: for numbers that nothing announces.
pub(super) fn ssn_bare(text: &str) -> bool {
    ssn(text) && !text.starts_with('9')
}

fn is_uniform(digits: &str) -> bool {
    digits.bytes().all(|byte| byte == digits.as_bytes()[0])
}

/// A telephone number: enough digits, not all the same, no date, none of the numbers kept for fiction.
pub(super) fn phone(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let distinct = (b'0'..=b'9').filter(|digit| digits.as_bytes().contains(digit)).count();
    let date = {
        let bytes = text.as_bytes();
        let year = digits.starts_with("19") || digits.starts_with("20");
        bytes.len() >= 10 && year && matches!(bytes[4], b'-' | b'.' | b'/') && digits.len() <= 8
    };
    let national = digits.strip_prefix('1').unwrap_or(&digits);
    // Of North America: an exchange kept for it, and an area that there is none of.
    let fiction = digits.len() == 7 && digits.starts_with("55501")
        || national.len() == 10
            && text.starts_with(['+', '1'])
            && (national.starts_with("555") || national[3..].starts_with("55501"));
    // Nobody's own: the number of a company.
    let toll_free = {
        let area =
            ["800", "833", "844", "855", "866", "877", "888"].iter().any(|area| national.starts_with(area));
        area && national.len() == 10 && (digits.len() == 11 || text.starts_with(['8', '(']))
    };
    let dotted = text.matches('.').count() == 3 && text.split('.').all(|part| part.len() <= 3);
    (7..=15).contains(&digits.len())
        && distinct >= 3
        && !date
        && !fiction
        && !toll_free
        && !dotted
        && !"01234567890123456789".contains(&digits)
}

/// The check digit of a Chinese resident identity number (ISO 7064, MOD 11-2).
pub(super) fn resident_id(text: &str) -> bool {
    let (digits, check) = text.split_at(text.len().saturating_sub(1));
    let sum = digits.bytes().fold(0, |sum, digit| (sum + u32::from(digit.wrapping_sub(b'0'))) * 2 % 11);
    let wanted = (12 - sum) % 11;
    match check {
        "X" => wanted == 10,
        _ => check.parse() == Ok(wanted),
    }
}

/// Verhoeff's check, as on an Aadhaar number.
pub(super) fn verhoeff(text: &str) -> bool {
    const PERMUTE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a - 5 + 5 - (b - 5)) % 5,
    };
    let check = digits(text).iter().rev().enumerate().fold(0, |check, (at, &digit)| {
        let permuted = (0..at % 8).fold(digit, |d, _| PERMUTE[d as usize]);
        multiply(check, permuted)
    });
    let digits = digits(text);
    digits.len() == 12 && digits[0] >= 2 && check == 0
}

/// A sum of digits times weights.
fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// A Brazilian CPF.
pub(super) fn cpf(text: &str) -> bool {
    let digits = digits(text);
    let check = |count: u32| {
        let weights: Vec<u32> = (2..=count + 1).rev().collect();
        let rest = weighted(&digits, &weights) * 10 % 11;
        rest % 10
    };
    digits.len() == 11
        && digits.iter().any(|&d| d != digits[0])
        && check(9) == digits[9]
        && check(10) == digits[10]
}

/// A Spanish NIF or NIE.
pub(super) fn nif(text: &str) -> bool {
    let upper: String = text.to_ascii_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let number = upper.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let body: String = if upper.starts_with(['X', 'Y', 'Z']) { number } else { upper.clone() };
    let (Some(digits), Some(letter)) = (body.get(..8), upper.as_bytes().get(8)) else { return false };
    digits.parse::<usize>().is_ok_and(|n| b"TRWAGMYFPDXBNJZSQVHLCKE"[n % 23] == *letter)
}

/// A Singapore NRIC or FIN.
pub(super) fn nric(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let digits = digits(&upper);
    let (Some(first), Some(last)) = (upper.bytes().next(), upper.bytes().last()) else { return false };
    if digits.len() != 7 {
        return false;
    }
    let sum = weighted(&digits, &[2, 7, 6, 5, 4, 3, 2]) + if matches!(first, b'T' | b'G') { 4 } else { 0 };
    let table: &[u8; 11] = if matches!(first, b'S' | b'T') { b"JZIHGFEDCBA" } else { b"XWUTRQPNMLK" };
    table[(sum % 11) as usize] == last
}

/// A Korean resident registration number: a real date, and the check digit of numbers given out before 2020.
pub(super) fn rrn(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 13
        && (1..=12).contains(&(digits[2] * 10 + digits[3]))
        && (1..=31).contains(&(digits[4] * 10 + digits[5]))
        && (11 - weighted(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10 == digits[12]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_right_check_digits_pass_and_others_fail() {
        type Case = (fn(&str) -> bool, &'static str, &'static str);
        let table: &[Case] = &[
            (card, "4539 5787 6362 1486", "4539 5787 6362 1487"),
            (card, "371292190561708", "378282246310005"),
            (ssn, "692-71-5667", "666-45-1234"),
            (ssn_bare, "078-05-1120", "900-12-3456"),
            (phone, "+44 7638 188387", "2019-08-11"),
            (phone, "(11) 4706-6184", "555-0100"),
            (verhoeff, "2341 2341 2346", "2341 2341 2345"),
            (cpf, "111.444.777-35", "111.444.777-36"),
            (nif, "12345678Z", "12345678A"),
            (nif, "X1234567L", "X1234567M"),
            (nric, "S1234567D", "S1234567A"),
        ];
        for (check, right, wrong) in table {
            assert!(check(right), "{right}");
            assert!(!check(wrong), "{wrong}");
        }
    }
}
