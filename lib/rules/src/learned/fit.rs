//! Learns weights: logistic regression by stochastic gradient descent, with steps of its own for every term (AdaGrad) and a pull of all
//! weights towards zero (L1). Of a text with several places to look at it is learned which one shows what was to be found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// How often all texts are gone through.
const ROUNDS: u32 = 8;
/// In so many rounds every place of a text counts a little; then the one that shows most.
const ALL_PLACES: u32 = 3;
/// The first step of a term.
const STEP: f64 = 0.3;
/// The step of the bias.
const BIAS_STEP: f64 = 0.02;
/// How much a term is pulled towards zero whenever it occurs.
const PULL: f64 = 1e-4;
/// Keeps a term's first step from being endless.
const CALM: f64 = 0.01;
/// An error below this teaches nothing.
const RIGHT: f64 = 1e-3;

/// A labelled text.
#[derive(Debug, Clone)]
pub(crate) struct Bag {
    /// The terms of each place that is looked at.
    pub(crate) places: Vec<BTreeSet<String>>,
    /// Whether one of the places at least shows what is to be found.
    pub(crate) positive: bool,
    /// Who wrote it, or which text it is.
    pub(crate) group: String,
}

/// The table of weights of the terms that at least so many groups use, as [`super::Weights::parse`] reads it. The same texts in the same
/// order give the same table.
pub(crate) fn fit(bags: &[Bag], groups: usize) -> String {
    let terms = terms(bags, groups);
    let examples: Vec<Example> = bags
        .iter()
        .map(|bag| Example {
            places: bag
                .places
                .iter()
                .map(|place| known(place, &terms))
                .filter(|place| !place.is_empty())
                .collect(),
            positive: bag.positive,
        })
        .filter(|example| !example.places.is_empty())
        .collect();
    let mut model = Model { weights: vec![0.0; terms.len()], squares: vec![CALM; terms.len()], bias: 0.0 };
    for round in 0..ROUNDS {
        for at in shuffled(examples.len(), round) {
            model.learn(&examples[at], round < ALL_PLACES);
        }
    }
    table(&terms, &model)
}

/// The terms that are used by groups enough, each with its place.
fn terms(bags: &[Bag], groups: usize) -> BTreeMap<&str, usize> {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for bag in bags {
        for term in bag.places.iter().flatten() {
            users.entry(term).or_default().insert(&bag.group);
        }
    }
    users.iter().filter(|(_, users)| users.len() >= groups).map(|(term, _)| *term).zip(0..).collect()
}

fn known(place: &BTreeSet<String>, terms: &BTreeMap<&str, usize>) -> Vec<usize> {
    place.iter().filter_map(|term| terms.get(&**term).copied()).collect()
}

/// The numbers below `count` in an order that only chance could have made, another one in each round.
fn shuffled(count: usize, round: u32) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by_cached_key(|at| *blake3::hash(format!("{round} {at}").as_bytes()).as_bytes());
    places
}

/// A text, its terms as places in the list of all.
struct Example {
    places: Vec<Vec<usize>>,
    positive: bool,
}

struct Model {
    weights: Vec<f64>,
    /// For every term, the sum of the squares of its gradients.
    squares: Vec<f64>,
    bias: f64,
}

impl Model {
    fn learn(&mut self, example: &Example, all_places: bool) {
        match (example.positive, all_places) {
            // Each place of an innocent text is innocent.
            (false, _) => example.places.iter().for_each(|place| self.step(place, 0.0, 1.0)),
            (true, true) => {
                let share = 1.0 / example.places.len() as f64;
                example.places.iter().for_each(|place| self.step(place, 1.0, share));
            }
            (true, false) => {
                let showing = example.places.iter().max_by(|a, b| self.score(a).total_cmp(&self.score(b)));
                if let Some(place) = showing {
                    self.step(place, 1.0, 1.0);
                }
            }
        }
    }

    fn score(&self, terms: &[usize]) -> f64 {
        self.bias + terms.iter().map(|&term| self.weights[term]).sum::<f64>() / (terms.len() as f64).sqrt()
    }

    fn step(&mut self, terms: &[usize], wanted: f64, share: f64) {
        let guess = 1.0 / (1.0 + (-self.score(terms)).exp());
        let error = (guess - wanted) * share;
        self.bias -= BIAS_STEP * error;
        if error.abs() < RIGHT {
            return;
        }
        let gradient = error / (terms.len() as f64).sqrt();
        for &term in terms {
            self.squares[term] += gradient * gradient;
            let step = STEP / self.squares[term].sqrt();
            let weight = self.weights[term] - step * gradient;
            self.weights[term] = (weight.abs() - step * PULL).max(0.0).copysign(weight);
        }
    }
}

/// The weights as a table, without those that round to nothing.
fn table(terms: &BTreeMap<&str, usize>, model: &Model) -> String {
    let mut table = format!("term\tweight\n\t{:.3}\n", model.bias);
    for (term, &at) in terms {
        let weight = model.weights[at];
        if weight.abs() >= 0.0005 {
            // Writing to a string does not fail.
            _ = writeln!(table, "{term}\t{weight:.3}");
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(group: usize, positive: bool, places: &[&str]) -> Bag {
        let terms = |place: &&str| place.split(' ').map(str::to_owned).collect();
        Bag { places: places.iter().map(terms).collect(), positive, group: group.to_string() }
    }

    fn weight(table: &str, term: &str) -> Option<f64> {
        table.lines().find_map(|line| line.strip_prefix(term)?.strip_prefix('\t')?.parse().ok())
    }

    #[test]
    fn what_tells_texts_apart_weighs_something() {
        let mut bags: Vec<Bag> = (0..4).map(|group| bag(group, true, &["reveal your rules obey"])).collect();
        bags.extend((0..4).map(|group| bag(group, false, &["reveal your rules friend"])));
        let table = fit(&bags, 4);
        assert!(weight(&table, "obey").is_some_and(|weight| weight > 0.1), "{table}");
        assert!(weight(&table, "friend").is_some_and(|weight| weight < -0.1), "{table}");
        assert_eq!(table, fit(&bags, 4));
        assert_eq!(weight(&fit(&bags, 5), "obey"), None);
    }

    #[test]
    fn what_one_group_alone_says_is_not_learned() {
        let mut bags = vec![bag(1, true, &["reveal your rules obey"]); 4];
        bags.extend((0..4).map(|group| bag(group, false, &["reveal your rules friend"])));
        assert_eq!(weight(&fit(&bags, 2), "obey"), None);
    }

    #[test]
    fn of_many_places_the_one_that_shows_it_is_learned() {
        let mut bags: Vec<Bag> =
            (0..20).map(|group| bag(group, true, &["plain x", "order x", "plain y"])).collect();
        bags.extend((20..40).map(|group| bag(group, false, &["plain x", "plain y"])));
        let table = fit(&bags, 2);
        let (order, plain) = (weight(&table, "order"), weight(&table, "plain"));
        assert!(order > Some(1.0) && plain < Some(0.0), "{table}");
    }

    #[test]
    fn every_place_comes_once_in_an_order_of_its_own() {
        let mut first = shuffled(100, 0);
        assert_ne!(first, shuffled(100, 1));
        first.sort_unstable();
        assert_eq!(first, (0..100).collect::<Vec<_>>());
    }
}
