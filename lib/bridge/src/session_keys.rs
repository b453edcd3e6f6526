//! Which session of the agent a browser talks in: one of its own, and the same one again when it comes back.

use std::collections::{BTreeSet, VecDeque};

/// How many that were left are remembered.
const MOST: usize = 512;

/// The session that is shared by all who ask for it: the agent's own.
pub const SHARED: &str = "main";

/// A name for a new session, that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_key() -> Result<String, getrandom::Error> {
    Ok(format!("web-{}", crate::secret::random::<8>()?))
}

/// Sessions by who talks in them. Nobody is given one that another is talking in.
#[derive(Debug, Default)]
pub struct SessionKeys {
    /// Left by this browser, the latest last.
    left: VecDeque<(String, String)>,
    taken: BTreeSet<String>,
}

impl SessionKeys {
    /// A session for a browser, told by what it shows of itself: the one that it left last, or the first that is free of those that
    /// are named one after the other.
    pub fn take(&mut self, browser: &str, name: impl FnMut(usize) -> String) -> String {
        let mine = self.left.iter().rposition(|(who, _)| who == browser);
        let mine = mine.and_then(|at| self.left.remove(at)).map(|(_, key)| key);
        let free = |key: &String| !self.taken.contains(key);
        let key = mine.filter(free).or_else(|| (0..=MOST).map(name).find(free)).unwrap_or_default();
        self.taken.insert(key.clone());
        key
    }

    /// A browser has gone.
    pub fn leave(&mut self, browser: &str, key: String) {
        self.taken.remove(&key);
        if self.left.len() >= MOST {
            self.left.pop_front();
        }
        self.left.push_back((browser.to_owned(), key));
    }
}

/// Whether a session, as the gateway names it, is the one that we call by this key: `agent:main:KEY` or `KEY`.
pub fn is_session(named: &str, key: &str) -> bool {
    named == key
        || named.strip_suffix(key).is_some_and(|rest| rest.starts_with("agent:") && rest.ends_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_comes_back_has_its_session_and_no_two_share_one() {
        let mut keys = SessionKeys::default();
        let named = |name: &'static str| move |tab: usize| format!("{name}{tab}");
        let one = keys.take("browser", named("a"));
        let two = keys.take("browser", named("a"));
        assert_eq!((one.as_str(), two.as_str()), ("a0", "a1"));
        keys.leave("browser", one);
        assert_eq!(keys.take("another", named("b")), "b0");
        assert_eq!(keys.take("browser", named("a")), "a0");
        assert_eq!(keys.take("browser", named("a")), "a2");
    }

    #[test]
    fn the_gateway_names_a_session_in_full() {
        assert!(is_session("agent:main:web-1", "web-1") && is_session("main", "main"));
        assert!(!is_session("agent:main:xweb-1", "web-1") && !is_session("agent:main:web-12", "web-1"));
    }
}
