//! Lines of a private key that stand without its header: in a log, a diff, a part of a file.

use super::random::Shape;
use crate::detector::{Detector, Reports, Scene};
use crate::runs::Kind;

/// Key files break base64 after so many characters.
const WIDTH: usize = 64;

/// The characters of such a line.
static BASE64: Kind = Kind::alphanumeric_and(b"+/");

/// Words that say that such a line is something else.
const OTHER: &[&str] = &[
    "certificate",
    "public key",
    "signature",
    "pgp message",
    "-----begin",
    "ssh-",
    "data:",
    "sha512",
    "sha256",
];

/// Finds lines that end in exactly 64 characters of base64.
pub(crate) struct PemFragments;

impl Detector for PemFragments {
    fn name(&self) -> &'static str {
        "pem-fragment"
    }

    fn wants_views(&self) -> bool {
        false
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        if BASE64.next_run(scene.text.as_bytes(), 0, WIDTH).is_none() {
            return;
        }
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', scene.text.as_bytes()).chain([scene.text.len()]) {
            if let Some(at) = fragment(&scene.text[start..end]) {
                if !is_other(scene.text) {
                    out.push("secret.pem-fragment", start + at..start + at + WIDTH);
                }
                return;
            }
            start = end + 1;
        }
    }
}

/// Where the fragment begins in a line that ends with one.
fn fragment(line: &str) -> Option<usize> {
    let line = line.trim_end_matches(['\r', ' ', '"', '\'', ',', ';', '*', '`']);
    let line = line.strip_suffix("\\n").or_else(|| line.strip_suffix("\\r\\n")).unwrap_or(line);
    let line = line.trim_end_matches('\\');
    let run = line.bytes().rev().take(WIDTH + 2).take_while(|&byte| BASE64.has(byte)).count();
    let start = line.len().checked_sub(WIDTH).filter(|_| run == WIDTH)?;
    let (prefix, body) = (&line[..start], &line[start..]);
    let shape = Shape::of(body);
    let random = (shape.digits >= 2 || shape.wordiness() < 50)
        && shape.lower >= 8
        && shape.upper >= 8
        && shape.wordiness() < 62
        && shape.distinct >= 22;
    // Before it at most what a log, a comment or a diff puts in front of a line.
    let framed = prefix.len() <= 40
        && !prefix.contains(['=', '{'])
        && prefix.bytes().filter(u8::is_ascii_alphabetic).count() <= 6;
    (random && framed).then_some(start)
}

fn is_other(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    OTHER.iter().any(|word| lower.contains(word))
}
