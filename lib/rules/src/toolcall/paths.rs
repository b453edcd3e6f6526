//! Files that an agent has no business with: which a path names, however it is written.

use super::marks;
pub use super::normal::normal;

/// Why reading a file is a danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Keys, tokens and password stores.
    Credential,
    /// The system's own password hashes.
    Accounts,
    /// What a browser, mail program or wallet keeps of its user.
    Personal,
    /// A project's `.env`, a process's environment.
    Environment,
    /// What was typed at a shell.
    History,
}

/// Why writing a file is a danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// It will be run, or let somebody in, later.
    Persistence,
    /// It decides who may do what.
    Privilege,
    /// It is what the agent is told or how it is configured.
    Agent,
    /// The system's programs and settings.
    System,
    /// Logs and histories.
    Trace,
    /// A disk itself.
    Device,
}

/// Does a path climb out of where it begins into the system's own folders (`/usr/../etc/x`, `../../../etc/passwd`)?
pub fn traverses(path: &str) -> bool {
    if !path.contains("../") || path.len() > 1024 {
        return false;
    }
    const ROOTS: [&str; 7] = ["/etc/", "/proc/", "/sys/", "/root/", "/boot/", "/dev/", "/var/log/"];
    if path.starts_with('/') {
        let normal = normal(path);
        let first = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
        return first(&normal) != first(path) && ROOTS.iter().any(|root| normal.starts_with(root));
    }
    let climbed = path.rsplit_once("../").map_or("", |(_, rest)| rest);
    path.matches("../").count() >= 2 && ROOTS.iter().any(|root| climbed.starts_with(&root[1..]))
}

/// Why reading this path is a danger, if it is.
pub fn secret(path: &str) -> Option<Secret> {
    if !marks::within(path).has(marks::SECRET) {
        return None;
    }
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    let has = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
    if has(&[
        "/etc/shadow",
        "/etc/gshadow",
        "/etc/master.passwd",
        "/security/opasswd",
        "config/sam",
        "config/system",
        "config/security",
        "ntds.dit",
        "/etc/sudoers",
        "dslocal/nodes",
        "shadow-",
        "shadow.bak",
    ]) && !has(&["/app/", "config/system/", "config/security/", "sample"])
        && (path.contains("/etc/")
            || path.contains("windows")
            || path.contains("/var/")
            || path.contains("ntds"))
    {
        return Some(Secret::Accounts);
    }
    if is_credential(&path, name) {
        return Some(Secret::Credential);
    }
    if has(&[
        "chrome/user data",
        "google-chrome",
        "google/chrome",
        "mozilla/firefox",
        "firefox/profiles",
        ".mozilla",
        "bravesoftware",
        "microsoft/edge/user data",
        "chromium/default",
        "login data",
        "cookies.sqlite",
        "logins.json",
        "key4.db",
        "cookies.binarycookies",
        "wallet.dat",
        ".electrum",
        ".bitcoin/",
        ".ethereum/keystore",
        "ethereum/keystore",
        "metamask",
        "exodus.wallet",
        "library/messages",
        "chat.db",
        "library/mail",
        ".thunderbird",
        "library/safari",
        "telegram desktop/tdata",
        "discord/local storage",
        "local storage/leveldb",
        "signal/config.json",
        "addressbook",
        "tcc.db",
    ]) {
        return Some(Secret::Personal);
    }
    if (name == ".env" || name.starts_with(".env.") || name == ".envrc")
        && !["example", "sample", "template", "dist", "test", "schema"].iter().any(|word| name.contains(word))
    {
        return Some(Secret::Environment);
    }
    if path.starts_with("/proc/") && name == "environ" {
        return Some(Secret::Environment);
    }
    let history = [
        "_history",
        ".history",
        ".histfile",
        "consolehost_history.txt",
        "fish_history",
        ".viminfo",
        ".lesshst",
    ];
    history.iter().any(|suffix| name.ends_with(suffix) && name.len() > 4).then_some(Secret::History)
}

