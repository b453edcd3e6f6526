//! What the gateway says of itself when it lets us in.

use crate::text::{number, string};
use serde_json::Value;
use std::time::Duration;

/// What the gateway says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Hello {
    /// The protocol's version.
    pub protocol: u64,
    /// The gateway's version. Untrusted text.
    pub version: String,
    /// What it can be asked for.
    pub methods: Vec<String>,
    /// What we may do; `None` when it does not say (protocol 3). Empty: nothing, the connection did not come from loopback.
    pub scopes: Option<Vec<String>>,
    /// How often it says that it is there.
    pub tick: Duration,
    /// The longest message that it takes.
    pub max_payload: usize,
}

impl Hello {
    /// Reads the answer to `connect`; `None` when it is none.
    pub fn read(payload: &Value) -> Option<Self> {
        let protocol = number(&payload["protocol"])?;
        (payload["type"] == "hello-ok").then(|| Self {
            protocol,
            version: string(&payload["server"]["version"]),
            methods: strings(&payload["features"]["methods"]).unwrap_or_default(),
            scopes: strings(&payload["auth"]["scopes"]),
            tick: Duration::from_millis(
                number(&payload["policy"]["tickIntervalMs"]).unwrap_or(30_000).clamp(1000, 600_000),
            ),
            max_payload: number(&payload["policy"]["maxPayload"])
                .and_then(|max| usize::try_from(max).ok())
                .unwrap_or(25 << 20),
        })
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?;
    Some(items.iter().filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect())
}
