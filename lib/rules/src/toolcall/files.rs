//! What a command does to files.

use super::analysis::Analysis;
use super::danger::Danger;
use super::marks;
use super::paths::{self, Secret, Target};
use crate::shell::{Command, Mode};

/// The danger of reading a file of this kind.
pub fn read_danger(path: &str) -> Option<Danger> {
    paths::secret(path).filter(|secret| *secret != Secret::History).map(|_| Danger::Credentials)
}

/// The danger of writing a file of this kind.
pub fn write_danger(path: &str) -> Option<Danger> {
    paths::target(path).map(|target| match target {
        Target::Persistence => Danger::Persist,
        Target::Privilege => Danger::Escalate,
        Target::Agent => Danger::Agent,
        Target::System => Danger::Tamper,
        Target::Trace => Danger::CoverTracks,
        Target::Device => Danger::Destroy,
    })
}

/// Judges what a command reads, writes and removes.
pub fn judge(command: &Command<'_>, analysis: &mut Analysis) {
    let place = (command.start, command.end);
    let program = command.program();
    let mut report =
        |danger: Option<Danger>| danger.into_iter().for_each(|danger| analysis.report(danger, place));
    for redirect in &command.redirects {
        match redirect.mode {
            Mode::Read if command.kinds.has(marks::SECRET) => report(read_danger(&redirect.target)),
            Mode::Write | Mode::Append if command.kinds.has(marks::TARGET) => {
                report(written(command, &redirect.target, redirect.mode));
            }
            _ => {}
        }
    }
    match program {
        "rm" | "unlink" | "rmdir" => removal(command, &mut report),
        "find" if command.has("-delete") => {
            let root = command.args().iter().take_while(|arg| !arg.starts_with('-')).any(|arg| is_root(arg));
            report(
                (root && !command.line().contains(" -name ") && !command.line().contains(" -mtime "))
                    .then_some(Danger::Destroy),
            );
        }
        "cat" | "tac" | "less" | "more" | "head" | "tail" | "nl" | "xxd" | "od" | "strings" | "hexdump"
        | "base64" | "bat" | "sort" | "cut" | "awk" | "grep" | "egrep" | "sed" | "cp" | "mv" | "rsync"
        | "scp" | "tar" | "zip" | "7z" | "gzip" | "dd" | "install" | "ln" | "type" | "get-content" | "gc"
        | "copy" | "copy-item" | "xcopy" | "robocopy" | "openssl" | "vim" | "vi" | "nano" | "view" | "jq"
        | "python" | "python3" | "perl" | "sqlite3" | "diff" | "tee" | "paste" | "gpg" | "keytool"
        | "ssh-keygen" | "john" | "curl" | "wget" | "nc" | "esentutl" | "certutil" | "rclone" | "ditto"
        | "xz" | "bzip2" | "zcat" | "pr" | "fold" | "cmp" | "split" | "csplit" | "shuf" | "uniq" | "rev"
        | "iconv" | "column" | "expand" | "fmt" | "look" | "ul" | "wc" | "file" => {
            reading(command, program, &mut report);
        }
        _ => {}
    }
    let climbs =
        command.kinds.has(marks::CLIMB) && command.args().iter().take(64).any(|arg| paths::traverses(arg));
    report(climbs.then_some(Danger::Disguise));
    writing(command, program, &mut report);
    modes(command, program, &mut report);
}

/// A redirection to a file: `> /dev/sda`, `>> ~/.bashrc`, `> /var/log/auth.log`.
fn written(command: &Command<'_>, path: &str, mode: Mode) -> Option<Danger> {
    let danger = write_danger(path)?;
    let program = command.program();
    match danger {
        // Programs append to logs all day; emptying one hides something.
        Danger::CoverTracks
            if mode == Mode::Append
                || !matches!(program, "" | ":" | "true" | "echo" | "cat" | "printf" | "truncate" | "cp") =>
        {
            None
        }
        _ => Some(danger),
    }
}

fn removal(command: &Command<'_>, report: &mut impl FnMut(Option<Danger>)) {
    let recursive = command.has_option('r', "recursive") || command.has_option('R', "recursive");
    let unsafe_root = command.has("--no-preserve-root");
    for path in command.operands().filter(|path| !path.contains("$(")) {
        let deep = recursive && (is_root(path) || system_folder(path));
        if deep || unsafe_root {
            report(Some(Danger::Destroy));
        }
        report(paths::target(path).and_then(|target| match target {
            Target::Trace => Some(Danger::CoverTracks),
            Target::System if recursive => Some(Danger::Destroy),
            Target::Persistence | Target::Privilege => Some(Danger::Tamper),
            Target::Agent => Some(Danger::Agent),
            _ => None,
        }));
        let normal = paths::normal(path);
        if normal.ends_with(".bash_history") || normal.ends_with("_history") || normal.starts_with("/var/log")
        {
            report(Some(Danger::CoverTracks));
        }
    }
}

/// The whole machine, a whole home, or everything in one.
pub fn is_root(path: &str) -> bool {
    let path = paths::normal(path);
    let bare = path.trim_end_matches(['*', '.', '/']);
    bare.is_empty() && path.starts_with('/')
        || matches!(
            bare,
            "~" | "/home" | "/users" | "/mnt" | "/media" | "/srv" | "c:" | "%systemdrive%" | "$systemdrive"
        )
        || path.starts_with("/*")
}

