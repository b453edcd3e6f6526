//! A script as a whole: read it, unpack what it wraps, judge every command.

use super::analysis::{Analysis, MAX_DEPTH};
use super::danger::Danger;
use super::marks::{self, Marks};
use super::{files, flow, network, signatures};
use crate::code;
use crate::shell::{self, Command, Script};

/// Where a text stands in the one that is analysed: at its own offsets, or all of it at one place.
pub type Place = Option<(usize, usize)>;

/// Is a text (also) one for cmd or PowerShell?
pub fn windows(text: &str, marks: &Marks) -> bool {
    marks.kinds().has(marks::WINDOWS) || signatures::windows_program(text)
}

/// Judges a POSIX shell script.
pub fn analyse_shell(text: &str, place: Place, depth: u8, analysis: &mut Analysis) {
    analyse_marked(text, &Marks::of(text), place, depth, analysis);
}

/// Judges a POSIX shell script whose marks are known.
pub fn analyse_marked(text: &str, marks: &Marks, place: Place, depth: u8, analysis: &mut Analysis) {
    if depth > MAX_DEPTH || !analysis.spend(text.len()) {
        analysis.report(Danger::Disguise, place.unwrap_or((0, text.len())));
        return;
    }
    let mut script = Script::parse(text);
    for command in &mut script.commands {
        command.depth = depth;
        marks.note(command);
        if let Some((start, end)) = place {
            (command.start, command.end) = (start, end);
        }
    }
    if text.contains("|:&") || fork_bomb(text) {
        analysis.report(Danger::Exhaust, place.unwrap_or((0, text.len())));
    }
    let mut at = 0;
    // Unpacking appends; the fuel bounds how much.
    while at < script.commands.len() {
        resolve_which(&mut script.commands[at]);
        shell::strip(&mut script.commands[at]);
        unpack(&mut script, at, analysis);
        at += 1;
    }
    let files = flow::Files::of(&script.commands);
    for (index, command) in script.commands.iter().enumerate() {
        let place = (command.start, command.end);
        for danger in signatures::posix(command).into_iter().chain(run_script(command)) {
            analysis.report(danger, place);
        }
        variables(command, analysis);
        files::judge(command, analysis);
        network::judge(command, analysis);
        flow::judge(&script.commands, index, &files, analysis);
    }
}

/// `$(which curl) …` runs `curl`.
fn resolve_which(command: &mut Command<'_>) {
    let found = command
        .words
        .first()
        .and_then(|word| word.strip_prefix("$(which ").or_else(|| word.strip_prefix("$(command -v ")));
    if let Some(name) = found.and_then(|rest| rest.strip_suffix(')')).map(str::to_owned) {
        command.words[0] = name.into();
    }
}

/// `name() { name | name & }`, whatever the name.
fn fork_bomb(text: &str) -> bool {
    if !text.contains('&') || !text.contains("()") || !text.contains('|') || !opens_function(text) {
        return false;
    }
    let squeezed = squeezed(text);
    let Some(at) = squeezed.find("(){") else { return false };
    let name: String = squeezed[..at]
        .chars()
        .rev()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'))
        .collect();
    let name: String = name.chars().rev().collect();
    !name.is_empty() && squeezed[at..].contains(&format!("{name}|{name}&"))
}

/// Does `(){` stand in a text, whatever white space is in it?
fn opens_function(text: &str) -> bool {
    memchr::memchr_iter(b'{', text.as_bytes()).any(|at| {
        let before = text[..at].trim_end().strip_suffix(')');
        before.is_some_and(|before| before.trim_end().ends_with('('))
    })
}

/// The beginning of a text without white space.
fn squeezed(text: &str) -> String {
    if !text.is_ascii() {
        return text.chars().filter(|c| !c.is_whitespace()).take(4096).collect();
    }
    let black = |byte: &u8| !matches!(byte, b' ' | b'\t'..=b'\r');
    String::from_utf8(text.bytes().filter(black).take(4096).collect()).unwrap_or_default()
}

