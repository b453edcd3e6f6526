//! Programs that fetch, send and listen.

use super::analysis::Analysis;
use super::danger::Danger;
use super::marks;
use crate::shell::{self, Command};
use crate::word_set::WordSet;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Places made to receive what should not be seen leaving.
const DROPS: [&str; 44] = [
    "transfer.sh",
    "file.io",
    "0x0.st",
    "pastebin.com",
    "paste.ee",
    "hastebin",
    "ix.io",
    "sprunge.us",
    "termbin.com",
    "dpaste",
    "rentry.co",
    "ghostbin",
    "webhook.site",
    "requestbin",
    "pipedream.net",
    "hookbin",
    "beeceptor",
    "burpcollaborator",
    "oastify.com",
    "interact.sh",
    "oast.",
    "canarytokens",
    "ngrok.io",
    "ngrok-free",
    "ngrok.app",
    "trycloudflare.com",
    "serveo.net",
    "localhost.run",
    "loca.lt",
    "discord.com/api/webhooks",
    "discordapp.com/api/webhooks",
    "api.telegram.org/bot",
    "hooks.slack.com",
    "anonfiles",
    "gofile.io",
    "bashupload",
    "temp.sh",
    "oshi.at",
    "catbox.moe",
    "privatebin",
    "dnslog",
    "ceye.io",
    "requestcatcher",
    "tmpfiles.org",
];

/// Does a text name one of the drop sites?
pub fn drop_host(text: &str) -> bool {
    static SET: LazyLock<WordSet> = LazyLock::new(|| WordSet::new(&DROPS));
    SET.is_in(text)
}

/// Does a command fetch something and write it to its output (or hand it on)?
pub fn downloads(command: &Command<'_>) -> bool {
    match command.program() {
        "curl" | "wget" | "fetch" | "aria2c" | "axel" | "lynx" | "links" | "w3m" | "lwp-download"
        | "lwp-request" | "http" | "https" | "xh" | "iwr" | "irm" | "invoke-webrequest"
        | "invoke-restmethod" | "get" | "httpie" | "wcurl" => true,
        "nc" | "ncat" | "netcat" => !command.has_option('z', ""),
        "dig" | "nslookup" | "host" => command.line().contains("txt"),
        "gsutil" | "aws" => command.has("cp") && command.has("-"),
        "openssl" => command.has("s_client"),
        _ => false,
    }
}

/// Does a command send data out?
pub fn sends(command: &Command<'_>) -> bool {
    let has = |part: &str| command.line().contains(part);
    match command.program() {
        "curl" => {
            let option = |arg: &Cow<'_, str>| {
                arg.starts_with("--data")
                    || arg.starts_with("--form")
                    || arg.starts_with("--upload-file")
                    || (arg.starts_with('-') && !arg.starts_with("--") && arg.contains(['d', 'F', 'T']))
            };
            command.args().iter().any(option)
        }
        "wget" => has("--post-") || has("--body-"),
        "nc" | "ncat" | "netcat" | "socat" | "telnet" => {
            !command.has_option('z', "") && !command.has_option('l', "listen")
        }
        "scp" | "sftp" | "rsync" | "rcp" => {
            command.args().last().is_some_and(|last| last.contains(':') && !last.starts_with(['/', '.']))
        }
        "ftp" | "tftp" | "ncftpput" | "lftp" | "sendmail" | "mail" | "mutt" | "mailx" | "swaks" | "msmtp"
        | "ssmtp" => true,
        "ssh" => command.upstream.is_some(),
        "aws" => has(" s3 cp ") || has(" s3 sync ") || has(" s3 mv ") || has(" put-object "),
        "gsutil" | "rclone" | "s3cmd" | "mc" | "azcopy" | "megaput" | "croc" | "magic-wormhole"
        | "wormhole" => {
            ["cp", "copy", "sync", "rsync", "put", "mv", "move", "send"].iter().any(|verb| command.has(verb))
        }
        "http" | "httpie" | "https" | "xh" => has(" post ") || has(" put ") || has("@"),
        "openssl" => command.has("s_client"),
        "iwr" | "irm" | "invoke-webrequest" | "invoke-restmethod" => {
            has("post") || has("put") || has("-infile") || has("-body")
        }
        "send-mailmessage" | "bitsadmin" | "start-bitstransfer" => true,
        "git" => command.has("push"),
        "gh" => has(" gist create "),
        _ => false,
    }
}

/// Does a command upload a file to a bare address?
pub fn uploads_to_stranger(command: &Command<'_>) -> bool {
    let uploads = match command.program() {
        "curl" => command.args().iter().any(|arg| {
            arg.starts_with("-T")
                || arg == "--upload-file"
                || arg.contains("@/")
                || arg.contains("@~")
                || arg.starts_with("@")
        }),
        "wget" => command.line().contains("--post-file") || command.line().contains("--body-file"),
        "nc" | "ncat" | "netcat" => {
            command.redirects.iter().any(|redirect| redirect.mode == shell::Mode::Read)
        }
        "scp" | "rsync" | "sftp" => true,
        _ => false,
    };
    uploads && command.args().iter().any(|arg| public_address(arg))
}

