//! Tool calls, judged by tool and argument.

mod analysis;
mod arguments;
mod danger;
mod decode;
mod detector;
mod files;
mod flow;
mod marks;
mod network;
mod normal;
mod openclaw;
pub(crate) mod paths;
mod rare;
mod script;
mod signatures;
mod tools;

pub(crate) use analysis::{Analysis, MAX_DEPTH};
pub(crate) use danger::Danger;
pub(crate) use decode::{base64_text, hex_text};
pub(crate) use detector::ToolCalls;
pub(crate) use files::judge as judge_files;
pub(crate) use network::drop_host;
pub(crate) use script::analyse_shell;

#[cfg(test)]
mod tests;
