//! Windows: data, guards, registry, tasks and services.

use super::Line;
use crate::toolcall::danger::Danger::*;

pub const LINES: &[Line] = &[
    // Data and machines lost.
    ("vssadmin", "delete|resize", Destroy),
    ("wbadmin", "delete", Destroy),
    ("wmic", "shadowcopy delete", Destroy),
    ("diskshadow", "delete|/s|exec", Destroy),
    ("bcdedit", "recoveryenabled|bootstatuspolicy|safeboot|testsigning|nointegritychecks|/debug", Evade),
    ("reagentc", "disable", Evade),
    ("format", "c:|d:|e:|/q|/fs: /y|/q|c:", Destroy),
    ("format-volume|clear-disk|initialize-disk|remove-partition", "", Destroy),
    ("cipher", "/w", Destroy),
    ("sdelete|sdelete64", "", Destroy),
    ("fsutil", "deletejournal|usn", CoverTracks),
    ("fsutil", "setzerodata", Destroy),
    (
        "del|erase|rd|rmdir|remove-item|ri|rm|deltree",
        "/s|/f|-recurse|-force|-r$|-rf c:\\windows|c:\\users|system32|c:\\$|c:\\*|%systemroot%|%userprofile%|$env:userprofile|$env:systemroot|%systemdrive%|$env:systemdrive|\\documents|*.bak|.vhd|backup|\\desktop|program^files",
        Destroy,
    ),
    (
        "del|erase|remove-item|ri|rm|clear-content|clear-item",
        "prefetch|\\recent|.evtx|winevt|consolehost_history|historysavepath|\\history|logfiles|recycle",
        CoverTracks,
    ),
    (
        "remove-itemproperty|remove-item|reg",
        "runmru|typedpaths|recentdocs|mountpoints|terminal^server^client delete|-path|-name|^hk",
        CoverTracks,
    ),
    ("get-wmiobject|gwmi|get-ciminstance|invoke-cimmethod|invoke-wmimethod", "shadowcopy", Destroy),
    ("vmrun|vim-cmd|esxcli|stop-vm|remove-vm", "stop|power.off|delete|kill|^", Destroy),
    // Guards put to sleep.
    (
        "set-mppreference|add-mppreference",
        "disable|exclusion|-true|allow|submit|maps|puaprotection|actiondefault|scanschedule",
        Evade,
    ),
    (
        "remove-mppreference|uninstall-windowsfeature|disable-windowsoptionalfeature|remove-windowsfeature",
        "^",
        Evade,
    ),
    ("mpcmdrun", "removedefinitions|-disable|-restore|downloadfile", Evade),
    ("netsh", "firewall|advfirewall off|disable|allow|delete|set|add|reset", Evade),
    ("netsh", "portproxy|trace^start|winhttp^set|add^helper", Tunnel),
    ("netsh", "wlan key=clear|export", Credentials),
    (
        "new-netfirewallrule|set-netfirewallprofile|disable-netfirewallrule|remove-netfirewallrule|set-netfirewallrule",
        "",
        Evade,
    ),
    (
        "sc|sc.exe|net|net1|stop-service|set-service|taskkill|stop-process|nssm|pskill|wmic|sc query",
        "stop|delete|disabled|/f|-name|-force|kill|-startup|config|call windefend|defender|sense|wuauserv|mpssvc|eventlog|sysmon|msmpeng|mcafee|symantec|sophos|kaspersky|avast|avg|eset|crowdstrike|csfalcon|carbonblack|cylance|sentinel|wscsvc|securityhealth|vss|sql|veeam|backup|swprv|sppsvc|firewall|splunk|elastic|antivirus|malwarebytes|bitdefender|trend",
        Evade,
    ),
    ("sc", "sdset", Evade),
    ("fltmc", "unload", Evade),
    ("auditpol", "/set|/clear|/remove|/restore", Evade),
    ("wevtutil", "^cl$|clear-log|^sl$|set-log|/e:false", CoverTracks),
    ("clear-eventlog|remove-eventlog|limit-eventlog", "", CoverTracks),
    ("clear-history", "", CoverTracks),
    ("set-psreadlineoption", "historysavestyle|savenothing", CoverTracks),
    ("logman", "stop|delete|update", Evade),
    ("set-etwtraceprovider|remove-etwtraceprovider|remove-etwtraceproviders", "", Evade),
    ("set-executionpolicy", "bypass|unrestricted", Evade),
    ("unblock-file", "^", Evade),
    ("dism", "disable-feature|/remove", Evade),
    ("attrib", "+h|+s", Evade),
    (
        "set-processmitigation|set-smbserverconfiguration|enable-windowsoptionalfeature|set-itemproperty",
        "disable|smb1|-enablesmb1protocol|enablelua",
        Evade,
    ),
    ("manage-bde", "-off|-lock|-protectors|-on", Destroy),
    ("set-winevent|set-logproperties|disable-computerrestore", "^", Evade),
    ("disable-computerrestore|suspend-bitlocker|disable-bitlocker", "", Evade),
    // Registry.
    (
        "reg|new-itemproperty|set-itemproperty|new-item|sp",
        "\\run$|\\run\\|\\runonce|currentversion\\run|userinit|winlogon|image^file^execution|appinit_dlls|silentprocessexit|appcertdlls|\\shell\\open\\command|inprocserver32|currentversion\\windows|explorer\\shell|print\\monitors|security^packages|authentication^packages|notification^packages|lsa|netsh|active^setup|startupapproved|scrnsave|userinitmprlogonscript|cor_profiler|command^processor|\\services\\|\\environment|treatas|bootexecute|timeproviders|session^manager|networkprovider|password^filter|load$ add|-path|hk|-name !query",
        Persist,
    ),
    (
        "reg|new-itemproperty|set-itemproperty|remove-itemproperty|new-item|sp|remove-item",
        "enablelua|consentpromptbehavior|disableantispyware|disablerealtimemonitoring|windows^defender|policies\\system|wdigest|uselogoncredential|runasppl|lsacfgflags|disablerestrictedadmin|restrictedadmin|localaccounttokenfilterpolicy|fdenytsconnections|terminal^server|scriptblocklogging|modulelogging|eventlog|autologger|disabletaskmgr|disableregistrytools|disablecmd|firewallpolicy|securityhealth|hidefileext|hidden|\\amsi|tamperprotection|smartscreen|noautoupdate|disablenotifications|notification_suppress|nodrives|noclose|nofind|norun|nologoff|nodesktop|nocontrolpanel|noset|nosec|nofile|noview|notray|disablelockworkstation|disablechangepassword|noprop|clearpagefile|enableetw|etwenabled|legalnotice|policies\\explorer|proxyserver|proxyenable|zonemap|trustrecords|vbawarnings|accessvbom|\\security\\|macro|protectedview|disableattachments|certificates|trustedpublishers|wintrust|deviceguard|hypervisorenforced|credentialguard|defaultpassword|autoadminlogon|fallback|allowtsconnections|sysmon|mpengine|spynet|exploit^guard|attack^surface|real-time|ms-settings|mscfile|delegateexecute|\\software\\policies\\",
        Evade,
    ),
    (
        "reg",
        "save|export|copy \\sam|\\system$|\\security$|hklm\\sam|hklm\\system|hklm\\security",
        Credentials,
    ),
    ("reg", "query password|winlogon|putty|snmp|vnc|/f", Credentials),
    (
        "reg",
        "add|delete|import|restore|load hklm|hkey_local_machine|\\microsoft\\windows|\\policies\\ !/?",
        Tamper,
    ),
    (
        "new-itemproperty|set-itemproperty|remove-itemproperty",
        "hklm|hkey_local_machine|\\microsoft\\windows|\\policies\\",
        Tamper,
    ),
    ("regedit|regini", "/s|.reg|.ini", Tamper),
    ("set|setx", "cor_enable_profiling|cor_profiler|dotnet_startup_hooks|complus_", Persist),
    ("appcmd", "dontlog|^delete|httplogging|install^module", Evade),
    (
        "badpotato|juicypotato|sweetpotato|godpotato|printspoofer|roguepotato|hotpotato|nsudo|nsudolg|nsudolc|akagi|akagi64|watson|sharpup|psgetsystem|efspotato",
        "",
        Escalate,
    ),
    (
        "webbrowserpassview|mailpv|netpass|wirelesskeyview|chromepass|passwordfox|iepv|sharpchrome|sharpdpapi|safetykatz|sharpkatz|gosecretsdump|internalmonologue|snaffler|mimikatz|lazagne|rubeus|certify|whisker|sharphound|seatbelt|inveigh|hackbrowserdata|dumpert|nanodump|sharpweb|browsercore|pypykatz|pwdump|fgdump|gsecdump|wce|quarkspwdump|creddump",
        "",
        Credentials,
    ),
    // Tasks, services, start-up.
    ("schtasks", "/create|/change|/run", Persist),
    ("at", "/every|/interactive|\\\\|:", Persist),
    ("sc", "^create$|binpath|^failure$|sdset", Persist),
    (
        "new-service|register-scheduledtask|new-scheduledtaskaction|new-scheduledtask|new-scheduledtasktrigger|register-scheduledjob|set-scheduledtask|start-scheduledtask|register-wmievent|register-cimindicationevent|set-wmiinstance|new-jobtrigger|register-objectevent|invoke-atomictest",
        "",
        Persist,
    ),
    (
        "wmic|new-ciminstance|set-wmiinstance",
        "__eventfilter|eventconsumer|filtertoconsumer|subscription",
        Persist,
    ),
    (
        "copy|xcopy|copy-item|cp|move|move-item|robocopy|echo|set-content|add-content|out-file",
        "\\startup\\|startup$|profile.ps1|$profile|startup\"|\\system32\\tasks",
        Persist,
    ),
    ("add-content|set-content|out-file|new-item", "$profile", Persist),
    ("bitsadmin", "setnotifycmdline|/addfile|/transfer|/create|/resume", Proxy),
    ("start-bitstransfer", "^http|-source", RemoteCode),
    ("mofcomp", "", Persist),
    ("sdbinst", "", Persist),
    ("sethc|utilman|osk|narrator|magnify", "", Persist),
    (
        "takeown|icacls|cacls",
        "system32|sethc|utilman|/grant^everyone|everyone:|c:\\$|c:\\*|c:\\windows",
        Tamper,
    ),
    (
        "copy|xcopy|move|ren|rename|copy-item",
        "sethc|utilman|osk.exe|system32\\cmd|spool\\drivers|system32\\",
        Tamper,
    ),
];