fn is_credential(path: &str, name: &str) -> bool {
    const PLACES: [&str; 34] = [
        ".aws/credentials",
        ".aws/config",
        ".aws/sso/cache",
        ".config/gcloud",
        ".azure/",
        ".kube/config",
        ".docker/config.json",
        ".git-credentials",
        ".gnupg",
        ".pgpass",
        ".my.cnf",
        ".netrc",
        "_netrc",
        ".npmrc",
        ".pypirc",
        ".cargo/credentials",
        ".config/gh/hosts.yml",
        ".config/hub",
        ".terraform.d/credentials",
        ".vault-token",
        ".password-store",
        "keychains/",
        ".openclaw/openclaw.json",
        ".openclaw/credentials",
        "auth-profiles.json",
        ".openclaw/agents",
        "microsoft/credentials",
        "microsoft/protect",
        "/etc/krb5.keytab",
        ".boto",
        ".s3cfg",
        ".local/share/keyrings",
        "secrets/kubernetes.io/serviceaccount",
        "/run/secrets/",
    ];
    if PLACES.iter().any(|place| path.contains(place)) {
        return !name.ends_with(".md");
    }
    if path.contains(".ssh/") {
        return !(name.ends_with(".pub") || matches!(name, "known_hosts" | "config" | "authorized_keys"));
    }
    if matches!(path, "~/.ssh" | ".ssh") || path.ends_with("/.ssh") {
        return true;
    }
    if [".aws", ".kube", ".azure", ".gnupg", ".password-store", ".config/gcloud"]
        .iter()
        .any(|folder| path.ends_with(folder) && path.trim_end_matches(folder).ends_with('/'))
    {
        return true;
    }
    let key_name = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".kdbx",
        ".ppk",
        "ssh_host_rsa_key",
        "ssh_host_ed25519_key",
        "krb5cc_",
    ];
    (key_name.iter().any(|key| name.contains(key)) && !name.ends_with(".pub"))
        || matches!(
            name,
            "unattend.xml"
                | "sysprep.inf"
                | "web.config.bak"
                | "credentials.xml"
                | "master.key"
                | "groups.xml"
        ) && (path.contains("windows")
            || path.contains("jenkins")
            || path.contains("panther")
            || path.contains("sysvol"))
        || (path.starts_with("/etc/ssl/private") || path.starts_with("/etc/pki/tls/private"))
}

/// Why writing this path is a danger, if it is.
pub fn target(path: &str) -> Option<Target> {
    if !marks::within(path).has(marks::TARGET) {
        return None;
    }
    target_of(path)
}

/// [`target`] without its first look.
fn target_of(path: &str) -> Option<Target> {
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    let starts = |parts: &[&str]| parts.iter().any(|part| path.starts_with(part));
    let has = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
    if starts(&["/dev/"]) {
        return is_disk(&path).then_some(Target::Device);
    }
    if starts(&[
        "/etc/sudoers",
        "/etc/passwd",
        "/etc/shadow",
        "/etc/group",
        "/etc/gshadow",
        "/etc/pam.d",
        "/etc/security",
        "/etc/polkit",
        "/etc/doas.conf",
    ]) || has(&[
        "/lib/security/pam_",
        "system32/config/sam",
        "/proc/sys/kernel/core_pattern",
        "release_agent",
        "docker.sock",
    ]) {
        return Some(Target::Privilege);
    }
    if is_persistent(&path, name) {
        return Some(Target::Persistence);
    }
    if is_agent_file(&path, name) {
        return Some(Target::Agent);
    }
    if starts(&["/var/log/", "/run/log/", "/var/run/utmp"]) || secret(&path) == Some(Secret::History) {
        return Some(Target::Trace);
    }
    let system = starts(&[
        "/bin/",
        "/sbin/",
        "/usr/bin/",
        "/usr/sbin/",
        "/lib/",
        "/lib64/",
        "/usr/lib/",
        "/boot/",
        "/sys/",
        "/proc/sys",
        "c:/windows/",
        "%systemroot%",
        "%windir%",
        "$env:windir",
        "$env:systemroot",
        "/system/",
        "/library/",
    ]) || (starts(&["/usr/"]) && !starts(&["/usr/local/", "/usr/src/", "/usr/share/"]))
        || matches!(
            path.as_str(),
            "/etc/hosts"
                | "/etc/resolv.conf"
                | "/etc/fstab"
                | "/etc/nsswitch.conf"
                | "/etc/ssh/sshd_config"
                | "/etc/crypttab"
                | "/etc/hosts.allow"
                | "/etc/hosts.deny"
                | "/etc/selinux/config"
        )
        || starts(&[
            "/etc/syslog",
            "/etc/rsyslog",
            "/etc/audit",
            "/etc/default/grub",
            "/etc/apparmor",
            "/etc/modprobe.d",
            "/etc/sysctl",
        ])
        || has(&["drivers/etc/hosts"]);
    system.then_some(Target::System)
}

/// A whole disk or partition, memory, or the kernel's trigger file.
pub fn is_disk(path: &str) -> bool {
    [
        "/dev/sd",
        "/dev/hd",
        "/dev/vd",
        "/dev/xvd",
        "/dev/nvme",
        "/dev/mmcblk",
        "/dev/disk",
        "/dev/rdisk",
        "/dev/mem",
        "/dev/kmem",
        "/dev/dm-",
        "/dev/mapper/",
        "/dev/md",
        "//./physicaldrive",
        "/dev/sda",
    ]
    .iter()
    .any(|disk| path.starts_with(disk) && path.len() > disk.len().min(8))
        || path.starts_with("/proc/sysrq-trigger")
}

