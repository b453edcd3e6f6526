//! Secrets without a form of their own: told by the name that announces them and by how random they look.

mod key;
mod pem;
mod placeholder;
mod random;
mod value;
mod vendor;
mod vendors;

use crate::detector::{Detector, Report, Reports, Scene};
use key::{Key, Kind, key};
pub(crate) use pem::PemFragments;
pub(crate) use placeholder::is_placeholder;
use placeholder::{is_code, is_shown_off};
use random::{Look, Shape, look};
use std::ops::Range;
use value::{Value, value};
pub(crate) use vendor::VendorContext;

/// Finds assignments and sentences that give a secret away.
pub(crate) struct Secrets;

impl Detector for Secrets {
    fn name(&self) -> &'static str {
        "secret"
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        let text = scene.text;
        let mut done = 0;
        for word in scene.keywords {
            if word.start < done {
                continue;
            }
            let found = named(text, word.clone());
            if let Some((rule, span, secret)) = found {
                done = secret.end;
                out.add(Report { rule, span, secret: Some(secret), confidence: None, label: None });
            }
        }
    }
}

/// Whether a value is made of random characters.
pub(crate) fn is_random(value: &str) -> bool {
    look(value) != Look::Plain
}

type Found = (&'static str, Range<usize>, Range<usize>);

/// A name and the secret that follows it.
fn named(text: &str, word: Range<usize>) -> Option<Found> {
    let key = key(text, word)?;
    let value = value(text, key.span.end)?;
    let secret = &text[value.span.clone()];
    // `login(password, user1)` passes variables on; `pass` alone is a verb.
    let verb = text[key.span.clone()].eq_ignore_ascii_case("pass") && !value.assigned;
    // `google-auth-library/…`, `access-policy/…`: the name goes on.
    let next_word = || secret.split(|c: char| !c.is_ascii_lowercase()).next().map_or(0, str::len) >= 3;
    let goes_on = key.kind == Kind::Weak && &text[key.span.end..value.span.start] == "-" && next_word();
    if value.listed && !value.quoted || verb || goes_on {
        return None;
    }
    let rule = match key.kind {
        Kind::Password if is_password(secret, &value, &key) => "secret.password",
        Kind::Password if value.assigned && look(secret) == Look::Random => "secret.password",
        Kind::Secret | Kind::Weak if is_key(secret, &value, &key) => "secret.generic-key",
        _ => return None,
    };
    let context = line(text, key.span.start..value.span.end);
    if is_placeholder(secret) || is_shown_off(context) || is_hash_of_content(secret) {
        return None;
    }
    Some((rule, key.span.start..value.span.end, value.span))
}

/// Whether a value can be a password that a person chose.
fn is_password(secret: &str, value: &Value, key: &Key) -> bool {
    let shape = Shape::of(secret);
    let spaces = secret.bytes().filter(u8::is_ascii_whitespace).count();
    if !(5..=100).contains(&shape.len)
        || value.below && !value.assigned
        || spaces > 0
        || shape.letters() == 0
        || shape.distinct < 4
    {
        return false;
    }
    let special =
        secret.bytes().filter(|byte| byte.is_ascii_punctuation() && !b"_-./:,".contains(byte)).count();
    if !value.quoted && is_version(secret) {
        return false;
    }
    let url = secret.contains("://") || secret.starts_with(['/', '~', '.']) && special == 0;
    if url || !value.quoted && is_code(secret) {
        return false;
    }
    let mixed = shape.digits > 0 && (special > 0 || shape.upper > 0 && shape.lower > 0 || shape.digits >= 3);
    let any = shape.digits > 0 || special > 0 && shape.len >= 6;
    let strong_name = key.prefixed || !matches!(shape.len, 0..6);
    match (value.quoted, value.assigned, value.said) {
        (true, _, true) => shape.len >= 6,
        (true, true, _) => any && strong_name,
        (true, false, false) => any && shape.len >= 6,
        (false, true, _) | (false, _, true) => {
            mixed && shape.len >= 6 || special > 0 && any && shape.len >= 8 && shape.upper > 0
        }
        (false, false, false) => mixed && special > 0 && shape.len >= 7,
    }
}

/// `1:4.13+dfsg1-1`: the version of a package, as lists of packages have it behind `passwd`.
fn is_version(value: &str) -> bool {
    let number = value.split_once(':').map_or(value, |(_epoch, rest)| rest);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+~:-".contains(&byte);
    (1..=4).contains(&digits)
        && number.as_bytes()[digits..].starts_with(b".")
        && number.as_bytes().get(digits + 1).is_some_and(u8::is_ascii_digit)
        && value.bytes().all(sign)
}

/// Whether a value can be a key that a machine made.
fn is_key(secret: &str, value: &Value, key: &Key) -> bool {
    if !value.quoted && is_code(secret) || secret.contains(char::is_whitespace) {
        return false;
    }
    let look = look(secret);
    let strong_word = key.kind == Kind::Secret && value.assigned && is_strong_word(secret);
    if strong_word && look == Look::Plain {
        return true;
    }
    let announced = value.assigned || value.said || value.quoted;
    match (key.kind, look) {
        (_, Look::Plain) => false,
        (Kind::Weak, Look::Random) => key.prefixed || secret.len() >= 20 && announced,
        (Kind::Weak, Look::Uuid) => key.prefixed,
        (Kind::Weak, Look::ShortRandom) => key.prefixed && announced && secret.len() >= 12,
        (_, Look::Random | Look::Uuid) => true,
        (_, Look::ShortRandom) => announced && secret.len() >= 10,
    }
}

/// A password in all but name: words with digits, capitals and signs.
fn is_strong_word(secret: &str) -> bool {
    let shape = Shape::of(secret);
    let signs = secret.bytes().filter(|byte| b"!@#$%^&*?~+".contains(byte)).count();
    (10..=64).contains(&shape.len)
        && shape.digits >= 2
        && shape.upper >= 1
        && shape.lower >= 3
        && (1..=4).contains(&signs)
}

/// `sha512-…`, `sha256:…`, `h1:…`: hashes of content, public by nature.
fn is_hash_of_content(secret: &str) -> bool {
    ["sha1", "sha256", "sha384", "sha512", "h1:", "md5", "ssh-", "AAAAB3Nza", "AAAAC3Nza", "AAAAE2Vj"]
        .iter()
        .any(|start| secret.starts_with(start))
}

/// The line around a span, at most 120 bytes to either side.
fn line(text: &str, span: Range<usize>) -> &str {
    let from = text.floor_char_boundary(span.start.saturating_sub(120));
    let to = text.ceil_char_boundary((span.end + 120).min(text.len()));
    let start = text[from..span.start].rfind('\n').map_or(from, |at| from + at + 1);
    let end = text[span.end..to].find('\n').map_or(to, |at| span.end + at);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_may_stand_between_name_and_secret() {
        let text = "The password for the staging database is blue!Horse77 and nobody changed it.";
        let found = named(text, 4..12).unwrap();
        assert_eq!(&text[found.2], "blue!Horse77");
    }
}
