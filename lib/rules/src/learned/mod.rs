//! Weights of terms that were learned from labelled texts: what no list of words that somebody thought of can know.
//!
//! They are read from tables in `rules/`, a term a line, so that anybody can see what counts for what; `make weights` learns them anew.

mod fit;
mod terms;
mod words;

pub(crate) use fit::{Bag, fit};
pub(crate) use terms::{Terms, set};
pub(crate) use words::{in_word, words};

use foldhash::fast::FixedState;
use std::collections::HashMap;

/// What terms weigh.
pub(crate) struct Weights {
    /// Each term's place in `weights`. The table is ours and never grows, so nobody can fill it with terms that collide, and a quick hash will do.
    places: HashMap<&'static str, usize, FixedState>,
    weights: Vec<f64>,
    /// What a text without any known term weighs.
    bias: f64,
}

impl Weights {
    /// Reads lines of a term, a tab and its weight behind a line of headings; the term of the bias is empty.
    pub(crate) fn parse(table: &'static str) -> Self {
        let mut read = Self { places: HashMap::default(), weights: Vec::new(), bias: 0.0 };
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

    /// How much more like what was to be found than like what was not: a logit. `give` gives every term, however often.
    /// Long texts hold more terms, so the sum is divided by the root of their number.
    pub(crate) fn score(&self, give: impl FnOnce(&mut Terms<'_>)) -> f64 {
        let mut known = Vec::new();
        give(&mut Terms::new(&mut |term| known.extend(self.places.get(term).copied())));
        known.sort_unstable();
        known.dedup();
        let sum: f64 = known.iter().map(|&place| self.weights[place]).sum();
        self.bias + sum / (known.len().max(1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{MESSAGE_WEIGHTS, READER_WEIGHTS};

    #[test]
    fn tables_are_read_whole() {
        for table in [MESSAGE_WEIGHTS, READER_WEIGHTS] {
            let weights = Weights::parse(table);
            assert_eq!(weights.weights.len(), weights.places.len());
            assert_eq!(
                weights.weights.len() + 2,
                table.lines().count(),
                "a heading, the bias, a line for each term"
            );
            assert!(weights.weights.iter().all(|weight| weight.is_finite() && *weight != 0.0));
        }
    }

    #[test]
    fn a_term_counts_once_and_an_unknown_one_not_at_all() {
        let weights = Weights::parse("term\tweight\n\t-1.0\na\t3.0\nb\t1.0\n");
        let score = |terms: &[&str]| weights.score(|all| terms.iter().for_each(|term| all.word(term)));
        assert_eq!(score(&[]), -1.0);
        assert_eq!(score(&["a", "c", "a"]), 2.0);
        assert_eq!(score(&["b", "a"]), -1.0 + 4.0 / 2.0_f64.sqrt());
    }
}
