//! What is the same for every sandbox and cannot be switched off.

use std::collections::HashMap;

/// What the entrypoint needs to split its users; it gives up all but KILL before anything of OpenClaw runs.
pub const CAPABILITIES: [&str; 5] = ["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID"];

/// No program can gain what its parent did not have; the default seccomp profile stays in force.
pub const SECURITY: [&str; 1] = ["no-new-privileges:true"];

/// Where OpenClaw keeps its state: the one place on a disk that it may write.
pub const STATE: &str = "/state";
/// Where the collector writes; the gateway's user cannot enter.
pub const CAPTURE: &str = "/capture/agent_logs";
/// Where the entrypoint finds the token.
pub const SECRETS: &str = "/run/secrets-in";
/// Where the relays find the tap's sockets.
pub const TAP: &str = "/run/tap";
/// The tap's sockets, here and on the host: for models, and for everything else.
pub const TAP_SOCKETS: [&str; 2] = ["llm.sock", "egress.sock"];

/// The user of relays, `dial` and `exec`: neither the gateway's nor the collector's.
pub const RELAY_USER: &str = "10003:10003";
/// Users that exist inside; whoever records may be none of them.
pub const RESERVED_UIDS: [u32; 4] = [0, 10001, 10003, 10004];
/// Who records when root starts the sandbox.
pub const FALLBACK_UID: u32 = 10002;

/// The helper inside the image.
pub const RELAY: &str = "/usr/local/bin/sentrix-relay";
/// The gateway's port on the container's loopback.
pub const GATEWAY_PORT: u16 = 18789;

/// What can be written and is gone with the container. The raw stream stands in `/run/oc` and is lost when that is full: it has room.
pub fn tmpfs() -> HashMap<String, String> {
    let common = "rw,nosuid,nodev,noexec";
    [
        ("/tmp", "size=128m,mode=1777"),
        ("/home/oc", "size=64m,uid=10001,gid=10001,mode=0700"),
        ("/run/oc", "size=256m,mode=0755"),
    ]
    .into_iter()
    .map(|(path, options)| (path.to_owned(), format!("{common},{options}")))
    .collect()
}

/// Where the tap is carried, `/run/tap` holds its sockets: only the relays' user can make, replace or reach them.
pub fn carried_tap() -> String {
    "rw,nosuid,nodev,noexec,size=64k,uid=10003,gid=10003,mode=0755".to_owned()
}

/// How the container's own output is kept: a few megabytes, for `logs`.
pub fn logging() -> HashMap<String, String> {
    HashMap::from([("max-size".to_owned(), "10m".to_owned()), ("max-file".to_owned(), "3".to_owned())])
}
