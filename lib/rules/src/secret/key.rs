//! The name that announces a secret: `api_key`, `DB_PASSWORD`, `my token`.

use super::random::{Look, look};
use crate::names::{Names, Table};
use crate::word_set::WordSet;
use std::ops::Range;
use std::sync::LazyLock;

/// How much a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `key`, `auth`, `access`: often something else.
    Weak,
    /// `secret`, `token`, `api_key`: a secret that a machine made.
    Secret,
    /// `password`: a secret that a person made.
    Password,
}

/// A name, as it stands in a text.
#[derive(Debug)]
pub(super) struct Key {
    pub kind: Kind,
    /// The whole identifier.
    pub span: Range<usize>,
    /// Whether words stand before the keyword (`stripe_key`, `boxKEY`).
    pub prefixed: bool,
}

const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwrd",
    "passwort",
    "passphrase",
    "passcode",
    "pswd",
    "psswd",
    "paswd",
    "paswrd",
    "pswrd",
    "paasword",
    "pwd",
    "pass",
    "pw",
    "kennwort",
    "contraseña",
    "contrasena",
    "mot de passe",
    "senha",
    "wachtwoord",
    "hasło",
    "heslo",
    "пароль",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "identified by",
    "parola",
    "lösenord",
    "adgangskode",
    "salasana",
];

const SECRETS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "api key",
    "api_key",
    "api-key",
    "accesskey",
    "access key",
    "access_key",
    "private key",
    "private_key",
    "privatekey",
    "credential",
    "creds",
    "authkey",
    "auth_key",
    "auth key",
    "license key",
    "license_key",
    "licensekey",
    "signing key",
    "signing_key",
    "encryption key",
    "encryption_key",
    "masterkey",
    "master_key",
    "master key",
    "secretkey",
    "bearer",
    "clé",
    "schlüssel",
    "clave",
    "chave",
    "密钥",
    "ключ",
    "security key",
    "accountkey",
    "sessionkey",
    "storage key",
    "deploy key",
    "session key",
    "sharedaccesskey",
    "sonarlogin",
    "sonar.login",
    "webhook",
];

/// Names of which the keyword is a part, and which hold no password.
static NO_PASSWORD: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(&[
        "bypass",
        "compass",
        "passport",
        "passeng",
        "passive",
        "surpass",
        "passed",
        "passing",
        "passthrough",
        "passes",
        "encompass",
    ])
});

/// Names of which the keyword is a part, and which hold no secret.
static NO_SECRET: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(OTHER_NAMES));

const OTHER_NAMES: &[&str] = &[
    "public",
    "pub",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "row",
    "object",
    "idempotency",
    "lookup",
    "dict",
    "unique",
    "composite",
    "index",
    "keyboard",
    "keyword",
    "compass",
    "passing",
    "passed",
    "bypass",
    "passport",
    "passenger",
    "passive",
    "author",
    "authority",
    "accessib",
    "accessor",
    "monkey",
    "donkey",
    "turkey",
    "hockey",
    "keynote",
    "keystone",
    "tokenize",
    "tokenizer",
    "tokens",
    "secretary",
    "accessory",
    "apiversion",
    "keyframe",
    "keyring",
    "keychain",
    "keystore",
    "next_page",
    "nextpage",
    "page_token",
    "pagetoken",
    "continuation",
    "pagination",
    "recv-key",
    "recv_key",
    "page-token",
    "nexttoken",
    "next_token",
    "next-token",
    "startingtoken",
    "starting_token",
    "starting-token",
    "synctoken",
    "sync_token",
    "resumetoken",
    "resume_token",
    "locktoken",
    "lock_token",
    "lock-token",
    "changetoken",
    "change_token",
    "change-token",
    "updatetoken",
    "update_token",
    "update-token",
    "actiontoken",
    "action_token",
    "action-token",
    "stop_token",
    "eos",
    "bos",
    "pad_token",
    "unk",
    "keyspace",
    "surpass",
    "encompass",
    "privately",
    "keyup",
    "keydown",
    "keypress",
    "compasses",
    "passthrough",
    "apis",
    "map_key",
    "hash_key",
    "json_key",
    "etag",
    "yarnkey",
    "sha",
    "md5",
    "digest",
    "checksum",
    "integrity",
    "fingerprint",
    "content_hash",
    "commit",
    "passes",
    "accessed",
    "authored",
    "site_key",
    "sitekey",
    "issue_key",
    "project_key",
];

/// Pieces after the keyword that say that the value is about the secret and not the secret.
const ABOUT: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "file",
    "files",
    "path",
    "dir",
    "url",
    "uri",
    "type",
    "types",
    "len",
    "length",
    "size",
    "count",
    "limit",
    "hash",
    "alg",
    "algorithm",
    "expiry",
    "expires",
    "expire",
    "expiration",
    "ttl",
    "age",
    "arn",
    "version",
    "format",
    "prefix",
    "suffix",
    "regex",
    "pattern",
    "field",
    "env",
    "var",
    "store",
    "manager",
    "mgr",
    "ref",
    "label",
    "policy",
    "index",
    "header",
    "provider",
    "endpoint",
    "issuer",
    "at",
    "status",
    "state",
    "usage",
    "budget",
    "per",
    "window",
    "rate",
    "hint",
    "prompt",
    "strength",
    "reset",
    "rotation",
    "exists",
    "enabled",
    "required",
    "valid",
    "is",
    "class",
    "error",
    "cost",
    "price",
    "counts",
    "tokens",
    "server",
    "service",
    "handler",
    "request",
    "response",
    "scope",
    "scopes",
    "uuid",
    "log",
    "logs",
    "control",
    "point",
    "points",
    "level",
    "ed",
    "ing",
    "es",
    "board",
    "word",
    "words",
    "code_verifier",
    "digest",
    "fingerprint",
    "checksum",
    "kid",
    "ring",
    "chain",
    "hole",
    "map",
    "vault",
    "list",
    "set",
    "group",
    "rule",
];

