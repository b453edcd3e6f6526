//! OpenClaw's own tools: what each could be misused for, by argument.

use super::analysis::Analysis;
use super::arguments::Leaf;
use super::danger::Danger;
use super::files::{read_danger, write_danger};
use super::network::drop_host;
use super::paths;

/// Judges a call by the tool's name and its arguments; scripts among them are judged elsewhere.
pub fn judge(tool: &str, leaves: &[Leaf], whole: (usize, usize), analysis: &mut Analysis) {
    let tool = tool.to_lowercase();
    let name = tool.rsplit([':', '/', '.']).next().unwrap_or(&tool);
    match name {
        "read" | "readfile" | "read_file" | "view" | "cat" | "file_fetch" | "dir_fetch" | "open_file"
        | "get_file" => paths_of(leaves, read_danger, analysis),
        "write" | "edit" | "writefile" | "write_file" | "edit_file" | "create_file" | "file_write"
        | "append_file" | "str_replace" | "multiedit" => {
            paths_of(leaves, written, analysis);
        }
        "delete_file" | "remove_file" | "delete" | "unlink" => paths_of(
            leaves,
            |path| write_danger(path).or_else(|| super::files::is_root(path).then_some(Danger::Destroy)),
            analysis,
        ),
        "apply_patch" | "applypatch" => patch(leaves, analysis),
        "exec" | "process" | "bash" | "terminal" => exec(leaves, analysis),
        "gateway" | "config" | "openclaw" => gateway(leaves, whole, analysis),
        "cron" | "automations" | "heartbeat_respond" => cron(leaves, whole, analysis),
        "message" | "conversations_send" | "sessions_send" | "send_email" | "send" => {
            message(leaves, analysis)
        }
        "web_fetch" | "webfetch" | "fetch" | "browser" | "http_request" | "canvas" | "portal" => {
            web(leaves, analysis)
        }
        "nodes" | "computer" | "mobile_ui" | "screen" => nodes(leaves, whole, analysis),
        "secrets" => analysis.report(Danger::Credentials, whole),
        "plugins" | "skill_workshop" | "skills" => {
            let acts = text_of(leaves, &["action"]).is_some_and(|action| {
                ["install", "enable", "apply", "create", "add", "update"]
                    .iter()
                    .any(|verb| action.contains(verb))
            });
            if acts
                && leaves.iter().any(|leaf| {
                    leaf.text.contains("http") || leaf.text.contains("npm:") || leaf.text.contains("git+")
                })
            {
                analysis.report(Danger::RemoteCode, whole);
            }
        }
        "sessions_spawn" | "subagents" => {
            let open = |leaf: &Leaf| {
                leaf.key == "sandbox" && matches!(leaf.text.as_str(), "off" | "none")
                    || leaf.key == "elevated" && leaf.text == "true"
            };
            if leaves.iter().any(open) {
                analysis.report(Danger::Escalate, whole);
            }
        }
        _ => {}
    }
}

fn text_of<'l>(leaves: &'l [Leaf], keys: &[&str]) -> Option<&'l str> {
    leaves.iter().find(|leaf| keys.contains(&leaf.key.as_str())).map(|leaf| leaf.text.as_str())
}

fn is_path_key(key: &str) -> bool {
    matches!(
        key,
        "path"
            | "file"
            | "filepath"
            | "filename"
            | "target"
            | "source"
            | "src"
            | "dst"
            | "dest"
            | "destination"
            | "paths"
            | "files"
            | "dir"
            | "from"
            | "to"
            | "media"
            | "mediaurl"
            | "attachment"
            | "attachments"
            | "uri"
            | "targetpath"
            | "absolutepath"
            | "buffer"
    )
}

fn paths_of(leaves: &[Leaf], danger: impl Fn(&str) -> Option<Danger>, analysis: &mut Analysis) {
    for leaf in leaves.iter().filter(|leaf| is_path_key(&leaf.key) && leaf.text.len() < 2048) {
        if let Some(danger) = danger(&leaf.text) {
            analysis.report(danger, (leaf.start, leaf.end));
        }
    }
}

/// Writing a secret's file replaces it: as bad as reading it. An agent's editor has no business in the system's
/// folders at all, nor in the file that tells it how to behave.
fn written(path: &str) -> Option<Danger> {
    let key = |secret| matches!(secret, paths::Secret::Credential | paths::Secret::Accounts);
    let normal = paths::normal(path);
    let system = ["/etc/", "/usr/", "/bin/", "/sbin/", "/boot/", "/lib/", "c:/windows/"];
    write_danger(path)
        .or_else(|| matches!(normal.trim_start_matches("./"), "agents.md").then_some(Danger::Agent))
        .or_else(|| paths::secret(path).filter(|secret| key(*secret)).map(|_| Danger::Tamper))
        .or_else(|| system.iter().any(|folder| normal.starts_with(folder)).then_some(Danger::Tamper))
}

