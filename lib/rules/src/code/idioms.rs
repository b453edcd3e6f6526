//! Idioms of dangerous code that show in the names it uses, whatever the language.

use crate::idioms::Idioms;
use crate::toolcall::Danger;
use std::sync::LazyLock;

/// A regular expression, and what a match is, together with another one that must match too (or nothing).
const IDIOMS: &[(Danger, &str, &str)] = &[
    // A socket whose ends become a shell's.
    (Danger::ReverseShell, r"os\.dup2\s*\(|pty\.spawn\s*\(", r"socket"),
    (
        Danger::ReverseShell,
        r#"(?i)\b(fsockopen|TCPSocket\.(new|open)|PF_INET|net\.(Socket|connect|createConnection)|IO::Socket|socket\.tcp|java\.net\.Socket)"#,
        r#"(?i)/bin/(ba|z|da)?sh|['"](ba)?sh['"]|cmd(\.exe)?['"]|powershell"#,
    ),
    (Danger::ReverseShell, r"\.recv\s*\(", r"(?s)subprocess\.|os\.popen|os\.system"),
    (
        Danger::Proxy,
        r"child_process",
        r#"(?:spawn|exec|execFile)(?:Sync)?\s*\(\s*['"](?:/bin/(?:ba|z|da)?sh|cmd\.exe|powershell)"#,
    ),
    // Watching a person.
    (
        Danger::Spy,
        r"pynput|\bkeyboard\.(on_press|on_release|hook|record|add_hotkey|read_event)|pyHook|GetAsyncKeyState|SetWindowsHookEx|/dev/input/event|evdev\.InputDevice",
        "",
    ),
    (
        Danger::Spy,
        r"ImageGrab\.grab|pyautogui\.screenshot|\bmss\.mss\(|pyscreenshot|CopyFromScreen|screenshot-desktop|desktopCapturer",
        "",
    ),
    (
        Danger::Spy,
        r"pyperclip\.paste|GetClipboardData|clipboard\.(read|get)|clipboard_get\(|navigator\.clipboard\.read",
        "",
    ),
    (Danger::Spy, r"sounddevice|\bpyaudio\.PyAudio|sd\.rec\(|cv2\.VideoCapture\(\s*0|getUserMedia", ""),
    (
        Danger::Spy,
        r"scapy\.all|\bsniff\s*\(\s*(iface|prn|filter|count|store)|AF_PACKET|SOCK_RAW|pcap\.pcap|dpkt",
        r"sniff|recvfrom|SOCK_RAW|pcap",
    ),
    (Danger::Spy, r"net_io_counters|net_connections\(", r"while\s+(True|1)\s*:"),
    // Processes ended one after the other.
    (Danger::Exhaust, r"psutil\.(process_iter|pids)\s*\(", r"\.(kill|terminate|suspend)\s*\("),
    (
        Danger::Exhaust,
        r"os\.kill\s*\(|os\.killpg\s*\(",
        r"os\.listdir\(\s*['\x22]/proc|/proc/|pgrep|for\s+pid\b",
    ),
    (Danger::Exhaust, r"os\.fork\s*\(\s*\)", r"while\s+(True|1)\s*:|for\s+\w+\s+in\s+range"),
    (
        Danger::Exhaust,
        r"while\s+(True|1)\s*:\s*\n?\s*[^\n]{0,80}(append\(|\+=)[^\n]{0,40}\*\s*(10\s*\*\*|1024|\d{5,})",
        "",
    ),
    (
        Danger::Exhaust,
        r"while\s+(True|1)\s*:\s*\n?\s*(threading\.Thread|multiprocessing\.Process|Thread\(|Process\(|subprocess\.Popen)",
        "",
    ),
    (Danger::Exhaust, r"setrlimit\s*\(|RLIMIT_NPROC", r"RLIM_INFINITY"),
    // Files taken hostage or destroyed.
    (
        Danger::Destroy,
        r"(?i)Fernet\(|AES\.new|\.encrypt\(|createCipheriv",
        r"(?is)os\.walk|rglob|glob\.glob.*(os\.(remove|rename)|\.(locked|encrypted|enc)['\x22])",
    ),
    (Danger::Destroy, r"open\(\s*['\x22](/dev/(sd|nvme|vd|hd)|\\\\\\\\\.\\\\PhysicalDrive)", ""),
    // Code put into other processes.
    (
        Danger::Proxy,
        r"VirtualAlloc|WriteProcessMemory|CreateRemoteThread|NtCreateThreadEx|QueueUserAPC|RtlMoveMemory|PTRACE_(ATTACH|POKE)|process_vm_writev|memfd_create",
        "",
    ),
    (Danger::Proxy, r"LD_PRELOAD|DYLD_INSERT_LIBRARIES", r"os\.environ|env\s*=|putenv|setenv"),
    (
        Danger::Proxy,
        r"__subclasses__\s*\(|__globals__\s*\[|__builtins__\s*\[|func_globals|gc\.get_objects",
        "",
    ),
    (
        Danger::Escalate,
        r"os\.set(re|res|e)?[ug]id\s*\(\s*0|ctypes.*(ShellExecuteW|setuid)|Process\.setuid\(0",
        "",
    ),
    (Danger::Escalate, r"(?i)docker\.from_env|/var/run/docker\.sock", r"(?i)privileged|volumes|binds"),
    (
        Danger::Persist,
        r"(?i)CurrentVersion\\+Run|winreg\.SetValueEx|CronTab\(|win32serviceutil|LaunchAgents|Startup\\",
        r"(?i)SetValue|crontab|\.new\(|write|copy|service|plist|open",
    ),
    (
        Danger::Credentials,
        r"(?i)browser_cookie3|CryptUnprotectData|keyring\.get_password|win32crypt|dpapi|getpass\.getpass\(\s*['\x22]\[?sudo|spwd\.getsp|lsass|SECItemCopy",
        "",
    ),
    (Danger::Mine, r"(?i)stratum\+(tcp|ssl)|xmrig|cryptonight|coinhive|randomx", ""),
    (Danger::RemoteCode, r"(?s)(exec|eval)\s*\([^)]{0,200}(urlopen|requests\.get|httpx\.get|fetch)\s*\(", ""),
    (
        Danger::RemoteCode,
        r"(?s)(urlretrieve|urlopen|requests\.get|wget\.download)\s*\(.{0,600}(os\.chmod|subprocess\.|os\.system|os\.startfile|exec\()",
        r"\.(sh|exe|bin|py|ps1|elf|bat|dll)['\x22]|chmod",
    ),
    (Danger::Evade, r"(?i)amsiutils|amsiScanBuffer|sys\.settrace\(None|ptrace_scope|EtwEventWrite", ""),
    (
        Danger::Lateral,
        r"paramiko\.SSHClient|winrm\.Session|impacket|smbprotocol",
        r"(?i)password\s*=|exec_command|AutoAddPolicy",
    ),
    (
        Danger::Exhaust,
        r"(?s)(IP\(|TCP\(|UDP\(|ICMP\().{0,200}send\(.{0,80}(loop|count|inter)|flags\s*=\s*['\x22]S['\x22].{0,300}while",
        "",
    ),
];

static FIRST: LazyLock<Idioms> = LazyLock::new(|| Idioms::new(IDIOMS.iter().map(|idiom| idiom.1)));
static SECOND: LazyLock<Idioms> = LazyLock::new(|| Idioms::new(IDIOMS.iter().map(|idiom| idiom.2)));

/// The idioms in a piece of code, with their places.
pub fn find(text: &str) -> Vec<(Danger, usize, usize)> {
    let mut found = Vec::new();
    for (at, first) in FIRST.of(text) {
        let (danger, _, second) = IDIOMS[at];
        if let Some(hit) = first.find(text)
            && (second.is_empty() || SECOND.get(at).is_some_and(|second| second.is_match(text)))
        {
            found.push((danger, hit.start(), hit.end()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_idiom_compiles() {
        assert_eq!(FIRST.compiling(), IDIOMS.len());
        assert_eq!(SECOND.compiling(), IDIOMS.len());
    }
}
