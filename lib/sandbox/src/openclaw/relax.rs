//! What can be let go of, one at a time. Each patch was tried on the real OpenClaw on top of the strict settings, and the other
//! denials stayed.

use super::{add, remove};
use serde_json::{Value, json};
use std::str::FromStr;

/// Something that is denied by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relaxation {
    /// Commands in the container.
    Exec(ExecMode),
    /// Files outside the workspace.
    Files,
    /// Fetching and searching the web.
    Web,
    /// Sub-agents, under the same denials.
    Subagents,
    /// Patches to files of the workspace.
    ApplyPatch,
    /// Finding further tools; those that are denied stay so.
    ToolSearch,
}

/// Which commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExecMode {
    /// Those on OpenClaw's list.
    Allowlist,
    /// All.
    Full,
}

/// A word that names none of them.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not one of exec, files, web, subagents, apply-patch, tool-search")]
pub struct BadRelaxation(String);

impl FromStr for Relaxation {
    type Err = BadRelaxation;

    fn from_str(text: &str) -> Result<Self, BadRelaxation> {
        Ok(match text {
            "exec" => Self::Exec(ExecMode::Full),
            "files" => Self::Files,
            "web" => Self::Web,
            "subagents" => Self::Subagents,
            "apply-patch" => Self::ApplyPatch,
            "tool-search" => Self::ToolSearch,
            other => return Err(BadRelaxation(other.to_owned())),
        })
    }
}

impl Relaxation {
    /// In the words of the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Files => "files",
            Self::Web => "web",
            Self::Subagents => "subagents",
            Self::ApplyPatch => "apply-patch",
            Self::ToolSearch => "tool-search",
        }
    }

    pub(super) fn apply(self, settings: &mut Value) {
        let tools = &mut settings["tools"];
        match self {
            Self::Exec(mode) => {
                add(tools, "allow", &["exec", "process"]);
                remove(tools, "deny", &["group:runtime"]);
                tools["exec"]["mode"] = json!(match mode {
                    ExecMode::Allowlist => "allowlist",
                    ExecMode::Full => "full",
                });
            }
            Self::Files => tools["fs"]["workspaceOnly"] = json!(false),
            Self::Web => {
                add(tools, "allow", &["web_fetch", "web_search"]);
                remove(tools, "deny", &["group:web"]);
                tools["web"]["fetch"]["enabled"] = json!(true);
                tools["web"]["search"]["enabled"] = json!(true);
            }
            Self::Subagents => {
                add(tools, "allow", &["sessions_spawn"]);
                remove(tools, "deny", &["group:sessions"]);
            }
            Self::ApplyPatch => {
                add(tools, "allow", &["apply_patch"]);
                remove(tools, "deny", &["apply_patch"]);
                tools["exec"]["applyPatch"]["enabled"] = json!(true);
            }
            Self::ToolSearch => {
                if let Some(tools) = tools.as_object_mut() {
                    tools.remove("toolSearch");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_what_it_says() {
        for word in ["exec", "files", "web", "subagents", "apply-patch", "tool-search"] {
            assert_eq!(word.parse::<Relaxation>().unwrap().word(), word);
        }
        assert!("everything".parse::<Relaxation>().is_err());
    }
}