/// The files that a patch names.
fn patch(leaves: &[Leaf], analysis: &mut Analysis) {
    const HEADS: [&str; 6] =
        ["*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: ", "+++ b/", "+++ "];
    for leaf in leaves {
        for line in leaf.text.lines() {
            let path = HEADS.iter().find_map(|head| line.strip_prefix(head));
            if let Some(danger) = path.and_then(written) {
                analysis.report(danger, (leaf.start, leaf.end));
            }
        }
    }
}

/// `elevated`, `security: full`, `ask: off`: the guards of `exec` itself.
fn exec(leaves: &[Leaf], analysis: &mut Analysis) {
    // No value that counts has more than five letters, and none is longer than four bytes.
    for leaf in leaves.iter().filter(|leaf| leaf.text.len() <= 5 * 4) {
        let value = leaf.text.to_lowercase();
        let danger = match (leaf.key.as_str(), value.as_str()) {
            ("elevated", "true" | "full" | "on") | ("security", "full") | ("sandbox", "off") => {
                Danger::Escalate
            }
            ("ask", "off" | "never") => Danger::Evade,
            ("host", "node") if leaves.iter().any(|leaf| leaf.key == "security" && leaf.text == "full") => {
                Danger::Lateral
            }
            _ => continue,
        };
        analysis.report(danger, (leaf.start, leaf.end));
    }
}

/// A change of the gateway's configuration that takes a guard away.
fn gateway(leaves: &[Leaf], whole: (usize, usize), analysis: &mut Analysis) {
    let action = text_of(leaves, &["action", "method", "op", "operation"]).unwrap_or_default().to_lowercase();
    let changes =
        ["patch", "apply", "set", "update", "write", "put", "unset", "delete", "approve", "install"]
            .iter()
            .any(|verb| action.contains(verb))
            || action.is_empty();
    if !changes {
        return;
    }
    let relaxes = leaves.iter().any(|leaf| {
        let text = leaf.text.to_lowercase();
        relaxing(&leaf.key, text.trim()) || nested_relaxing(&text)
    });
    // `{"path": "tools.exec.security", "value": "full"}`
    let named =
        text_of(leaves, &["path", "key", "setting", "name"]).map(|path| path.to_lowercase().replace('_', ""));
    let value = text_of(leaves, &["value", "to"]).unwrap_or_default().to_lowercase();
    let set = named.is_some_and(|path| {
        relaxing(&path, value.trim_matches(['"', ' ']))
            || path.contains("elevated.enabled") && value == "true"
    });
    if relaxes || set {
        analysis.report(Danger::Agent, whole);
    }
}

/// A setting that opens something, as key and value.
fn relaxing(key: &str, value: &str) -> bool {
    let on = matches!(value, "true" | "on" | "1" | "yes" | "all" | "always");
    let off = matches!(value, "false" | "off" | "0" | "no" | "none" | "never");
    let key = key.rsplit('.').next().unwrap_or(key);
    match key {
        "security" | "mode" | "exec" => {
            matches!(value, "full" | "off" | "none" | "yolo" | "unrestricted" | "allow")
        }
        "ask" | "sandbox" | "auth" | "approvals" | "redactsensitive" => off,
        "workspaceonly" | "requiremention" | "authrequired" | "requirepairing" | "requireapproval" => off,
        "elevated" | "enabled" => on && key == "elevated",
        "dmpolicy" | "grouppolicy" | "policy" => value == "open" || value == "disabled",
        "allowfrom" | "ownerallowfrom" | "allow" | "allowedorigins" | "elevatedallowfrom"
        | "groupallowfrom" => value == "*",
        "bind" => matches!(value, "lan" | "0.0.0.0" | "all" | "public" | "tailnet" | "auto"),
        "profile" => value == "full",
        "bash" | "debug" | "configwrites" | "allowcrosscontext" | "autoapprovelocal" => on,
        _ => on && ["dangerously", "allowinsecure", "disable"].iter().any(|start| key.starts_with(start)),
    }
}

/// The same in a configuration that is given as text (`{"tools":{"exec":{"security":"full"}}}`, or JSON5).
fn nested_relaxing(text: &str) -> bool {
    if !text.contains('{') && !text.contains('=') && !text.contains(':') {
        return false;
    }
    let leaves = super::arguments::leaves(text);
    let parent = |name: &str| text.contains(name);
    leaves.iter().any(|leaf| relaxing(&leaf.key, leaf.text.trim()))
        || (parent("elevated") || parent("hooks") || parent("commands"))
            && leaves.iter().any(|leaf| leaf.key == "enabled" && leaf.text == "true")
        || parent("sandbox") && leaves.iter().any(|leaf| leaf.key == "mode" && leaf.text == "off")
        || text.contains("\"deny\":[]")
        || text.contains("deny: []")
        || text.contains("\"mcpservers\"")
        || text.contains("\"baseurl\"")
}

