//! What stands where a secret would stand: placeholders, references to variables, masks, code.

use crate::names::Names;
use crate::word_set::WordSet;
use std::sync::LazyLock;

/// Pieces of values that are not real.
const WORDS: &[&str] = &[
    "example",
    "sample",
    "dummy",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your",
    "xxxx",
    "****",
    "....",
    "redacted",
    "masked",
    "hidden",
    "removed",
    "insert",
    "replace",
    "todo",
    "foobar",
    "notreal",
    "not-real",
    "process.env",
    "environ",
    "getenv",
    "secrets.",
    "lorem",
    "<",
    "${",
    "$(",
    "{{",
    "%(",
    "}}",
    "…",
    "•",
    "[email",
    "n/a",
    "undefined",
    "mytoken",
    "mysecret",
    "my-secret",
    "my_secret",
    "mypassword",
    "my-password",
    "my_password",
    "somesecret",
    "test-key",
    "test_key",
    "testkey",
    "test-token",
    "test_token",
    "fake-",
    "fake_",
    "mock",
    "openshell:resolve",
];

/// Values that are words of the language, of a program or of a configuration.
const WHOLE: &[&str] = &[
    "none",
    "null",
    "nil",
    "true",
    "false",
    "string",
    "password",
    "passwd",
    "secret",
    "token",
    "key",
    "value",
    "required",
    "optional",
    "default",
    "empty",
    "unset",
    "missing",
    "invalid",
    "bearer",
    "basic",
    "digest",
    "text",
    "bytes",
    "object",
    "number",
    "integer",
    "boolean",
    "auto",
    "yes",
    "no",
    "test",
    "testing",
    "admin",
    "root",
    "user",
    "username",
    "pass",
    "env",
    "file",
    "enabled",
    "disabled",
    "str",
    "int",
    "bool",
    "self",
    "this",
    "new",
    "protected",
    "private",
    "public",
    "nothing",
    "something",
    "anything",
    "stored",
    "encrypted",
    "hashed",
    "plaintext",
    "generated",
    "random",
    "unknown",
];

/// Whether a value only stands for a secret.
pub(crate) fn is_placeholder(value: &str) -> bool {
    static NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(WHOLE));
    static PIECES: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(WORDS));
    let lower = value.to_ascii_lowercase();
    let word = lower.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    NAMES.has(word)
        || value.len() < 40 && PIECES.is_in(&lower)
        || WORDS.iter().any(|piece| lower.starts_with(piece))
        || value.starts_with(['$', '%', '@', '&', '*', '#', '{', '[', '(', '|', '?']) && !has_mix(value)
        || value.starts_with("${")
        || value.starts_with("$(")
        || value.starts_with("{{")
        || value.ends_with("...")
        || one_character(value)
        || counts_up(value)
}

/// `000102030405…`: bytes in hexadecimal, each one more than the last.
fn counts_up(value: &str) -> bool {
    let bytes: Option<Vec<u8>> = value
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let each_one_more = |bytes: &[u8]| bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    value.len() >= 8 && bytes.is_some_and(|bytes| each_one_more(&bytes))
}

/// Letters and digits, as a password has them and a variable's name seldom.
fn has_mix(value: &str) -> bool {
    let body = &value[1..];
    value.is_char_boundary(1)
        && body.bytes().any(|byte| byte.is_ascii_digit())
        && body.bytes().any(|byte| byte.is_ascii_alphabetic())
        && body.bytes().any(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
        && !body.contains(['{', '(', '['])
}

fn one_character(value: &str) -> bool {
    let mut bytes = value.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

/// Whether a value that is not quoted is an expression: a name, a call, an index, a member.
pub(super) fn is_code(value: &str) -> bool {
    let name = |piece: &str| {
        !piece.is_empty()
            && !piece.as_bytes()[0].is_ascii_digit()
            && piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let dotted = value.contains('.') && value.split('.').all(name);
    value.contains(['(', '[', '{', '}', ']', ')']) || value.contains("::") || value.contains("->") || dotted
}

/// Whether what stands around a value says that it is no real one.
pub(super) fn is_shown_off(context: &str) -> bool {
    let lower = context.to_ascii_lowercase();
    ["example", "placeholder", "dummy", "for testing", "replace with", "such as", "e.g.", "for instance"]
        .iter()
        .any(|word| {
            lower.contains(word)
                && !lower.contains(&format!("{word}.com"))
                && !lower.contains(&format!("@{word}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_secrets() {
        for value in [
            "YOUR_API_KEY",
            "xxxxxxxx",
            "<token>",
            "${TOKEN}",
            "process.env.KEY",
            "$PASS",
            "********",
            "{{ x }}",
            "000102030405060708090a0b0c0d0e0f",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["Winter!Silver5904!", "dipPr110Gg!", "IhqSb1Gg", "$ecr3t!pass", "hunter-bridge4398@"] {
            assert!(!is_placeholder(value), "{value}");
        }
        assert!(is_code("config.password") && is_code("get_token()") && !is_code("a.b.9c"));
    }
}
