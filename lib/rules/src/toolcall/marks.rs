//! Marks: parts of a text without which a closer look at it would find nothing.
//!
//! A script is read for all of them once, not each of its words for each of them.

use super::network::{METADATA, MINES};
use super::paths::PERSISTENT_FILES;
use super::rare::RarePairs;
use crate::shell::{Command, Kinds, WINDOWS_SIGNS};
use std::borrow::Cow;
use std::sync::LazyLock;

/// In every text that looks like one for cmd or PowerShell.
pub const WINDOWS: Kinds = Kinds(1);
/// In every path that [`super::paths::secret`] knows.
pub const SECRET: Kinds = Kinds(2);
/// In every path that [`super::paths::target`] knows.
pub const TARGET: Kinds = Kinds(4);
/// In everything that [`super::network::judge`] looks for in any command.
pub const NETWORK: Kinds = Kinds(8);
/// In every path that climbs.
pub const CLIMB: Kinds = Kinds(16);

const SECRETS: [&str; 88] = [
    "shadow",
    "passwd",
    "sudoers",
    "system32",
    "ntds",
    "dslocal",
    "windows",
    ".aws",
    "gcloud",
    ".azure",
    ".kube",
    ".docker",
    ".git-credentials",
    ".gnupg",
    ".pgpass",
    ".my.cnf",
    "netrc",
    ".npmrc",
    ".pypirc",
    ".cargo",
    ".config",
    ".terraform",
    ".vault",
    "password",
    "keychains",
    "openclaw",
    "auth-profiles",
    "microsoft",
    "krb5",
    ".boto",
    ".s3cfg",
    ".local",
    "secrets",
    ".ssh",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".kdbx",
    ".ppk",
    "ssh_host",
    "unattend",
    "sysprep",
    "web.config",
    "credential",
    "master.key",
    "groups.xml",
    "etc/ssl",
    "etc/pki",
    "chrome",
    "mozilla",
    "firefox",
    "brave",
    "edge",
    "chromium",
    "login data",
    "cookies",
    "logins",
    "key4",
    "wallet",
    "electrum",
    "bitcoin",
    "ethereum",
    "metamask",
    "exodus",
    "library",
    "chat.db",
    "thunderbird",
    "safari",
    "telegram",
    "discord",
    "leveldb",
    "signal",
    "addressbook",
    "tcc.db",
    ".env",
    "environ",
    "history",
    "histfile",
    ".viminfo",
    ".lesshst",
    "config/sam",
    "config\\sam",
    "config/se",
    "config/sy",
    "master",
    "opasswd",
    "users",
];

/// Parts of targets beside the names in [`PERSISTENT_FILES`], of one name each, since what stands between names is not yet in one form.
const TARGETS: [&str; 49] = [
    // Folders, and `\` where Windows has it.
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/sbin",
    "/sys",
    "/usr",
    "\\bin",
    "\\boot",
    "\\dev",
    "\\etc",
    "\\lib",
    "\\sbin",
    "\\sys",
    "\\usr",
    // Privilege.
    "pam_",
    "system32",
    "core_pattern",
    "release_agent",
    "docker.sock",
    // Persistence.
    ".ssh",
    "spool",
    "systemd",
    "autostart",
    "launchagents",
    "launchdaemons",
    "startup",
    "apt.conf.d",
    "hooks",
    ".pth",
    // Agents.
    "soul.md",
    "heartbeat.md",
    "boot.md",
    "bootstrap.md",
    "tools.md",
    "agents.md",
    "openclaw",
    // Traces.
    "/log",
    "\\log",
    "utmp",
    "history",
    ".histfile",
    ".viminfo",
    ".lesshst",
    // The system.
    "windows",
    "systemroot",
    "windir",
    "physicaldrive",
];

const CONNECTIONS: [&str; 3] = ["/dev/tcp/", "/dev/udp/", ".onion"];

