//! Paths in one form, however they are written.

/// A path in one form: lower case, `/` between names, the home folder as `~`, no `..`.
pub fn normal(path: &str) -> String {
    let mut text = path.trim_matches(['"', '\'', '`', ' ', ',']).to_lowercase().replace('\\', "/");
    for prefix in ["file://", "@", "/proc/self/root", "/proc/1/root", "/host"] {
        if let Some(rest) = text.strip_prefix(prefix)
            && rest.starts_with(['/', '~', '.'])
        {
            text = rest.to_owned();
        }
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            // Nothing is above the root.
            ".." if parts.as_slice() == [""] => {}
            _ => parts.push(part),
        }
    }
    let rooted = if parts == [""] { "/".to_owned() } else { parts.join("/") };
    home(&rooted).unwrap_or(rooted)
}

/// The path with the home folder as `~`, if it lies there.
fn home(path: &str) -> Option<String> {
    const NAMES: [&str; 8] = [
        "$home",
        "${home}",
        "%userprofile%",
        "$env:userprofile",
        "$env:home",
        "%homepath%",
        "/root",
        "/var/root",
    ];
    for name in NAMES {
        if let Some(rest) = path.strip_prefix(name)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Some(format!("~{rest}"));
        }
    }
    for (name, folder) in [("%appdata%", "~/appdata/roaming"), ("%localappdata%", "~/appdata/local")] {
        let variable = format!("$env:{}", name.trim_matches('%'));
        if let Some(rest) = path.strip_prefix(name).or_else(|| path.strip_prefix(variable.as_str())) {
            return Some(format!("{folder}{rest}"));
        }
    }
    for folder in ["/home/", "/users/", "c:/users/", "c:/documents and settings/"] {
        if let Some(rest) = path.strip_prefix(folder) {
            let (_, below) = rest.split_once('/').unwrap_or((rest, ""));
            return Some(if below.is_empty() { "~".to_owned() } else { format!("~/{below}") });
        }
    }
    if let Some(rest) = path.strip_prefix("~")
        && let Some((user, below)) = rest.split_once('/')
        && !user.is_empty()
    {
        return Some(format!("~/{below}"));
    }
    None
}