/// Parts of paths to what is run later.
const PERSISTENT_PLACES: [&str; 26] = [
    ".ssh/authorized_keys",
    ".ssh/rc",
    ".ssh/environment",
    "/etc/cron",
    "/var/spool/cron",
    "/etc/systemd/",
    "/lib/systemd/",
    "systemd/system/",
    "systemd/user/",
    "/etc/init.d/",
    "/etc/rc",
    "/etc/inittab",
    "/etc/profile",
    "/etc/bash",
    "/etc/zsh",
    "/etc/ld.so.preload",
    "/etc/ld.so.conf",
    "/etc/udev/",
    "/etc/xdg/autostart",
    ".config/autostart",
    "library/launchagents",
    "library/launchdaemons",
    "start menu/programs/startup",
    "/etc/update-motd.d",
    "/etc/environment",
    "system32/tasks",
];
/// Names of files that are run later, wherever they lie.
pub const PERSISTENT_FILES: [&str; 23] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".kshrc",
    ".cshrc",
    ".tcshrc",
    ".xinitrc",
    ".xprofile",
    ".xsessionrc",
    "config.fish",
    "profile.ps1",
    "microsoft.powershell_profile.ps1",
    "authorized_keys",
    ".login",
    "sitecustomize.py",
    "usercustomize.py",
];

fn is_persistent(path: &str, name: &str) -> bool {
    PERSISTENT_PLACES.iter().any(|place| path.contains(place))
        || PERSISTENT_FILES.contains(&name)
        || path.contains(".git/hooks/") && !name.ends_with(".sample")
        || path.contains("/etc/apt/apt.conf.d/")
        || path.contains("/usr/lib/python") && name.ends_with(".pth")
}

/// What tells an agent who it is and what it may do.
fn is_agent_file(path: &str, name: &str) -> bool {
    // MEMORY.md and USER.md are the agent's notes, which it may write; these are its orders.
    const PROMPTS: [&str; 5] = ["soul.md", "heartbeat.md", "boot.md", "bootstrap.md", "tools.md"];
    let workspace = path.contains(".openclaw")
        || path.contains("workspace/")
        || !path.contains('/')
        || path.starts_with("./");
    (PROMPTS.contains(&name) && workspace)
        || name == "agents.md" && (path.contains(".openclaw") || path.contains("/workspace/"))
        || name == "openclaw.json"
        || path.contains(".openclaw/")
            && [
                "/extensions/",
                "/hooks/",
                "/skills/",
                "/credentials/",
                "exec-approvals",
                "/devices/",
                "/cron/",
            ]
            .iter()
            .any(|part| path.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths that are targets, one of each kind at least.
    fn targets() -> Vec<String> {
        let more = [
            "/dev/sda",
            "/dev/nvme0n1",
            "/dev/mem0",
            "/dev/mapper/x",
            "/etc/sudoers",
            "/etc/passwd",
            "/etc/pam.d/su",
            "/etc/doas.conf",
            "/lib/security/pam_x.so",
            "c:/windows/system32/config/sam",
            "/proc/sys/kernel/core_pattern",
            "x/release_agent",
            "release_agent",
            "/var/run/docker.sock",
            "docker.sock",
            ".git/hooks/pre-commit",
            "/etc/apt/apt.conf.d/1",
            "/usr/lib/python3/x.pth",
            "soul.md",
            "heartbeat.md",
            "boot.md",
            "workspace/bootstrap.md",
            "./tools.md",
            "/workspace/agents.md",
            "openclaw.json",
            ".openclaw/hooks/x",
            ".openclaw/cron/jobs.json",
            "/var/log/auth.log",
            "/run/log/x",
            "/var/run/utmp",
            "~/.bash_history",
            "x/.history",
            "~/.histfile",
            "consolehost_history.txt",
            "fish_history",
            "~/.viminfo",
            "~/.lesshst",
            "/bin/ls",
            "/sbin/init",
            "/usr/bin/x",
            "/lib/x",
            "/lib64/x",
            "/boot/vmlinuz",
            "/sys/power",
            "/proc/sys/x",
            "c:/windows/x",
            "%systemroot%/x",
            "%windir%",
            "$env:windir/x",
            "$env:systemroot",
            "/system/x",
            "/library/x",
            "/usr/x",
            "/etc/hosts",
            "/etc/rsyslog.conf",
            "/etc/default/grub",
            "x/drivers/etc/hosts",
            "c:/programdata/microsoft/windows/start menu/programs/startup/x",
        ];
        let places = PERSISTENT_PLACES
            .iter()
            .map(|place| format!("{place}x"))
            .chain(PERSISTENT_PLACES.map(str::to_owned));
        let files = PERSISTENT_FILES.iter().flat_map(|name| [(*name).to_owned(), format!("~/x/{name}")]);
        places.chain(files).chain(more.map(str::to_owned)).collect()
    }

    #[test]
    fn no_target_is_passed_over_however_it_is_written() {
        for path in targets() {
            assert!(target_of(&path).is_some() || path.ends_with('/'), "{path}");
            let kelvin = path.replace('k', "\u{212a}");
            let forms = [
                path.to_uppercase(),
                path.replace('/', "\\"),
                path.replace('/', "/./"),
                path.replace('/', "/x/../"),
                path.replace('/', "//"),
                format!("'{path}',"),
                format!("file://{path}"),
                format!("/host{path}"),
                format!("@{path}"),
                kelvin,
                path.clone(),
            ];
            for form in forms {
                assert_eq!(target(&form), target_of(&form), "{form}");
            }
        }
        assert!(!marks::within("notes/page.html").has(marks::TARGET));
    }
}