/// Appends the commands that a command runs in turn, and judges code in other languages at once.
fn unpack(script: &mut Script<'_>, at: usize, analysis: &mut Analysis) {
    if !may_run(&script.commands[at]) {
        return;
    }
    let command = script.commands[at].clone();
    let (depth, place) = (command.depth + 1, (command.start, command.end));
    if depth > MAX_DEPTH {
        analysis.report(Danger::Disguise, place);
        return;
    }
    let mut found = shell::unwrap(&command);
    if reads_script(&command)
        && let Some(output) = command.upstream.and_then(|from| flow::output(&script.commands, from, 8))
    {
        found.scripts.push(output);
    }
    if command.words.first().is_some_and(|word| word.starts_with("$("))
        && let Some(output) =
            command.inner.clone().last().and_then(|from| flow::output(&script.commands, from, 8))
    {
        found.scripts.push(format!("{output} {}", command.args().join(" ")));
    }
    for text in found.scripts {
        let text = known_output(script, &command, text);
        if text.trim().is_empty() || !analysis.spend(text.len()) {
            continue;
        }
        let range = script.parse_more(&text, Some(place), depth);
        if let Some(first) = script.commands.get_mut(range.start)
            && first.upstream.is_none()
        {
            first.upstream = command.upstream;
        }
        if windows(&text, &Marks::of(&text)) {
            analyse_windows(&text, Some(place), depth, analysis);
        }
    }
    for words in found.commands {
        if analysis.spend(words.iter().map(|word| word.len()).sum::<usize>() + 16) {
            let inner = script.commands.len()..script.commands.len();
            let (start, end) = place;
            script.commands.push(Command {
                words,
                upstream: command.upstream,
                inner,
                elevated: command.elevated,
                depth,
                start,
                end,
                ..Command::default()
            });
        }
    }
    for code in inline_code(&command) {
        code::analyse(&code.0, code.1, Some(place), depth, analysis);
    }
    if matches!(command.program(), "powershell" | "pwsh" | "cmd") {
        analyse_windows(&command.words.join(" "), Some(place), depth, analysis);
    }
}

/// `eval "$(echo … | base64 -d)"`: what the substitution gives, when that is known.
fn known_output(script: &Script<'_>, command: &Command<'_>, text: String) -> String {
    let Some(from) = command.inner.clone().last().filter(|_| text.starts_with("$(") || text.starts_with('`'))
    else {
        return text;
    };
    flow::output(&script.commands, from, 8).unwrap_or(text)
}

/// `python laZagne.py`: the script's name counts as the program's.
fn run_script(command: &Command<'_>) -> Vec<Danger> {
    if !command.interprets() {
        return Vec::new();
    }
    let Some(at) = command.words.iter().skip(1).position(|word| !word.starts_with('-')) else {
        return Vec::new();
    };
    let words = command.words[at + 1..].to_vec();
    let plain = words.first().is_some_and(|word| {
        word.ends_with(".py") || word.ends_with(".sh") || word.ends_with(".pl") || word.ends_with(".rb")
    });
    if !plain {
        return Vec::new();
    }
    let mut bare = words.clone();
    bare[0] = shell::program_name(&words[0]).trim_end_matches(".py").to_owned().into();
    [words, bare]
        .into_iter()
        .flat_map(|words| signatures::posix(&Command { words, ..Command::default() }))
        .collect()
}

/// Variables that change what other programs load, or stop the shell from remembering.
fn variables(command: &Command<'_>, analysis: &mut Analysis) {
    let place = (command.start, command.end);
    let exported =
        command.words.first().is_some_and(|word| matches!(word.as_ref(), "export" | "declare" | "set"));
    let words = command.args().iter().filter(|_| exported).filter_map(|arg| arg.split_once('='));
    let assigns = command.assigns.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in assigns.chain(words) {
        match name {
            "HISTFILE" | "HISTFILESIZE" | "HISTSIZE" if matches!(value, "/dev/null" | "0" | "" | "-1") => {
                analysis.report(Danger::CoverTracks, place)
            }
            "HISTCONTROL" if value.contains("ignorespace") || value.contains("ignoreboth") => {
                analysis.report(Danger::CoverTracks, place)
            }
            "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES"
                if value.contains("/tmp")
                    || value.contains("/dev/shm")
                    || value.starts_with("./")
                    || value.contains("/home") =>
            {
                analysis.report(Danger::Proxy, place);
            }
            "PROMPT_COMMAND" | "BASH_ENV"
                if value.contains("curl") || value.contains("/tmp") || value.contains("nc ") =>
            {
                analysis.report(Danger::Persist, place)
            }
            _ => {}
        }
    }
}

/// Can a command run another at all? Most cannot, and are not looked into.
fn may_run(command: &Command<'_>) -> bool {
    let program = command.program();
    command.interprets()
        || command.words.first().is_some_and(|word| word.starts_with("$("))
        || matches!(
            program,
            "su" | "runuser"
                | "script"
                | "vagrant"
                | "machinectl"
                | "eval"
                | "watch"
                | "trap"
                | "batch"
                | "rsh"
                | "ssh"
                | "plink"
                | "rlogin"
                | "dbclient"
                | "xargs"
                | "parallel"
                | "find"
                | "fd"
                | "fdfind"
                | "docker"
                | "podman"
                | "nerdctl"
                | "kubectl"
                | "oc"
                | "lxc"
                | "lxc-attach"
                | "crictl"
                | "nsenter"
                | "adb"
                | "wsl"
                | "distrobox"
                | "toolbox"
                | "singularity"
                | "apptainer"
                | "multipass"
                | "alias"
                | "tmux"
                | "screen"
                | "xterm"
                | "gnome-terminal"
                | "konsole"
                | "start-stop-daemon"
                | "systemd-run"
                | "daemonize"
                | "at"
                | "crontab"
                | "cmd"
        )
}

