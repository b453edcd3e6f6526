//! The bridge's secret, and what is made from it: the token of peers elsewhere, links, cookies.

use std::fmt;

/// What a ticket is for. One made for one thing is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The link to the page; good once.
    Link,
    /// The page's cookie.
    Cookie,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Self::Link => "sentrix bridge 2026 link to the page",
            Self::Cookie => "sentrix bridge 2026 cookie of the page",
        }
    }
}

/// 32 random bytes.
#[derive(Clone)]
pub struct Secret {
    hex: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        Ok(Self { hex: random::<32>()? })
    }

    /// Reads one as it is kept; `None` when it is none.
    pub fn read(text: &str) -> Option<Self> {
        let hex = text.trim();
        let sound = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        sound.then(|| Self { hex: hex.to_owned() })
    }

    /// As it is kept, and as a peer elsewhere has to give it.
    pub fn token(&self) -> &str {
        &self.hex
    }

    /// Whether this is the token. Takes the same time whatever was given: what is compared are hashes, in constant time.
    pub fn is_token(&self, given: &str) -> bool {
        blake3::hash(given.as_bytes()) == blake3::hash(self.hex.as_bytes())
    }

    /// A ticket that is good until a moment, in seconds since 1970.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn ticket(&self, purpose: Purpose, expires: u64) -> Result<String, getrandom::Error> {
        Ok(self.ticket_for(purpose, expires, &random::<16>()?))
    }

    /// A ticket under a name that an earlier one had.
    pub fn ticket_for(&self, purpose: Purpose, expires: u64, name: &str) -> String {
        let body = format!("{expires}.{name}");
        let seal = self.seal(purpose.context(), &body);
        format!("{body}.{}", seal.to_hex())
    }

    /// The name of a ticket that is ours and still good.
    pub fn check<'a>(&self, purpose: Purpose, ticket: &'a str, now: u64) -> Option<&'a str> {
        let (expires, name) = self.open(purpose, ticket)?;
        (expires > now).then_some(name)
    }

    /// The name of a ticket that is ours, good or expired: it tells who it was, and opens nothing.
    pub fn name<'a>(&self, purpose: Purpose, ticket: &'a str) -> Option<&'a str> {
        self.open(purpose, ticket).map(|(_, name)| name)
    }

    /// The key of the session that a browser of this name talks in, in its first tab, its second and so on: nobody can guess it, and it
    /// is the same one after a restart.
    pub fn session(&self, name: &str, tab: usize) -> String {
        let seal = self.seal("sentrix bridge 2026 session of the page", &format!("{name}.{tab}"));
        format!("web-{}", &seal.to_hex()[..16])
    }

    fn open<'a>(&self, purpose: Purpose, ticket: &'a str) -> Option<(u64, &'a str)> {
        let (body, seal) = ticket.rsplit_once('.')?;
        // Compared in constant time.
        if self.seal(purpose.context(), body) != blake3::Hash::from_hex(seal).ok()? {
            return None;
        }
        let (expires, name) = body.split_once('.')?;
        Some((expires.parse().ok()?, name))
    }

    fn seal(&self, context: &str, body: &str) -> blake3::Hash {
        let key = blake3::derive_key(context, self.hex.as_bytes());
        blake3::keyed_hash(&key, body.as_bytes())
    }
}

/// Random bytes in hexadecimal.
pub(crate) fn random<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_token_alone() {
        let secret = Secret::random().unwrap();
        let again = Secret::read(&format!("{}\n", secret.token())).unwrap();
        assert!(again.is_token(secret.token()));
        for wrong in
            ["", "0", &secret.token()[..63], &format!("{}0", secret.token()), &secret.token().to_uppercase()]
        {
            assert_eq!(secret.is_token(wrong), wrong == secret.token(), "{wrong}");
        }
        assert!(!format!("{secret:?}").contains(secret.token()));
        assert!(Secret::read("short").is_none());
    }

    #[test]
    fn a_ticket_is_good_for_one_purpose_until_it_expires() {
        let secret = Secret::random().unwrap();
        let ticket = secret.ticket(Purpose::Link, 100).unwrap();
        assert!(secret.check(Purpose::Link, &ticket, 99).is_some());
        assert_eq!(secret.check(Purpose::Link, &ticket, 100), None);
        let name = secret.name(Purpose::Link, &ticket).unwrap();
        let again = secret.ticket_for(Purpose::Link, 200, name);
        assert_eq!(secret.check(Purpose::Link, &again, 199), Some(name));
        assert_eq!(secret.check(Purpose::Cookie, &ticket, 99), None);
        assert_eq!(Secret::random().unwrap().check(Purpose::Link, &ticket, 99), None);
        let later = ticket.replacen("100", "999", 1);
        for wrong in ["", ".", "..", "100", later.as_str(), &ticket[1..], &ticket[..ticket.len() - 1]] {
            assert_eq!(secret.check(Purpose::Link, wrong, 99), None, "{wrong}");
        }
    }

    #[test]
    fn a_browser_has_the_same_session_after_a_restart_and_one_for_each_tab() {
        let secret = Secret::random().unwrap();
        let again = Secret::read(secret.token()).unwrap();
        assert_eq!(secret.session("a", 0), again.session("a", 0));
        assert_ne!(secret.session("a", 0), secret.session("a", 1));
        assert_ne!(secret.session("a", 0), secret.session("b", 0));
        assert_ne!(secret.session("a", 0), Secret::random().unwrap().session("a", 0));
    }
}