/// A job that makes the agent act later without anybody asking: reminders are fine, commands are not.
fn cron(leaves: &[Leaf], whole: (usize, usize), analysis: &mut Analysis) {
    let action = text_of(leaves, &["action", "op"]).unwrap_or("add").to_lowercase();
    if !["add", "create", "update", "set", "schedule"].iter().any(|verb| action.contains(verb)) {
        return;
    }
    let acts = leaves
        .iter()
        .filter(|leaf| {
            !matches!(leaf.key.as_str(), "action" | "schedule" | "cron" | "expr" | "tz" | "name" | "id")
        })
        .any(|leaf| {
            let text = leaf.text.to_lowercase();
            const SIGNS: [&str; 26] = [
                "curl ",
                "wget ",
                "bash",
                "sh -c",
                "exec ",
                "exec(",
                "http://",
                "https://",
                "rm -",
                "nc ",
                "/dev/tcp",
                "python",
                "powershell",
                "| sh",
                "base64",
                "upload",
                "exfil",
                "~/.ssh",
                ".env",
                "credential",
                "api key",
                "password",
                "token",
                "run the command",
                "without telling",
                "silently",
            ];
            SIGNS.iter().any(|sign| text.contains(sign))
        });
    if acts {
        analysis.report(Danger::Persist, whole);
    }
}

/// A file that nobody should get, attached to a message.
fn message(leaves: &[Leaf], analysis: &mut Analysis) {
    for leaf in
        leaves.iter().filter(|leaf| is_path_key(&leaf.key) && leaf.key != "to" && leaf.key != "target")
    {
        if read_danger(leaf.text.trim_start_matches("MEDIA:")).is_some() {
            analysis.report(Danger::Exfiltrate, (leaf.start, leaf.end));
        }
    }
    for leaf in
        leaves.iter().filter(|leaf| matches!(leaf.key.as_str(), "message" | "text" | "body" | "content"))
    {
        let media = leaf
            .text
            .split("MEDIA:")
            .skip(1)
            .any(|rest| read_danger(rest.split_whitespace().next().unwrap_or_default()).is_some());
        let key = leaf.text.contains("PRIVATE KEY-----");
        if media || key {
            analysis.report(Danger::Exfiltrate, (leaf.start, leaf.end));
        }
    }
}

/// Addresses that only the machine itself should reach, files by URL, scripts in a page.
fn web(leaves: &[Leaf], analysis: &mut Analysis) {
    for leaf in leaves {
        let text = leaf.text.to_lowercase();
        let place = (leaf.start, leaf.end);
        let address = text.split("://").nth(1).unwrap_or_default();
        let host = address.split(['/', '?', '#']).next().unwrap_or_default();
        if ["169.254.", "metadata.google.internal", "100.100.100.200", "[fd00:ec2::254]", "metadata.azure"]
            .iter()
            .any(|meta| host.starts_with(meta))
        {
            analysis.report(Danger::Credentials, place);
        }
        if text.starts_with("file:")
            && (read_danger(&text).is_some() || text.contains("/etc/") || text.contains("/proc/"))
        {
            analysis.report(Danger::Credentials, place);
        }
        if host.ends_with(":18789") || host.ends_with(":18791") || host.ends_with(":18792") {
            analysis.report(Danger::Agent, place);
        }
        if drop_host(host)
            && (address.contains('?')
                || leaves.iter().any(|leaf| leaf.key == "method" && leaf.text.eq_ignore_ascii_case("post")))
        {
            analysis.report(Danger::Exfiltrate, place);
        }
        let steals = ["document.cookie", "localstorage", "sessionstorage", "indexeddb"]
            .iter()
            .any(|store| text.contains(store));
        if steals
            && ["fetch(", "sendbeacon", "xmlhttprequest", "new image", ".src"]
                .iter()
                .any(|send| text.contains(send))
        {
            analysis.report(Danger::Exfiltrate, place);
        }
    }
    for leaf in leaves.iter().filter(|leaf| is_path_key(&leaf.key)) {
        if read_danger(&leaf.text).is_some() {
            analysis.report(Danger::Exfiltrate, (leaf.start, leaf.end));
        }
    }
}

/// What a phone or a computer at somebody's side can do.
fn nodes(leaves: &[Leaf], whole: (usize, usize), analysis: &mut Analysis) {
    let watches = leaves
        .iter()
        .filter(|leaf| matches!(leaf.key.as_str(), "action" | "command" | "method" | "invokecommand"))
        .any(|leaf| {
            let text = leaf.text.to_lowercase();
            ["camera", "screen_record", "screen.record", "location", "sms", "contacts", "microphone", "audio"]
                .iter()
                .any(|sense| text.contains(sense))
                && !text.contains("list")
        });
    if watches {
        analysis.report(Danger::Spy, whole);
    }
}
