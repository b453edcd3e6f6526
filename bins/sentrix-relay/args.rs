//! The command line: four forms, parsed by hand, so that the helper stays small.

use sentrix_cli::Failure;
use std::path::PathBuf;

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: sentrix-relay dial HOST:PORT
       sentrix-relay listen HOST:PORT SOCKET
       sentrix-relay carry SOCKET…
       sentrix-relay supervise UID NAME COMMAND… [:: NAME COMMAND…]…

dial       copy standard input and output to HOST:PORT
listen     accept on HOST:PORT and pass each connection to the unix socket SOCKET
carry      listen on each SOCKET and carry the connections over standard input and output, to `sentrix-box carry` on the other side
supervise  start the commands, become UID with nothing but CAP_KILL, and stop all when one ends or TERM comes;
           the first is stopped first; the exit code is that of the first to end
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Dial { address: String },
    Listen { address: String, socket: PathBuf },
    Carry { sockets: Vec<PathBuf> },
    Supervise { uid: u32, children: Vec<Spec> },
}

/// A program to keep running.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// How it is called in the last line: small letters, digits and hyphens.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
}

/// Reads the arguments after the program's name.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let arguments: Vec<String> = arguments.collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["-h" | "--help", ..] => Ok(Command::Help),
        ["dial", address] => Ok(Command::Dial { address: (*address).to_owned() }),
        ["listen", address, socket] => {
            Ok(Command::Listen { address: (*address).to_owned(), socket: PathBuf::from(socket) })
        }
        ["carry", sockets @ ..] if !sockets.is_empty() => {
            Ok(Command::Carry { sockets: sockets.iter().map(PathBuf::from).collect() })
        }
        ["supervise", uid, rest @ ..] => {
            let uid = uid
                .parse()
                .ok()
                .filter(|uid| *uid != 0)
                .ok_or_else(|| usage("UID is a number, and not 0"))?;
            let children: Option<Vec<Spec>> = rest.split(|word| *word == "::").map(spec).collect();
            let children =
                children.ok_or_else(|| usage("each program needs a name (a-z, 0-9, -) and a command"))?;
            Ok(Command::Supervise { uid, children })
        }
        _ => Err(usage("unknown arguments")),
    }
}

fn spec(words: &[&str]) -> Option<Spec> {
    let (name, command) = words.split_first()?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if command.is_empty() || name.is_empty() || !name.bytes().all(allowed) {
        return None;
    }
    Some(Spec { name: (*name).to_owned(), command: command.iter().map(|word| (*word).to_owned()).collect() })
}

fn usage(what: &str) -> Failure {
    Failure::usage(what).next("see sentrix-relay --help")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Command> {
        parse(line.split_whitespace().map(str::to_owned)).ok()
    }

    #[test]
    fn supervise_splits_its_programs() {
        let Some(Command::Supervise { uid, children }) =
            parsed("supervise 10004 gateway sleep 1 :: relay-llm cat")
        else {
            panic!("not understood")
        };
        assert_eq!(uid, 10004);
        assert_eq!(children[0].command, ["sleep", "1"]);
        assert_eq!(children[1].name, "relay-llm");
    }

    #[test]
    fn bad_lines_are_refused() {
        for line in [
            "",
            "dial",
            "listen a",
            "carry",
            "supervise",
            "supervise 0 a b",
            "supervise x a b",
            "supervise 1 a",
            "supervise 1 A b",
            "supervise 1 a b ::",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
