//! Coded detectors: what takes a parser or a look at more than one match.

use crate::Part;
use std::ops::Range;

/// Judges what a regular expression cannot: shell commands after parsing, tool calls by tool and argument.
///
/// A detector only reports; what a report means (category, severity, confidence, label, examples) is said by rules
/// in TOML that name the detector (`detector = "shell"`) and have no `pattern`. It runs on a text when at least one
/// of its rules applies to the part and one of that rule's keywords stands in the text (rules without keywords:
/// always), and reports by rule id; reports for rules that are switched off are dropped, but secrets in them are masked.
pub trait Detector: Send + Sync {
    /// The name by which rules ask for it.
    fn name(&self) -> &'static str;

    /// Whether it also wants the views of a text in which escapes, wrappings and disguises are undone
    /// (see [`Scene::text`]), and not only the text as it came.
    fn wants_views(&self) -> bool {
        true
    }

    /// Looks at one text.
    fn detect(&self, scene: &Scene<'_>, out: &mut Reports);
}

/// What a detector sees.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The part of the turn, with its text as it came.
    pub part: &'a Part<'a>,
    /// The text to look at: the part's own, or a view of it with disguises undone.
    pub text: &'a str,
    /// Whether `text` is a view.
    pub derived: bool,
    /// Where keywords of the detector's rules stand in `text`, by their place, first to last.
    pub keywords: &'a [Range<usize>],
}

/// What a detector has found so far.
#[derive(Debug, Default)]
pub struct Reports {
    pub(crate) reports: Vec<Report>,
}

/// One thing that a detector found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The id of the rule that says what it means.
    pub rule: &'static str,
    /// The whole match in [`Scene::text`].
    pub span: Range<usize>,
    /// The secret in it, when there is one: it is masked in the snippet.
    pub secret: Option<Range<usize>>,
    /// A confidence of its own, in place of the rule's.
    pub confidence: Option<f64>,
    /// A label of its own, in place of the rule's.
    pub label: Option<&'static str>,
}

impl Reports {
    /// Reports a match of a rule.
    pub fn push(&mut self, rule: &'static str, span: Range<usize>) {
        self.add(Report { rule, span, secret: None, confidence: None, label: None });
    }

    /// Reports a match in full.
    pub fn add(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// How many reports there are.
    pub fn len(&self) -> usize {
        self.reports.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }
}

/// The detectors that are built in: one line each.
pub(crate) static BUILTIN: &[&dyn Detector] = &[
    &crate::secret::Secrets,
    &crate::secret::PemFragments,
    &crate::secret::VendorContext,
    &crate::toolcall::ToolCalls,
    &crate::intent::Intent,
    &crate::intent::Reader,
];

/// Whether there is a detector of that name.
pub(crate) fn exists(name: &str) -> bool {
    BUILTIN.iter().any(|detector| detector.name() == name)
}