/// All the marks, and the kind of each.
static MARKS: LazyLock<(RarePairs, Vec<Kinds>)> = LazyLock::new(|| {
    let lists: [(Kinds, &[&'static str]); 8] = [
        (WINDOWS, &WINDOWS_SIGNS),
        (SECRET, &SECRETS),
        (TARGET, &TARGETS),
        (TARGET, &PERSISTENT_FILES),
        (NETWORK, &METADATA),
        (NETWORK, &MINES),
        (NETWORK, &CONNECTIONS),
        (CLIMB, &["../"]),
    ];
    let marks = || lists.iter().flat_map(|&(kind, list)| list.iter().map(move |&mark| (mark, kind)));
    (RarePairs::new(marks().map(|(mark, _)| mark)), marks().map(|(_, kind)| kind).collect())
});

/// Where in a text the marks stand.
#[derive(Debug)]
pub struct Marks {
    /// For every kind, in order, a place within each of its marks.
    places: [Vec<usize>; 5],
    /// What may stand anywhere.
    everywhere: Kinds,
}

impl Marks {
    /// The marks of a text.
    pub fn of(text: &str) -> Self {
        let (pairs, kinds) = &*MARKS;
        let mut places: [Vec<usize>; 5] = Default::default();
        pairs.each(text.as_bytes(), |at, mark| {
            if let Some(places) = places.get_mut(kinds[mark].0.trailing_zeros() as usize) {
                places.push(at);
            }
        });
        Self { places, everywhere: beyond_ascii(text) }
    }

    /// The kinds of all of them.
    pub fn kinds(&self) -> Kinds {
        self.between(0, usize::MAX)
    }

    /// The kinds of those in a part of the text.
    fn between(&self, start: usize, end: usize) -> Kinds {
        let mut kinds = self.everywhere;
        for (kind, places) in self.places.iter().enumerate().filter(|(_, places)| !places.is_empty()) {
            let next = places.partition_point(|at| *at < start);
            if places.get(next).is_some_and(|at| *at < end) {
                kinds |= Kinds(1 << kind);
            }
        }
        kinds
    }

    /// Notes at a command of the text what it may hold.
    pub fn note(&self, command: &mut Command<'_>) {
        let mut kinds = self.between(command.start, command.end);
        let targets = command.redirects.iter().map(|redirect| &redirect.target);
        // Words that do not stand in the text as they are were not read with it.
        for word in command.words.iter().chain(targets) {
            if let Cow::Owned(word) = word {
                kinds |= within(word);
            }
        }
        command.kinds = kinds;
    }
}

/// The kinds of the marks in a text.
pub fn within(text: &str) -> Kinds {
    let (pairs, kinds) = &*MARKS;
    let mut found = beyond_ascii(text);
    pairs.each(text.as_bytes(), |_, mark| found |= kinds[mark]);
    found
}

/// Two characters beyond ASCII are letters of ASCII in lower case, which paths are brought into.
fn beyond_ascii(text: &str) -> Kinds {
    let has = |character: &str| memchr::memmem::find(text.as_bytes(), character.as_bytes()).is_some();
    if !text.is_ascii() && (has("\u{130}") || has("\u{212a}")) { TARGET } else { Kinds::NONE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Script;

    #[test]
    fn every_mark_is_found_with_its_kind() {
        for (list, kind) in [
            (&WINDOWS_SIGNS[..], WINDOWS),
            (&SECRETS, SECRET),
            (&TARGETS, TARGET),
            (&METADATA, NETWORK),
            (&MINES, NETWORK),
        ] {
            for mark in list {
                assert!(within(mark).has(kind), "{mark}");
                assert!(within(&format!("x{}x", mark.to_uppercase())).has(kind), "{mark}");
                // Of the two letters beyond ASCII one would count where lines are compared in lower case.
                assert!(kind != NETWORK || !mark.contains('k') && !mark.ends_with('i'), "{mark}");
            }
        }
    }

    #[test]
    fn a_command_has_the_marks_of_its_own_words() {
        let text = "cat a > b; cat ../x $(head /etc/shadow) y; x=/etc/; cat ${x}passwd; tail l\"og\"ins c";
        let marks = Marks::of(text);
        let mut commands = Script::parse(text).commands;
        let kinds: Vec<_> = commands
            .iter_mut()
            .map(|command| {
                marks.note(command);
                (command.kinds.has(SECRET), command.kinds.has(CLIMB))
            })
            .collect();
        assert_eq!(
            kinds,
            [(false, false), (true, false), (true, true), (false, false), (true, false), (true, false)]
        );
    }
}
