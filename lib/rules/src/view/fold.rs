//! Characters that hide, and characters that look like others.

/// Characters that show nothing: zero-width and joining characters, direction marks, soft hyphens, tags.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// What an invisible tag character spells, if it spells a letter.
pub(super) fn tag(c: char) -> Option<char> {
    let code = u32::from(c).checked_sub(0xe0000)?;
    char::from_u32(code).filter(|c| c.is_ascii_graphic() || *c == ' ')
}

/// The plain character that a compatibility form stands for: full-width, mathematical, circled.
pub(super) fn compatible(c: char) -> Option<char> {
    let code = u32::from(c);
    let ascii = |base: u32, first: char| char::from_u32(u32::from(first) + (code - base));
    match code {
        0xff01..=0xff5e => ascii(0xff01, '!'),
        0x3000 | 0xa0 | 0x2000..=0x200a | 0x202f => Some(' ').filter(|_| code != 0xa0),
        0x24b6..=0x24cf => ascii(0x24b6, 'A'),
        0x24d0..=0x24e9 => ascii(0x24d0, 'a'),
        // Thirteen alphabets of 52 letters, then five rows of digits.
        0x1d400..=0x1d6a3 => {
            let letter = (code - 0x1d400) % 52;
            char::from_u32(if letter < 26 { u32::from('A') + letter } else { u32::from('a') + letter - 26 })
        }
        0x1d7ce..=0x1d7ff => char::from_u32(u32::from('0') + (code - 0x1d7ce) % 10),
        _ => None,
    }
}

/// The Latin letter that a Cyrillic or Greek one looks like.
pub(super) fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'ɑ' => 'a',
        'с' | 'ⅽ' => 'c',
        'ԁ' | 'ⅾ' => 'd',
        'е' | 'ε' => 'e',
        'գ' | 'ց' | 'ɡ' => 'g',
        'һ' | 'հ' => 'h',
        'і' | 'ι' | 'ı' | 'ⅰ' => 'i',
        'ј' => 'j',
        'κ' => 'k',
        'ӏ' | 'ℓ' | 'ⅼ' => 'l',
        'ⅿ' => 'm',
        'ո' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ⅴ' => 'v',
        'ԝ' => 'w',
        'х' | 'ⅹ' => 'x',
        'у' => 'y',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' => 'Y',
        'Ζ' => 'Z',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_paired() {
        assert_eq!(look_alike('а'), Some('a'));
        assert_eq!(look_alike('ⅹ'), Some('x'));
        assert_eq!(look_alike('χ'), None);
        assert_eq!(compatible('Ｚ'), Some('Z'));
        assert_eq!(compatible('𝟗'), Some('9'));
        assert_eq!(compatible('𝒛'), Some('z'));
        assert_eq!(tag('\u{e0041}'), Some('A'));
    }
}
