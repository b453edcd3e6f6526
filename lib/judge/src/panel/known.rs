//! The name of a question: who was asked what.

use crate::client::Prompt;

/// The same question to the same model has the same name; `salt` makes old answers void.
pub(super) fn key(asked: &str, salt: &str, prompt: &Prompt) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in [asked, salt, &prompt.system, &prompt.user] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
