//! Exit codes, the same in every program (README.md has the table).

use std::process::ExitCode;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All was done.
    Ok,
    /// Something was found; only when asked for with `--exit-code`.
    Findings,
    /// The command line or the configuration is wrong.
    Usage,
    /// The output is valid, but some input was unreadable or some work was not done; what is missing was named.
    Partial,
    /// Docker, the gateway, the disk or a database failed.
    Environment,
    /// The hash chain or the manifest does not hold.
    Integrity,
    /// Ended by this signal.
    Signal(i32),
    /// What a command ended with that was run on the user's behalf.
    Command(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Environment => 4,
            Self::Integrity => 5,
            Self::Command(code) => code,
            // Signals are 1 to 64, so the sum always fits.
            Self::Signal(number) => 128u8.saturating_add(u8::try_from(number).unwrap_or(0)),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_those_of_the_contract() {
        let all = [
            Exit::Ok,
            Exit::Findings,
            Exit::Usage,
            Exit::Partial,
            Exit::Environment,
            Exit::Integrity,
            Exit::Signal(2),
            Exit::Signal(15),
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 130, 143]);
    }
}
