//! International bank account numbers.

/// Country, and the form of what follows the check digits: letters, digits or either, with their counts.
const FORMS: &[(&str, &str)] = &[
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BR", "23n1a1c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "5n1n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
];

/// Whether a text begins with a whole IBAN: known country, its form, and the remainder of 97.
pub(super) fn iban(text: &str) -> bool {
    let mut compact = String::new();
    let upper = text.to_ascii_uppercase();
    let mut chars = upper.chars();
    let Some(form) = upper.get(..2).and_then(|country| FORMS.iter().find(|(known, _)| *known == country))
    else {
        return false;
    };
    let length = 4 + pieces(form.1).map(|(count, _)| count).sum::<usize>();
    while compact.len() < length {
        match chars.next() {
            Some(c) if c.is_ascii_alphanumeric() => compact.push(c),
            Some(' ' | '-') => {}
            _ => return false,
        }
    }
    // Whoever writes one by hand keeps to one case.
    let used = &text.as_bytes()[..text.len() - chars.clone().map(char::len_utf8).sum::<usize>()];
    let mixed = used.iter().any(u8::is_ascii_lowercase) && used.iter().any(u8::is_ascii_uppercase);
    let ends = chars.next().is_none_or(|next| !next.is_ascii_alphanumeric());
    ends && !mixed && has_form(&compact[4..], form.1) && remainder(&compact) == 1
}

/// The pieces of a form: count and kind.
fn pieces(form: &str) -> impl Iterator<Item = (usize, u8)> {
    form.split_inclusive(['n', 'a', 'c']).map(|piece| {
        let (count, kind) = piece.split_at(piece.len() - 1);
        (count.parse().unwrap_or(0), kind.as_bytes()[0])
    })
}

fn has_form(mut body: &str, form: &str) -> bool {
    pieces(form).all(|(count, kind)| {
        let (piece, rest) = body.split_at(count);
        body = rest;
        piece.bytes().all(|byte| match kind {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            _ => true,
        })
    })
}

/// ISO 7064: the number, first four characters last and letters as 10 to 35, modulo 97.
fn remainder(compact: &str) -> u32 {
    let (head, body) = compact.split_at(4);
    body.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shifted = if value < 10 { rest * 10 } else { rest * 100 };
        (shifted + value) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::iban;

    #[test]
    fn an_iban_has_its_countrys_form_and_remainder() {
        for right in [
            "DE89 3704 0044 0532 0130 00",
            "gb82west12345698765432",
            "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
            "GB82 WEST 1234 5698 7654 32 from",
        ] {
            assert!(iban(right), "{right}");
        }
        for wrong in [
            "DE89 3704 0044 0532 0130 01",
            "GB82WEST1234569876543",
            "XX82WEST12345698765432",
            "DE",
            "GB82WEST12345698765432A",
        ] {
            assert!(!iban(wrong), "{wrong}");
        }
    }
}
