//! What flows where: from one command to the next, from a substitution into a command.

use super::analysis::Analysis;
use super::danger::Danger;
use super::marks;
use super::network::{downloads, drop_host, sends, uploads_to_stranger};
use super::{decode, paths};
use crate::shell::{self, Command};
use std::cell::OnceCell;
use std::collections::HashMap;

/// Judges how a command is fed.
pub fn judge(commands: &[Command<'_>], index: usize, files: &Files<'_, '_>, analysis: &mut Analysis) {
    let command = &commands[index];
    let place = (command.start, command.end);
    let program = command.program();
    let sources = || sources(commands, index);
    let runs = runs_input(command, program);
    if runs && sources().into_iter().any(downloads) {
        analysis.report(Danger::RemoteCode, place);
    }
    if runs && sources().into_iter().any(decodes) {
        analysis.report(Danger::Disguise, place);
    }
    if matches!(program, "nc" | "ncat" | "netcat" | "telnet" | "socat" | "openssl")
        && sources().iter().any(|source| shell::is_shell(source.program()) && source.input.is_empty())
    {
        analysis.report(Danger::ReverseShell, place);
    }
    if let Some(file) = runs_file(command)
        && files.was_fetched(file, index)
    {
        analysis.report(Danger::RemoteCode, place);
    }
    if runs_download(command, program) {
        analysis.report(Danger::RemoteCode, place);
    }
    if sends(command) || carries(command, program) {
        let secret = files.sends_filled(command, index)
            || sources().into_iter().any(reads_secret)
            || uploads(program) && sources().into_iter().any(dumps_database)
            || reads_secret(command)
            || mentions_secret(command);
        if secret || sends(command) && (drop_host(command.line()) || uploads_to_stranger(command)) {
            analysis.report(Danger::Exfiltrate, place);
        }
    }
}

/// `eval "$x"` where x was set from a download: the text of the substitution came along.
fn runs_download(command: &Command<'_>, program: &str) -> bool {
    let from_network = |arg: &str| {
        arg.strip_prefix("$(")
            .or_else(|| arg.strip_prefix("<("))
            .is_some_and(|inner| inner.starts_with("curl") || inner.starts_with("wget"))
    };
    (matches!(program, "eval" | "source" | ".") || shell::is_shell(program))
        && command.args().iter().any(|arg| from_network(arg))
}

/// The files that a script fills: from the network, or with secrets. Each with the first command that does so.
#[derive(Debug)]
pub struct Files<'c, 't> {
    commands: &'c [Command<'t>],
    /// By the name without its folder.
    saved: HashMap<&'c str, usize>,
    /// By the path as it is written; found when a command first sends something.
    filled: OnceCell<HashMap<&'c str, usize>>,
}

impl<'c, 't> Files<'c, 't> {
    /// The files of a script.
    pub fn of(commands: &'c [Command<'t>]) -> Self {
        let mut saved = HashMap::new();
        for (index, command) in commands.iter().enumerate() {
            if let Some(name) = saved_as(command) {
                saved.entry(base(name)).or_insert(index);
            }
        }
        Self { commands, saved, filled: OnceCell::new() }
    }

    fn filled(&self) -> &HashMap<&'c str, usize> {
        self.filled.get_or_init(|| {
            let mut filled = HashMap::new();
            for (index, command) in
                self.commands.iter().enumerate().filter(|(_, command)| reads_secret(command))
            {
                let redirects = command.redirects.iter().map(|redirect| &redirect.target);
                for path in redirects.chain(command.args()).take(32).filter(|path| path.len() < 512) {
                    filled.entry(path.as_ref()).or_insert(index);
                }
            }
            filled
        })
    }

    /// Was the file fetched before this command?
    fn was_fetched(&self, path: &str, index: usize) -> bool {
        self.saved.get(base(path)).is_some_and(|at| *at < index)
    }

    /// Does a command send a file that an earlier one filled with secrets?
    fn sends_filled(&self, command: &Command<'_>, index: usize) -> bool {
        let parts = command.args().iter().take(32).flat_map(|arg| arg.split(['@', '=']));
        let mut paths = parts.filter(|part| part.contains(['/', '.']) && !part.contains("://"));
        paths.any(|path| self.filled().get(path).is_some_and(|at| *at < index))
    }
}

/// The name at the end of a path or address.
fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The file that a command runs: itself, or the script that an interpreter is given.
fn runs_file<'c>(command: &'c Command<'_>) -> Option<&'c str> {
    let first = command.words.first()?;
    if first.starts_with(['/', '.', '~', '$']) && !command.interprets() {
        return Some(first);
    }
    command.interprets().then(|| command.operands().next()).flatten()
}

/// The file that a download was saved as.
fn saved_as<'c>(command: &'c Command<'_>) -> Option<&'c str> {
    if !downloads(command) {
        return None;
    }
    let option = command.args().windows(2).find(|pair| {
        matches!(pair[0].as_ref(), "-o" | "-O" | "--output" | "-OutFile" | "--output-document")
            || pair[0].starts_with('-')
                && !pair[0].starts_with("--")
                && pair[0].ends_with('o')
                && pair[0].len() < 7
    });
    let redirected = command
        .redirects
        .iter()
        .find(|redirect| redirect.mode == shell::Mode::Write && !redirect.target.starts_with("/dev/"))
        .map(|redirect| redirect.target.as_ref());
    // Without a name of its own, the file has the address's.
    let own_name = command.program() == "wget" || command.has("-O") || command.has("--remote-name");
    let address = || command.operands().find(|operand| own_name && operand.contains("://"));
    option.map(|pair| pair[1].as_ref()).filter(|name| !name.contains("://")).or(redirected).or_else(address)
}

