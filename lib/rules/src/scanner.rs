//! Applies a set of rules to turns.

mod gate;
mod hit;
mod select;

use crate::detector::{self, Detector};
use crate::matcher::Matcher;
use crate::view::{self, View};
use crate::{AllowEntry, Part, Reports, Rule, RuleSet, Scene};
use gate::{Gate, Hits};
pub(crate) use hit::{Hit, is_fingerprint};
use sentrix_record::{Turn, Verdict};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Findings below this are not worth a flag.
const THRESHOLD: f64 = 0.6;
/// So many matches of one rule in one text are kept; the others are counted.
const MOST: usize = 100;

/// Judges turns by a set of rules. Cheap to clone and to share between threads; automata are built when the first
/// text needs them.
#[derive(Clone)]
pub struct Scanner {
    inner: Arc<Inner>,
}

struct Inner {
    /// The rules of the set, and behind them those that only mask.
    rules: Vec<Rule>,
    /// How many of them report what they find.
    reported: usize,
    matchers: Vec<OnceLock<Option<Matcher>>>,
    gate: OnceLock<Gate>,
    detectors: Vec<&'static dyn Detector>,
    /// The place of the rule's detector in `detectors`.
    detector_of: Vec<Option<usize>>,
    by_id: HashMap<String, usize>,
    allow: Vec<AllowEntry>,
    threshold: f64,
}

impl Scanner {
    /// A scanner for a set of rules.
    pub fn new(set: &RuleSet) -> Self {
        Self::with_threshold(set, THRESHOLD)
    }

    /// Builds the automata of all rules now, a tenth of a second of work: for who has to answer soon once texts come.
    ///
    /// # Errors
    /// When a pattern does not compile, which loading a set of rules has ruled out.
    pub fn prepare(&self) -> Result<(), String> {
        self.inner.gate();
        let mut matchers = (0..self.inner.rules.len()).filter_map(|at| self.inner.matcher(at));
        matchers.try_for_each(Matcher::prepare)
    }

    /// A scanner that returns findings from another confidence on.
    pub fn with_threshold(set: &RuleSet, threshold: f64) -> Self {
        let rules: Vec<Rule> = set.rules().iter().chain(set.masking()).cloned().collect();
        let reported = set.rules().len();
        let wanted = |name: &str| rules.iter().any(|rule| rule.detector.as_deref() == Some(name));
        let detectors: Vec<_> = detector::BUILTIN.iter().copied().filter(|d| wanted(d.name())).collect();
        let place = |rule: &Rule| detectors.iter().position(|d| Some(d.name()) == rule.detector.as_deref());
        let detector_of = rules.iter().map(place).collect();
        let by_id = rules.iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)).collect();
        let matchers = rules.iter().map(|_| OnceLock::new()).collect();
        let gate = OnceLock::new();
        let allow = set.allow().to_vec();
        Self {
            inner: Arc::new(Inner {
                rules,
                reported,
                matchers,
                gate,
                detectors,
                detector_of,
                by_id,
                allow,
                threshold,
            }),
        }
    }

    /// Judges a turn.
    pub fn judge(&self, turn: &Turn) -> Verdict {
        let source = turn.source_file.as_deref().unwrap_or_default();
        let mut findings = Vec::new();
        for part in Part::of(turn) {
            let hits = self.hits(&part);
            let Inner { rules, reported, threshold, .. } = &*self.inner;
            findings.extend(select::findings(rules, *reported, hits, &part, *threshold));
        }
        findings.retain(|finding| !self.inner.allow.iter().any(|entry| entry.covers(finding, source)));
        Verdict::from_findings(turn.run_id_ts.clone(), findings)
    }

    /// Everything that any rule says of a part, however weak.
    pub(crate) fn hits(&self, part: &Part<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.inner.look(part, &part.text, None, &mut hits);
        for view in view::views(&part.text) {
            self.inner.look(part, &view.text, Some(&view), &mut hits);
        }
        hits
    }
}

impl Inner {
    fn gate(&self) -> &Gate {
        self.gate.get_or_init(|| Gate::new(&self.rules))
    }

    fn matcher(&self, at: usize) -> Option<&Matcher> {
        self.matchers[at].get_or_init(|| Matcher::new(&self.rules[at]).ok()).as_ref()
    }

    /// Looks at one text: the part's own, or a view of it.
    fn look(&self, part: &Part<'_>, text: &str, view: Option<&View>, out: &mut Vec<Hit>) {
        let gate = self.gate();
        let mut asked: Vec<Option<Vec<Range<usize>>>> = vec![None; self.detectors.len()];
        gate.with_hits(&self.rules, part.field, text, |candidates: &mut Hits| {
            for (at, places) in candidates.iter() {
                match self.detector_of[at] {
                    Some(detector) => asked[detector].get_or_insert_default().extend_from_slice(places),
                    None => self.search(at, text, places, view, out),
                }
            }
        });
        for (detector, places) in self.detectors.iter().zip(asked) {
            let Some(mut places) = places else { continue };
            if view.is_some() && !detector.wants_views() {
                continue;
            }
            places.sort_unstable_by_key(|place| (place.start, place.end));
            places.dedup();
            self.ask(*detector, &Scene { part, text, derived: view.is_some(), keywords: &places }, view, out);
        }
    }

    /// Searches for one rule's pattern.
    fn search(
        &self,
        at: usize,
        text: &str,
        places: &[Range<usize>],
        view: Option<&View>,
        out: &mut Vec<Hit>,
    ) {
        let rule = &self.rules[at];
        if rule.longest_text.is_some_and(|longest| text.len() > longest) {
            return;
        }
        let Some(matcher) = self.matcher(at) else { return };
        let (mut kept, first) = (0, out.len());
        matcher.find(text, places, &mut |found| {
            let secret = &text[found.secret.clone()];
            if hit::accepts(rule, matcher, text, &found, secret) {
                kept += 1;
                if kept <= MOST {
                    out.push(Hit::of_match(at, text, &found, rule, view));
                }
            }
            true
        });
        hit::count(&mut out[first..], kept);
    }

    /// Asks a detector.
    fn ask(&self, detector: &dyn Detector, scene: &Scene<'_>, view: Option<&View>, out: &mut Vec<Hit>) {
        let mut reports = Reports::default();
        detector.detect(scene, &mut reports);
        let mut kept: HashMap<usize, usize> = HashMap::new();
        let first = out.len();
        for report in reports.reports {
            let Some(&at) = self.by_id.get(report.rule) else { continue };
            let rule = &self.rules[at];
            if !rule.applies(scene.part.field) || rule.detector.as_deref() != Some(detector.name()) {
                continue;
            }
            let count = kept.entry(at).or_default();
            *count += 1;
            if *count <= MOST {
                out.push(Hit::of_report(at, scene.text, report, rule, view));
            }
        }
        for (at, count) in kept {
            let mut own: Vec<_> = out[first..].iter_mut().filter(|hit| hit.rule == at).collect();
            if let Some(last) = own.last_mut() {
                last.more = count.saturating_sub(MOST);
            }
        }
    }
}
