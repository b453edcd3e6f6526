//! Commands that run other commands: `sudo`, `env`, `xargs`, `bash -c`, `ssh host`, `find -exec`, …

use super::command::{Command, Word};
use std::cell::OnceCell;

/// What a wrapper holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unwrapped<'t> {
    /// Scripts that it runs, as text.
    pub scripts: Vec<String>,
    /// Commands that it runs, as words.
    pub commands: Vec<Vec<Word<'t>>>,
}

/// Programs that read scripts.
pub fn is_shell(program: &str) -> bool {
    matches!(
        program,
        "sh" | "bash"
            | "zsh"
            | "dash"
            | "ksh"
            | "ash"
            | "fish"
            | "csh"
            | "tcsh"
            | "mksh"
            | "rbash"
            | "pdksh"
            | "busybox"
    )
}

/// Programs that read code in some language, shells among them.
pub fn is_interpreter(program: &str) -> bool {
    let base = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    is_shell(program)
        || matches!(
            base,
            "python"
                | "perl"
                | "ruby"
                | "node"
                | "nodejs"
                | "php"
                | "lua"
                | "deno"
                | "bun"
                | "tclsh"
                | "osascript"
                | "powershell"
                | "pwsh"
                | "pypy"
                | "rscript"
                | "groovy"
                | "iex"
                | "invoke-expression"
        )
        || matches!(program, "source" | "." | "eval")
}

/// Takes the wrappers off in place that run the command as it stands (`sudo`, `env`, `timeout 5`).
pub fn strip(command: &mut Command<'_>) {
    // Each round takes at least one word away.
    while let Some((skip, elevates)) = wrapper(command) {
        command.elevated |= elevates;
        if skip >= command.words.len() {
            return;
        }
        command.words.drain(..skip);
        command.name = OnceCell::new();
    }
}

/// How many words the wrapper takes that a command begins with, and whether it gives more rights.
fn wrapper(command: &Command<'_>) -> Option<(usize, bool)> {
    let words = &command.words;
    Some(match command.program() {
        "sudo" | "doas" | "pkexec" | "run0" => (after_options(words, "ugphCrtUDRTa", 0), true),
        "gosu" | "su-exec" => (after_options(words, "ugphCrtUDRTa", 1), true),
        "env" => (after_options(words, "uCS", 0), false),
        "nohup" | "setsid" | "command" | "builtin" | "exec" | "chronic" | "unbuffer" | "time"
        | "fakeroot" | "caffeinate" | "noglob" | "eatmydata" | "torsocks" | "torify" | "proxychains"
        | "proxychains4" | "firejail" | "busybox" | "toybox" => (after_options(words, "ao", 0), false),
        "nice" | "ionice" | "stdbuf" | "strace" | "ltrace" | "unshare" => {
            (after_options(words, "ncpoeis", 0), false)
        }
        "timeout" | "chroot" | "flock" | "taskset" | "chrt" | "cpulimit" => {
            (after_options(words, "ksnwEpl", 1), false)
        }
        _ => return None,
    })
}

/// Index of the first word after the program, its options (those in `with_value` take the next word), assignments, and
/// so many operands.
fn after_options(words: &[Word<'_>], with_value: &str, operands: usize) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        if word == "--" {
            at += 1;
            break;
        }
        let letters = word.strip_prefix('-').filter(|rest| !rest.is_empty());
        match letters {
            Some(letters) if letters.starts_with('-') => at += 1,
            Some(letters) if letters.len() == 1 && with_value.contains(letters) => at += 2,
            Some(_) => at += 1,
            None if word.contains('=') && !word.starts_with(['/', '.', '$', '=']) && !word.contains(' ') => {
                at += 1
            }
            None => break,
        }
    }
    at + operands
}

