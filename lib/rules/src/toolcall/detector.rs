//! The tool-call judge as a detector of the rule set.

use super::tools::judge;
use crate::detector::{Detector, Reports, Scene};

/// Reports every danger of a tool call under the rule that says what it means.
pub(crate) struct ToolCalls;

impl Detector for ToolCalls {
    fn name(&self) -> &'static str {
        "tool"
    }

    /// It reads escapes and encodings itself, where the shell or the program would.
    fn wants_views(&self) -> bool {
        false
    }

    fn detect(&self, scene: &Scene<'_>, out: &mut Reports) {
        let tool = scene.part.call.map_or("", |call| call.name.as_str());
        for act in judge(tool, scene.text) {
            let (start, end) = (floor(scene.text, act.start), ceil(scene.text, act.end));
            out.push(act.danger.rule(), start..end.max(start));
        }
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
