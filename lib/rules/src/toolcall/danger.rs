//! What can be wrong with a tool call.

/// A kind of danger: each is a rule of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Danger {
    /// Data or a system is lost.
    Destroy,
    /// A remote resource that others share is lost (`git push --force`, `terraform destroy`).
    Irreversible,
    /// Secrets leave the machine.
    Exfiltrate,
    /// A program from the network is run unseen.
    RemoteCode,
    /// Somebody else gets a shell.
    ReverseShell,
    /// Something will run, or let somebody in, later.
    Persist,
    /// More rights are taken.
    Escalate,
    /// Secrets are read.
    Credentials,
    /// An account is made, changed or removed.
    Account,
    /// The machine and its network are explored.
    Recon,
    /// A guard is put to sleep.
    Evade,
    /// Traces are removed.
    CoverTracks,
    /// Other machines are entered.
    Lateral,
    /// A trusted program is made to run something else.
    Proxy,
    /// A hidden way through the network is opened.
    Tunnel,
    /// The system's own programs and settings are changed.
    Tamper,
    /// The agent's own configuration or instructions are changed.
    Agent,
    /// A command is disguised.
    Disguise,
    /// Coins are mined.
    Mine,
    /// A person is watched.
    Spy,
    /// A machine is used up, or brought down.
    Exhaust,
}

impl Danger {
    /// The rule that says what it means.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Destroy => "tool.destroy",
            Self::Irreversible => "tool.irreversible",
            Self::Exfiltrate => "tool.exfiltrate",
            Self::RemoteCode => "tool.remote-code",
            Self::ReverseShell => "tool.reverse-shell",
            Self::Persist => "tool.persist",
            Self::Escalate => "tool.escalate",
            Self::Credentials => "tool.credentials",
            Self::Account => "tool.account",
            Self::Recon => "tool.recon",
            Self::Evade => "tool.evade",
            Self::CoverTracks => "tool.cover-tracks",
            Self::Lateral => "tool.lateral",
            Self::Proxy => "tool.proxy",
            Self::Tunnel => "tool.tunnel",
            Self::Tamper => "tool.tamper",
            Self::Agent => "tool.agent",
            Self::Disguise => "tool.disguise",
            Self::Mine => "tool.mine",
            Self::Spy => "tool.spy",
            Self::Exhaust => "tool.exhaust",
        }
    }
}

/// A danger, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// What is wrong.
    pub danger: Danger,
    /// First byte in the text that was analysed.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}