/// What a command runs, when it is a wrapper that starts something new.
pub fn unwrap<'t>(command: &Command<'t>) -> Unwrapped<'t> {
    let mut found = Unwrapped::default();
    let program = command.program();
    let args = command.args();
    match program {
        "su" | "runuser" | "script" | "vagrant" | "machinectl" => {
            found.scripts.extend(value_of(args, &["-c", "--command", "-lc", "-qc"]));
        }
        "eval" | "watch" | "trap" | "batch" | "rsh" => found.scripts.push(args.join(" ")),
        "ssh" | "plink" | "rlogin" | "dbclient" => {
            let rest = after_options(&command.words, "pilLRDFobcemJWOQSwEB", 1);
            found
                .scripts
                .extend(command.words.get(rest..).filter(|rest| !rest.is_empty()).map(|rest| rest.join(" ")));
        }
        "xargs" | "parallel" => {
            let rest = after_options(&command.words, "IiPnLdaEsjS", 0);
            found
                .commands
                .extend(command.words.get(rest..).filter(|rest| !rest.is_empty()).map(<[Word<'t>]>::to_vec));
        }
        "find" | "fd" | "fdfind" => find_exec(args, &mut found),
        "docker" | "podman" | "nerdctl" | "kubectl" | "oc" | "lxc" | "lxc-attach" | "crictl" | "nsenter"
        | "adb" | "wsl" | "distrobox" | "toolbox" | "singularity" | "apptainer" | "multipass" => {
            container(args, &mut found);
        }
        "osascript" => {
            for script in args {
                for part in script.split("do shell script").skip(1) {
                    found.scripts.extend(part.split('"').nth(1).map(str::to_owned));
                }
            }
        }
        "alias" => {
            let bodies = args.iter().filter_map(|arg| arg.split_once('=')).map(|(_, body)| body.to_owned());
            found.scripts.extend(bodies);
        }
        "tmux" | "screen" | "xterm" | "gnome-terminal" | "konsole" | "start-stop-daemon" | "systemd-run"
        | "daemonize" => {
            let longest = args.iter().filter(|arg| arg.contains(' ')).map(ToString::to_string);
            found.scripts.extend(longest);
            let position = command.words.iter().position(|word| is_interpreter(word));
            found.commands.extend(position.filter(|at| *at > 0).map(|at| command.words[at..].to_vec()));
        }
        _ if is_shell(program) => {
            found.scripts.extend(shell_script(args));
            if found.scripts.is_empty() && !command.input.is_empty() {
                found.scripts.push(command.input.clone());
            }
        }
        "at" | "cat" | "crontab" if !command.input.is_empty() && program != "cat" => {
            found.scripts.push(command.input.clone());
        }
        _ => {}
    }
    found
}

/// The script of `bash -c SCRIPT`, whatever else stands among the options.
fn shell_script(args: &[Word<'_>]) -> Option<String> {
    let takes = |arg: &Word<'_>| {
        arg.starts_with('-') && !arg.starts_with("--") && arg.contains('c') && arg.len() <= 6
            || arg == "--command"
    };
    let at = args.iter().position(takes)?;
    args[at + 1..].iter().find(|arg| !arg.starts_with('-')).map(ToString::to_string)
}

fn value_of(args: &[Word<'_>], names: &[&str]) -> Option<String> {
    let at = args.iter().position(|arg| names.contains(&arg.as_ref()));
    let joined = args.iter().find_map(|arg| arg.strip_prefix("--command="));
    at.and_then(|at| args.get(at + 1).map(ToString::to_string)).or_else(|| joined.map(str::to_owned))
}

fn find_exec<'t>(args: &[Word<'t>], found: &mut Unwrapped<'t>) {
    let starts = |arg: &Word<'_>| {
        matches!(arg.as_ref(), "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec")
    };
    for (at, _) in args.iter().enumerate().filter(|(_, arg)| starts(arg)) {
        let words: Vec<Word<'t>> = args[at + 1..]
            .iter()
            .take_while(|arg| !matches!(arg.as_ref(), ";" | "+" | "\\;"))
            .cloned()
            .collect();
        if !words.is_empty() {
            found.commands.push(words);
        }
    }
}

/// `docker exec -it NAME CMD`, `kubectl exec POD -- CMD`, `nsenter -t 1 CMD`: the command begins at `--`, or at the
/// first word that is a program which runs something.
fn container<'t>(args: &[Word<'t>], found: &mut Unwrapped<'t>) {
    if let Some(at) = args.iter().position(|arg| arg == "--")
        && at + 1 < args.len()
    {
        found.commands.push(args[at + 1..].to_vec());
        return;
    }
    let runs = |arg: &Word<'_>| {
        is_interpreter(arg.rsplit('/').next().unwrap_or(arg)) || arg == "chroot" || arg == "nsenter"
    };
    if let Some(at) = args.iter().position(runs) {
        found.commands.push(args[at..].to_vec());
    } else if let Some(at) = args.iter().position(|arg| arg == "shell") {
        found.scripts.push(args[at + 1..].join(" "));
    }
}