/// A folder that the system cannot do without.
fn system_folder(path: &str) -> bool {
    const FOLDERS: [&str; 22] = [
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/opt",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/sys",
        "/usr",
        "/var",
        "/system",
        "/library",
        "/applications",
        "/var/lib",
        "/usr/local",
        "/usr/bin",
        "/usr/lib",
    ];
    let path = paths::normal(path);
    let bare = path.trim_end_matches(['*', '/']);
    FOLDERS.contains(&bare)
        || matches!(
            bare,
            "~/documents"
                | "~/desktop"
                | "~/pictures"
                | "~/.ssh"
                | "~/.gnupg"
                | "~/library"
                | "~/.openclaw"
                | "~/.config"
                | "c:/windows"
                | "c:/windows/system32"
        )
        || path.starts_with("/etc/") && bare.matches('/').count() == 2
}

/// Commands that show or copy a file's content.
fn reading(command: &Command<'_>, program: &str, report: &mut impl FnMut(Option<Danger>)) {
    let archive = matches!(program, "tar" | "zip" | "7z");
    // Making a key or a link names the file, and reads nothing that leaves.
    let makes = program == "ssh-keygen" && !command.has("-y")
        || matches!(program, "file" | "wc")
        || program == "openssl" && command.line().contains("gen");
    if makes {
        return;
    }
    for word in command.args().iter().take(256) {
        let path = word
            .strip_prefix("if=")
            .or_else(|| word.strip_prefix("file=@"))
            .unwrap_or(word)
            .trim_start_matches('@');
        if path.starts_with('-') || path.len() > 1024 || !path.contains(['/', '\\', '.', '_']) {
            continue;
        }
        report(read_danger(path));
        if archive && is_root(path) && path.contains('~') {
            report(Some(Danger::Credentials));
        }
    }
    if matches!(
        program,
        "cat" | "less" | "grep" | "cp" | "strings" | "tail" | "head" | "type" | "get-content"
    ) {
        let history = command.operands().any(|path| paths::secret(path) == Some(Secret::History));
        report(history.then_some(Danger::Credentials));
    }
}

/// Commands that write the file they name last, or that they name with an option.
fn writing(command: &Command<'_>, program: &str, report: &mut impl FnMut(Option<Danger>)) {
    let last = || command.operands().last().filter(|_| command.operands().nth(1).is_some());
    match program {
        "tee" => command.operands().for_each(|path| {
            report(
                write_danger(path)
                    .filter(|danger| *danger != Danger::CoverTracks || !command.has_option('a', "append")),
            )
        }),
        "cp" | "mv" | "install" | "ln" | "rsync" | "scp" | "copy" | "copy-item" | "move" | "move-item"
        | "xcopy" | "ditto" => {
            let danger = last().and_then(|path| {
                write_danger(&format!("{}/", path.trim_end_matches('/'))).or_else(|| write_danger(path))
            });
            report(danger.filter(|danger| *danger != Danger::CoverTracks));
        }
        "dd" => command
            .args()
            .iter()
            .filter_map(|arg| arg.strip_prefix("of="))
            .for_each(|path| report(write_danger(path))),
        "sed" | "perl"
            if command.args().iter().any(|arg| {
                arg.starts_with("-i") || arg.starts_with("-pi") || arg.starts_with("--in-place")
            }) =>
        {
            command.operands().skip(1).for_each(|path| report(write_danger(path)));
        }
        "truncate" => command.operands().for_each(|path| report(write_danger(path))),
        "shred" => {
            command.operands().for_each(|path| report(paths::target(path).map(|_| Danger::CoverTracks)))
        }
        "set-content" | "add-content" | "out-file" | "new-item" | "ni" | "sc" | "ac" | "touch" => {
            command.operands().for_each(|path| {
                report(
                    write_danger(path)
                        .filter(|danger| {
                            matches!(danger, Danger::Persist | Danger::Escalate | Danger::Tamper)
                        })
                        .filter(|_| program != "touch" || path.contains('/')),
                )
            });
        }
        "curl" | "wget" => {
            let output = command
                .args()
                .windows(2)
                .filter(|pair| matches!(pair[0].as_ref(), "-o" | "-O" | "--output" | "--output-document"));
            output.for_each(|pair| report(write_danger(&pair[1])));
        }
        _ => {}
    }
}

/// `chmod`, `chown`: who may do what.
fn modes(command: &Command<'_>, program: &str, report: &mut impl FnMut(Option<Danger>)) {
    match program {
        "chmod" => {
            let mut operands = command.operands();
            let mode = operands.next().unwrap_or_default().to_owned();
            let special = mode.len() == 4
                && mode.starts_with(['2', '4', '6', '7'])
                && mode.chars().all(|c| c.is_ascii_digit());
            let setuid = mode.contains("u+s")
                || mode.contains("+s")
                || mode.contains("g+s")
                || special && !mode.starts_with('2');
            report(setuid.then_some(Danger::Escalate));
            let open = matches!(
                mode.as_str(),
                "777" | "0777" | "a+rwx" | "ugo+rwx" | "666" | "a+w" | "o+w" | "+w" | "a+rw"
            ) || mode == "000";
            for path in operands {
                let recursive = command.has_option('R', "recursive") || command.has("--recursive");
                let wide = is_root(path)
                    || system_folder(path)
                    || paths::target(path).is_some_and(|target| target != Target::Agent)
                    || paths::secret(path).is_some();
                report((wide && (open || recursive)).then_some(Danger::Escalate));
            }
        }
        "chown" | "chgrp" => {
            let recursive = command.has_option('R', "recursive");
            let wide = command.operands().skip(1).any(|path| {
                recursive && (is_root(path) && path != "~" || system_folder(path))
                    || matches!(paths::target(path), Some(Target::Privilege))
            });
            report(wide.then_some(Danger::Escalate));
        }
        _ => {}
    }
}