/// Does a command run what comes through its pipe?
fn reads_script(command: &Command<'_>) -> bool {
    shell::is_shell(command.program())
        && shell::unwrap(command).scripts.is_empty()
        && command.operands().next().is_none_or(|first| first == "-" || command.has("-s"))
}

/// `python -c CODE` and its like, with the language.
fn inline_code(command: &Command<'_>) -> Vec<(String, code::Language)> {
    let program = command.program();
    let base = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let language = match base {
        "python" | "pypy" => code::Language::Python,
        "perl" | "ruby" | "node" | "nodejs" | "php" | "lua" | "deno" | "bun" => code::Language::Other,
        _ => return Vec::new(),
    };
    let args = command.args();
    let flag = |arg: &str| {
        matches!(
            arg,
            "-c" | "-e"
                | "-r"
                | "-E"
                | "-pe"
                | "-ne"
                | "-rsocket"
                | "eval"
                | "--eval"
                | "-p"
                | "-MIO"
                | "-le"
        )
    };
    let mut found: Vec<String> = args
        .iter()
        .enumerate()
        .filter(|(_, arg)| flag(arg))
        .filter_map(|(at, _)| {
            args[at + 1..].iter().find(|arg| !arg.starts_with('-')).map(ToString::to_string)
        })
        .collect();
    if !command.input.is_empty() {
        found.push(command.input.clone());
    }
    found.into_iter().map(|code| (code, language)).collect()
}

/// Judges a cmd or PowerShell script.
pub fn analyse_windows(text: &str, place: Place, depth: u8, analysis: &mut Analysis) {
    if depth > MAX_DEPTH || !analysis.spend(text.len()) {
        analysis.report(Danger::Disguise, place.unwrap_or((0, text.len())));
        return;
    }
    for (start, end, danger) in code::powershell(text) {
        analysis.report(danger, place.unwrap_or((start, end)));
    }
    let commands = shell::windows_commands(text);
    for command in &commands {
        let place = place.unwrap_or((command.start, command.end));
        for danger in signatures::windows(command) {
            analysis.report(danger, place);
        }
        let mut placed = command.clone();
        (placed.start, placed.end) = place;
        files::judge(&placed, analysis);
        network::judge(&placed, analysis);
        for script in nested_windows(command) {
            analyse_windows(&script, Some(place), depth + 1, analysis);
        }
    }
    for script in code::encoded(text) {
        analysis.report(Danger::Disguise, place.unwrap_or((0, text.len())));
        analyse_windows(&script, Some(place.unwrap_or((0, text.len()))), depth + 1, analysis);
    }
}

/// The scripts of `cmd /c …` and `powershell -c …`.
fn nested_windows(command: &Command<'_>) -> Vec<String> {
    let args = command.args();
    let rest = |at: usize| args[at + 1..].join(" ");
    let program = command.program();
    let found = match program {
        "cmd" => {
            args.iter().position(|arg| matches!(arg.to_lowercase().as_str(), "/c" | "/k" | "/r")).map(rest)
        }
        "powershell" | "pwsh" => args
            .iter()
            .position(|arg| matches!(arg.to_lowercase().as_str(), "-c" | "-command" | "/c" | "-co" | "-com"))
            .map(rest),
        "iex" | "invoke-expression" | "start-process" | "saps" | "invoke-command" | "icm" | "forfiles"
        | "psexec" => Some(args.join(" ")),
        _ => None,
    };
    found.into_iter().filter(|script| !script.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_bomb_is_seen_through_its_white_space() {
        for text in [":(){ :|:& };:", "b ( ) { b|b & }; ()", "f()\u{3000}{ f |\nf & }", "x()\n{\nx|x&\n}"] {
            assert!(fork_bomb(text), "{text}");
            assert_eq!(opens_function(text), squeezed(text).contains("(){"), "{text}");
        }
        for text in ["f() { g | h & }", "f(x) { f|f& }", "a | b & c ()", "f() ; { f|f& }"] {
            assert!(!fork_bomb(text), "{text}");
            assert_eq!(opens_function(text), squeezed(text).contains("(){"), "{text}");
        }
    }
}
