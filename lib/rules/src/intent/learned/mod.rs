//! A second opinion on messages that hold some evidence of an injection: weights for words and concepts, learned from labelled messages.
//!
//! The lexicon knows what an injection must say; it does not know how an innocent message that says it differs. The weights are read from
//! `rules/injection_weights.tsv`, a term a line, so that anybody can see what counts for what; `make weights` learns them anew.

mod fit;
mod terms;

pub use fit::{Labelled, fit_weights};

use super::concept::Hits;
use super::{Evidence, Folded};
use std::collections::HashMap;
use std::sync::LazyLock;

/// From here on a message is an injection though the evidence alone does not show it. The three numbers were chosen so that of sources that
/// nothing had been learned from, no more innocent messages are flagged than without a second opinion (docs/measured.md).
const LIKELY: f64 = 1.5;

/// From here down a message is none, unless the evidence is strong.
const UNLIKELY: f64 = -0.5;

/// Evidence from here on needs no second opinion: innocent words around an order cannot talk it away.
const STRONG: f64 = 1.2;

/// What the weights say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opinion {
    Likely,
    Open,
    Unlikely,
}

/// What the weights say of a message, given the evidence in it.
pub(super) fn opinion(folded: &Folded, hits: &Hits, evidence: &Evidence) -> Opinion {
    if evidence.score <= 0.0 || evidence.score >= STRONG {
        return Opinion::Open;
    }
    match WEIGHTS.score(folded, hits, evidence) {
        score if score > LIKELY => Opinion::Likely,
        score if score < UNLIKELY => Opinion::Unlikely,
        _ => Opinion::Open,
    }
}

static WEIGHTS: LazyLock<Weights> =
    LazyLock::new(|| Weights::parse(include_str!("../../../rules/injection_weights.tsv")));

/// What terms weigh.
struct Weights {
    /// Each term's place in `weights`.
    places: HashMap<&'static str, usize>,
    weights: Vec<f64>,
    /// What a message without any known term weighs.
    bias: f64,
}

impl Weights {
    /// Reads lines of a term, a tab and its weight behind a line of headings; the term of the bias is empty.
    fn parse(table: &'static str) -> Self {
        let mut read = Self { places: HashMap::new(), weights: Vec::new(), bias: 0.0 };
        for (term, weight) in table.lines().skip(1).filter_map(|line| line.split_once('\t')) {
            let Ok(weight) = weight.parse() else { continue };
            if term.is_empty() {
                read.bias = weight;
            } else {
                read.places.insert(term, read.weights.len());
                read.weights.push(weight);
            }
        }
        read
    }

    /// How much more like an injection than like an innocent message: a logit. Long messages hold more terms, so the sum is divided by the
    /// root of their number.
    fn score(&self, folded: &Folded, hits: &Hits, evidence: &Evidence) -> f64 {
        let mut known = Vec::new();
        terms::each(folded, hits, evidence, |term| known.extend(self.places.get(term).copied()));
        known.sort_unstable();
        known.dedup();
        let sum: f64 = known.iter().map(|&place| self.weights[place]).sum();
        self.bias + sum / (known.len().max(1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{hits, weigh};
    use super::*;
    use crate::Field;

    fn of(text: &str) -> Opinion {
        let folded = Folded::of(text);
        let hits = hits(&folded);
        opinion(&folded, &hits, &weigh(&hits.injection, Field::User, folded.text.len()))
    }

    #[test]
    fn the_table_is_read_whole() {
        let lines = include_str!("../../../rules/injection_weights.tsv").lines().count();
        assert_eq!(WEIGHTS.weights.len(), WEIGHTS.places.len());
        assert_eq!(WEIGHTS.weights.len() + 2, lines, "a heading, the bias, and a line for each term");
        assert!(WEIGHTS.weights.iter().all(|weight| weight.is_finite() && *weight != 0.0));
    }

    #[test]
    fn what_says_nothing_of_injections_is_not_weighed() {
        assert_eq!(of(""), Opinion::Open);
        assert_eq!(of("How long do I boil eggs?"), Opinion::Open);
    }
}