/// Does a word name a host by an address that is neither this machine's nor a private one?
fn public_address(word: &str) -> bool {
    let host = word.split("://").last().unwrap_or(word);
    let host = host.rsplit('@').next().unwrap_or(host).split(['/', ':']).next().unwrap_or_default();
    let numbers: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let &[a, b, _, _] = numbers.as_slice() else { return false };
    host.split('.').count() == 4
        && !(matches!(a, 0 | 10 | 127)
            || a == 192 && b == 168
            || a == 172 && (16..32).contains(&b)
            || a == 169)
}

/// Where a cloud tells its machines their keys.
pub const METADATA: [&str; 5] =
    ["169.254.169.254", "metadata.google.internal", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"];

/// Words of those who mine coins.
pub const MINES: [&str; 7] =
    ["stratum+tcp", "stratum+ssl", "--donate-level", "minexmr", "nanopool.org", "supportxmr", "nicehash"];

/// Judges what a command does on the network by itself.
pub fn judge(command: &Command<'_>, analysis: &mut Analysis) {
    let place = (command.start, command.end);
    let program = command.program();
    let has = |marks: &[&str]| {
        command.kinds.has(marks::NETWORK) && marks.iter().any(|mark| command.line().contains(mark))
    };
    let connects = |mark: &str| command.redirects.iter().any(|redirect| redirect.target.starts_with(mark));
    if has(&["/dev/tcp/", "/dev/udp/"]) || connects("/dev/tcp/") || connects("/dev/udp/") {
        let shell =
            connects("/dev/") && (shell::is_shell(program) || program == "exec" || program.is_empty());
        analysis.report(if shell { Danger::ReverseShell } else { Danger::Tunnel }, place);
    }
    if reverse_shell(command, program) {
        analysis.report(Danger::ReverseShell, place);
    }
    if has(&METADATA) {
        analysis.report(Danger::Credentials, place);
    }
    if has(&MINES) {
        analysis.report(Danger::Mine, place);
    }
    if has(&[".onion"]) && (downloads(command) || sends(command)) {
        analysis.report(Danger::Tunnel, place);
    }
    if fetched_to_run(command, program) {
        analysis.report(Danger::RemoteCode, place);
    }
}

fn reverse_shell(command: &Command<'_>, program: &str) -> bool {
    let has = |part: &str| command.line().contains(part);
    let shell = || {
        ["/bin/sh", "/bin/bash", " sh ", " bash ", "cmd.exe", "powershell", "/bin/zsh", " cmd "]
            .into_iter()
            .any(has)
    };
    match program {
        "nc" | "ncat" | "netcat" | "nc.traditional" | "nc.openbsd" => {
            (command.has_option('e', "exec") || command.has_option('c', "sh-exec"))
                && (shell() || command.has("-e"))
                || command.upstream.is_some() && shell()
        }
        "socat" => has("exec:") || has("system:") || has("pty"),
        "telnet" => command.upstream.is_some() && shell(),
        "mkfifo" | "mknod" => false,
        "xterm" => has("-display"),
        "openssl" => command.has("s_client") && command.upstream.is_some() && shell(),
        _ => shell::is_shell(program) && command.has("-i") && has("/dev/tcp"),
    }
}

/// A file from the network put where programs are looked for, or a download that names no host but an address.
fn fetched_to_run(command: &Command<'_>, program: &str) -> bool {
    if !matches!(program, "curl" | "wget" | "aria2c" | "iwr" | "invoke-webrequest" | "tftp" | "lwp-download")
    {
        return false;
    }
    let line = command.line();
    let saved = [" -o ", " --output ", " -outfile ", " -o/", " --remote-name ", " -P "]
        .iter()
        .any(|option| line.contains(option))
        || program == "wget";
    let system =
        ["/bin/", "/sbin/", "/etc/", "/lib/", "/boot/", "startup", "\\system32\\", "/cgi-bin/", "/dev/shm/"]
            .iter()
            .any(|place| {
                line.split_whitespace().any(|word| {
                    word.contains(place) && !word.contains("://") && !word.starts_with("/usr/local/")
                })
            });
    let script = [".sh ", ".py ", ".exe ", ".ps1 ", ".elf ", ".bin ", ".vbs ", ".hta ", ".dll ", ".bat "]
        .iter()
        .any(|end| line.contains(end));
    saved && (system || script && address(line)) && !command.has("--head")
}

/// A URL with a bare address that is not this machine's or a private one.
fn address(line: &str) -> bool {
    line.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', ':', ' ']).next().unwrap_or_default();
        let numbers: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
        numbers.len() == 4 && host.split('.').count() == 4 && !matches!(numbers[0], 127 | 0)
    })
}
