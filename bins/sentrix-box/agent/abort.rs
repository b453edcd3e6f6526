//! Ending what runs, before the sandbox itself is ended.

use super::line;
use sentrix_cli::Failure;
use sentrix_gateway::{Client, Credentials, GatewayError, Limits};
use sentrix_sandbox::Sandbox;
use serde_json::{Value, json};
use std::time::Duration;

/// A gateway that does not take connections is not waited for: it is about to be stopped.
const PATIENCE: Duration = Duration::from_secs(5);
/// More sessions than anybody talks in at one time.
const MOST: usize = 64;

/// Aborts the runs of all sessions.
pub fn runs(sandbox: &Sandbox) -> Result<(), Failure> {
    let credentials = Credentials {
        display_name: "Sentrix".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        token: line::token(sandbox)?,
    };
    let limits = Limits { handshake: PATIENCE, response: PATIENCE, ..Limits::default() };
    let mut client = match Client::connect(line::dial(&sandbox.id)?, credentials, limits) {
        Ok(client) => client,
        // Nobody is there, or it is still starting: nothing runs.
        Err(GatewayError::Closed { .. } | GatewayError::Refused(_)) => return Ok(()),
        Err(error) => return Err(line::broken(&error)),
    };
    let listed = client.sessions().map_err(|error| line::broken(&error))?;
    for session in keys(&listed) {
        let asked = client.request("chat.abort", &json!({"sessionKey": session}));
        match asked {
            Ok(_) | Err(GatewayError::Refused(_)) => {}
            Err(error) => return Err(line::broken(&error)),
        }
    }
    client.close();
    Ok(())
}

fn keys(listed: &Value) -> Vec<&str> {
    let sessions = listed["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
    sessions.iter().filter_map(|session| session["key"].as_str()).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::keys;
    use serde_json::json;

    #[test]
    fn sessions_are_named_by_their_keys() {
        let listed =
            json!({"sessions": [{"key": "agent:main:main"}, {"x": 1}, {"key": "agent:main:telegram:1"}]});
        assert_eq!(keys(&listed), ["agent:main:main", "agent:main:telegram:1"]);
        assert!(keys(&json!(null)).is_empty());
    }
}