/// The name around a keyword at `word`, if it announces a secret; `end` of the span is where its value is looked for.
pub(super) fn key(text: &str, word: Range<usize>) -> Option<Key> {
    let bytes = text.as_bytes();
    let keyword = text.get(word.clone())?.to_lowercase();
    let kind = kind(&keyword);
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let floor = word.start.saturating_sub(40);
    let start = (floor..word.start).rev().take_while(|&at| inside(bytes[at])).last().unwrap_or(word.start);
    let before = &text[start..word.start];
    let boundary = is_boundary(before, &text[word.clone()]);
    if !boundary && (kind == Kind::Weak || keyword.len() <= 4) && !glued(before, &keyword) {
        return None;
    }
    let ceiling = bytes.len().min(word.end + 40);
    let mut end =
        (word.end..ceiling).take_while(|&at| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_').last();
    if let Some(last) = end {
        // `key_9f8e7d…`: what follows is already the value.
        if look(&text[word.end..=last]) != Look::Plain {
            end = None;
        }
    }
    let end = end.map_or(word.end, |last| last + 1);
    if is_about(&text[word.end..end]) {
        return None;
    }
    let name = text[start..end].to_ascii_lowercase();
    let others = if kind == Kind::Password { &NO_PASSWORD } else { &NO_SECRET };
    if others.is_in(&name) {
        return None;
    }
    let spoken = text[..start].trim_end_matches([' ', '\t']);
    if kind == Kind::Weak
        && ["public", "primary", "foreign", "cache", "commit", "sort"]
            .iter()
            .any(|w| ends_with_word(spoken, w))
    {
        return None;
    }
    if ends_base64(&text[text.ceil_char_boundary(floor)..word.start]) {
        return None;
    }
    Some(Key { kind, span: start..end, prefixed: before.bytes().any(|byte| byte.is_ascii_alphabetic()) })
}

/// Whether a text ends in the middle of a line of base64, where any keyword may stand by chance.
fn ends_base64(text: &str) -> bool {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let run = text.bytes().rev().take_while(base64).count();
    run >= 24 && look(&text[text.len() - run..]) == Look::Random
}

/// Whether a name ends the text, in any case.
fn ends_with_word(text: &str, word: &str) -> bool {
    let from = text.len().saturating_sub(word.len());
    text.get(from..).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Whether a keyword is an announced one at all, and which.
pub(super) fn is_keyword(word: &str) -> bool {
    let word = word.to_lowercase();
    KINDS.contains_key(word.as_str())
}

const WEAK: &[&str] = &["key", "auth", "access", "private", "apitoken", "login", "license", "salt"];

static KINDS: LazyLock<Table<Kind>> = LazyLock::new(|| {
    let kinds = [(WEAK, Kind::Weak), (SECRETS, Kind::Secret), (PASSWORDS, Kind::Password)];
    kinds.into_iter().flat_map(|(words, kind)| words.iter().map(move |word| (*word, kind))).collect()
});

fn kind(keyword: &str) -> Kind {
    KINDS.get(keyword).copied().unwrap_or(Kind::Weak)
}

/// Whether the keyword begins a word: after nothing, a separator, or as `boxKEY` and `clientSecret`.
fn is_boundary(before: &str, word: &str) -> bool {
    let (Some(last), Some(first)) = (before.bytes().last(), word.bytes().next()) else { return true };
    !last.is_ascii_alphabetic() || last.is_ascii_lowercase() && first.is_ascii_uppercase()
}

/// Words that are written as one with what stands before them in names of one case: `apikey`, `clientsecret`.
fn glued(before: &str, keyword: &str) -> bool {
    let before = before.to_ascii_lowercase();
    match keyword {
        "key" => [
            "api", "access", "secret", "private", "auth", "license", "master", "app", "token", "p", "aes",
            "shared",
        ]
        .iter()
        .any(|word| before.ends_with(word)),
        "pass" | "pwd" | "pw" => {
            ["db", "user", "mysql", "my", "root", "admin", "smtp", "ftp", "login", "sql", "bind"]
                .iter()
                .any(|word| before.ends_with(word))
        }
        _ => before.len() >= 4,
    }
}

/// Whether the rest of a name after the keyword says that this is only about the secret.
fn is_about(tail: &str) -> bool {
    static NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(ABOUT));
    if tail.is_empty() {
        return false;
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in tail.chars() {
        if c == '_'
            || c.is_ascii_uppercase()
                && piece.chars().next_back().is_some_and(|last| last.is_ascii_lowercase())
        {
            pieces.push(std::mem::take(&mut piece));
        }
        if c != '_' {
            piece.push(c.to_ascii_lowercase());
        }
    }
    pieces.push(piece);
    // A lower-case tail that is glued on makes another word: `keyboard`, `tokenizer`.
    let glued = tail.starts_with(|c: char| c.is_ascii_lowercase()) && tail != "s" && !is_keyword(&pieces[0]);
    let known = |piece: &String| {
        ["value", "string", "text", "token", "key", "secret", "code", "s", "here"].contains(&piece.as_str())
    };
    glued && !known(&pieces[0]) || pieces.iter().any(|piece| NAMES.has(piece))
}
