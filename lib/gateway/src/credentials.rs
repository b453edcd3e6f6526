//! Who connects.

use std::fmt;

/// Who connects, and the gateway's token.
#[derive(Clone)]
pub struct Credentials {
    /// What the gateway shows for this client.
    pub display_name: String,
    /// The client's version.
    pub version: String,
    /// The gateway's token.
    pub token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { display_name, version, token: _ } = self;
        f.debug_struct("Credentials")
            .field("display_name", display_name)
            .field("version", version)
            .finish_non_exhaustive()
    }
}