/// The commands whose output reaches this one: up its pipeline, and inside its substitutions.
fn sources<'c, 't>(commands: &'c [Command<'t>], index: usize) -> Vec<&'c Command<'t>> {
    let mut found: Vec<&Command<'t>> =
        commands[index].inner.clone().take(32).filter_map(|at| commands.get(at)).collect();
    let mut at = commands[index].upstream;
    // An upstream always stands earlier, save in unpacked scripts: count, so that nothing can go round.
    for _ in 0..16 {
        let Some(command) = at.and_then(|at| commands.get(at)) else { break };
        found.push(command);
        found.extend(command.inner.clone().take(8).filter_map(|at| commands.get(at)));
        at = command.upstream;
    }
    found
}

fn runs_input(command: &Command<'_>, program: &str) -> bool {
    if command.words.first().is_some_and(|word| word.starts_with("$(") || word.starts_with('`')) {
        return true;
    }
    if !command.interprets() {
        return false;
    }
    if !command.inner.is_empty() || matches!(program, "eval" | "source" | ".") {
        return true;
    }
    // `python script.py < data` reads data, `python -` and a bare `python` read a program.
    let operand = command.operands().next();
    operand.is_none_or(|first| first == "-" || first == "/dev/stdin" || command.has("-s"))
        && !command.has("-c")
        && !command.has("-e")
        && !command.has("-m")
        && !command.has("-n")
}

fn decodes(command: &Command<'_>) -> bool {
    match command.program() {
        "base64" | "base32" | "gbase64" | "uudecode" | "b64decode" => {
            command.has_option('d', "decode") || command.has_option('D', "decode")
        }
        "xxd" => command.has_option('r', "revert"),
        "openssl" => command.has("-d") && (command.has("enc") || command.has("base64") || command.has("-a")),
        "rev" => true,
        "tr" => command.line().contains("a-z") && command.line().contains("n-za-m"),
        _ => false,
    }
}

/// Programs that take text to another place in their arguments (`dig $(cat x).evil`).
fn carries(command: &Command<'_>, program: &str) -> bool {
    matches!(program, "dig" | "nslookup" | "host" | "ping" | "drill" | "curl" | "wget")
        && (!command.inner.is_empty() || command.args().iter().any(|arg| arg.contains("$(")))
}

fn reads_secret(command: &Command<'_>) -> bool {
    let program = command.program();
    if matches!(program, "env" | "printenv" | "set" | "export") && command.args().is_empty() {
        return true;
    }
    mentions_secret(command)
}

/// Does a program hand its input to whoever listens? Databases are kept over `ssh` and by mail as well.
fn uploads(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "nc" | "ncat" | "netcat" | "socat" | "telnet" | "ftp")
}

/// Does a command write out all of a database?
fn dumps_database(command: &Command<'_>) -> bool {
    matches!(command.program(), "mysqldump" | "mariadb-dump" | "pg_dump" | "pg_dumpall" | "mongodump")
}

/// Does a word of the command name a secret file, in `@file`, `file=@…`, or as it is?
fn mentions_secret(command: &Command<'_>) -> bool {
    if !command.kinds.has(marks::SECRET) {
        return false;
    }
    let named = command
        .args()
        .iter()
        .take(64)
        .flat_map(|arg| arg.split(['@', '=', ' ', ';', ',']))
        .filter(|part| part.len() < 512);
    let read = command.redirects.iter().map(|redirect| redirect.target.as_ref());
    let history = |secret| !matches!(secret, paths::Secret::History);
    named.chain(read).any(|part| {
        (part.contains(['/', '\\', '.', '_']))
            && (paths::secret(part).is_some_and(history)
                || part.ends_with("passwd") && paths::normal(part) == "/etc/passwd" && program_reads(command))
    })
}

fn program_reads(command: &Command<'_>) -> bool {
    !matches!(command.program(), "grep" | "test" | "[" | "ls")
}

/// What a command writes, when that can be known without running it.
pub fn output(commands: &[Command<'_>], index: usize, fuel: u8) -> Option<String> {
    let command = commands.get(index)?;
    if fuel == 0 {
        return None;
    }
    let input = || {
        let upstream = || {
            command.upstream.filter(|from| *from != index).and_then(|from| output(commands, from, fuel - 1))
        };
        if command.input.is_empty() { upstream() } else { Some(command.input.clone()) }
    };
    match command.program() {
        "echo" | "printf" | "print" => {
            let args = command
                .args()
                .iter()
                .filter(|arg| !matches!(arg.as_ref(), "-n" | "-e" | "-ne" | "-en" | "--" | "-E"));
            let text = args.map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
            Some(shell::unescape(&text.replacen("%s", "", 1)).into_owned())
        }
        "cat" | "tee" => input(),
        "base64" | "gbase64" if decodes(command) => decode::base64_text(input()?.trim()),
        "openssl" if decodes(command) => decode::base64_text(input()?.trim()),
        "xxd" if decodes(command) => decode::hex_text(input()?.trim()),
        "rev" => Some(input()?.trim_end().chars().rev().collect()),
        "tr" if decodes(command) => Some(input()?.chars().map(rot13).collect()),
        "tr" if command.has("-d") => {
            let removed = command.operands().next()?.to_owned();
            Some(input()?.chars().filter(|c| !removed.contains(*c)).collect())
        }
        _ => None,
    }
}

fn rot13(c: char) -> char {
    let turn = |base: u8| char::from(base + (c as u8 - base + 13) % 26);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        _ => c,
    }
}
