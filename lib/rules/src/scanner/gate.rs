//! Which rules can match a text at all, and where: one pass for the keywords of all of them.

use crate::word_set::WordSet;
use crate::{Field, Rule};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

/// The keywords of all rules.
pub(super) struct Gate {
    words: WordSet,
    /// The rules that a keyword belongs to, for each kind of part those that apply to it, one of each detector.
    rules_of: [Vec<Vec<u32>>; Field::ALL.len()],
    /// Rules that ask for digits close together and have no keyword, with their number.
    digits: Vec<(u32, usize)>,
    /// The smallest of these numbers.
    least: usize,
    /// For each kind of part the rules that look at every text.
    always: [Vec<u32>; Field::ALL.len()],
}

/// Where the keywords of each rule stand: kept by a thread from text to text, so that nothing is allocated anew.
#[derive(Default)]
pub(super) struct Hits {
    places: Vec<Vec<Range<usize>>>,
    touched: Vec<u32>,
}

impl Hits {
    fn push(&mut self, rule: u32, place: Range<usize>) {
        let at = rule as usize;
        if self.places.len() <= at {
            self.places.resize_with(at + 1, Vec::new);
        }
        if self.places[at].is_empty() {
            self.touched.push(rule);
        }
        self.places[at].push(place);
    }

    fn clear(&mut self) {
        for rule in self.touched.drain(..) {
            self.places[rule as usize].clear();
        }
    }

    /// Every rule that was touched, with the places, first to last.
    pub(super) fn iter(&mut self) -> impl Iterator<Item = (usize, &[Range<usize>])> {
        self.touched.sort_unstable();
        for &rule in &self.touched {
            // Keywords of different length end in order but need not begin in order.
            self.places[rule as usize].sort_unstable_by_key(|place| place.start);
        }
        self.touched.iter().map(|&rule| (rule as usize, self.places[rule as usize].as_slice()))
    }
}

thread_local! {
    static SCRATCH: RefCell<Hits> = RefCell::default();
}

impl Gate {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::new();
        let mut gate = Self {
            words: WordSet::new::<&str>(&[]),
            rules_of: Default::default(),
            digits: Vec::new(),
            least: usize::MAX,
            always: Default::default(),
        };
        // A detector is asked once, where any of its rules has a keyword.
        let join = |of_field: &mut Vec<u32>, at: u32| {
            let detector = &rules[at as usize].detector;
            let asked = |other: &u32| detector.is_some() && rules[*other as usize].detector == *detector;
            if !of_field.iter().any(asked) {
                of_field.push(at);
            }
        };
        for (at, rule) in (0..).zip(rules) {
            let fields = Field::ALL.into_iter().filter(|field| rule.applies(*field));
            match (rule.keywords.is_empty(), rule.min_digits) {
                (true, 0) => fields.clone().for_each(|field| join(&mut gate.always[field as usize], at)),
                (true, least) => {
                    gate.digits.push((at, least));
                    gate.least = gate.least.min(least);
                }
                (false, _) => {}
            }
            for word in &rule.keywords {
                let word = word.to_ascii_lowercase();
                let known = *place.entry(word.clone()).or_insert_with(|| {
                    words.push(word);
                    gate.rules_of.iter_mut().for_each(|of_field| of_field.push(Vec::new()));
                    words.len() - 1
                });
                for field in fields.clone() {
                    join(&mut gate.rules_of[field as usize][known], at);
                }
            }
        }
        gate.words = WordSet::new(&words);
        gate
    }

    /// Finds the rules that can match a text and hands them over.
    pub(super) fn with_hits(
        &self,
        rules: &[Rule],
        field: Field,
        text: &str,
        use_hits: impl FnOnce(&mut Hits),
    ) {
        // A detector may scan a text of its own: then the scratch is taken, and a new one serves.
        let mut hits = SCRATCH.with(|scratch| {
            scratch.try_borrow_mut().map(|mut s| std::mem::take(&mut *s)).unwrap_or_default()
        });
        let applies = |rule: u32| rules[rule as usize].applies(field);
        self.words.each_in_any_case(text.as_bytes(), |found| {
            for &rule in &self.rules_of[field as usize][found.word] {
                hits.push(rule, found.start..found.end);
            }
        });
        if self.digits.iter().any(|(rule, _)| applies(*rule)) {
            for (cluster, count) in digit_clusters(text.as_bytes(), self.least) {
                for &(rule, _) in self.digits.iter().filter(|(rule, least)| *least <= count && applies(*rule))
                {
                    hits.push(rule, cluster.clone());
                }
            }
        }
        for &rule in &self.always[field as usize] {
            hits.push(rule, 0..0);
        }
        use_hits(&mut hits);
        hits.clear();
        SCRATCH.with(|scratch| {
            if let Ok(mut scratch) = scratch.try_borrow_mut() {
                *scratch = hits;
            }
        });
    }
}

/// Runs of digits with at most two other bytes between neighbours, and how many digits they hold. Dates with or without
/// a time, as logs have them in every line, end a run and begin none.
fn digit_clusters(bytes: &[u8], least: usize) -> Vec<(Range<usize>, usize)> {
    let mut found = Vec::new();
    let (mut start, mut count, mut last) = (0, 0, 0);
    let mut at = 0;
    while let Some(skip) = next_digit(&bytes[at..]) {
        at += skip;
        let dated = moment(&bytes[at..]);
        if count > 0 && (at - last > 3 || dated > 0) {
            if count >= least {
                found.push((start..last + 1, count));
            }
            count = 0;
        }
        if dated > 0 {
            at += dated;
            continue;
        }
        if count == 0 {
            start = at;
        }
        count += 1;
        last = at;
        at += 1;
    }
    if count >= least {
        found.push((start..last + 1, count));
    }
    found
}

/// Where the next digit stands. Most stretches of a text have none, which many bytes together show.
fn next_digit(bytes: &[u8]) -> Option<usize> {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        return Some(0);
    }
    let any = |chunk: &&[u8]| chunk.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    let at = 32 * bytes.chunks_exact(32).take_while(|chunk| !any(chunk)).count();
    bytes[at..].iter().position(u8::is_ascii_digit).map(|more| at + more)
}

/// The length of a date (`2026-03-11`), with the time if one follows; 0 when the bytes begin with none.
fn moment(bytes: &[u8]) -> usize {
    let has = |at: usize, form: &[u8]| {
        bytes.get(at..at + form.len()).is_some_and(|bytes| {
            bytes
                .iter()
                .zip(form)
                .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form })
        })
    };
    if !(bytes.starts_with(b"19") || bytes.starts_with(b"20")) || !has(0, b"0000-00-00") {
        return 0;
    }
    let mut end = 10;
    if bytes.get(end).is_some_and(|byte| matches!(byte, b'T' | b' ')) && has(end + 1, b"00:00") {
        end += 6;
        if has(end, b":00") {
            end += 3;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_cluster_and_moments_do_not() {
        let clusters = |text: &str| {
            digit_clusters(text.as_bytes(), 5)
                .into_iter()
                .map(|(at, n)| (text[at].to_owned(), n))
                .collect::<Vec<_>>()
        };
        assert_eq!(clusters("tel. +44 7638 188387, 12"), [("44 7638 188387, 12".to_owned(), 14)]);
        assert_eq!(clusters("2026-03-11T09:14:22Z ok 1234"), []);
        assert_eq!(clusters("at 2026-03-11 id 123456"), [("123456".to_owned(), 6)]);
        for before in 0..80 {
            let text = format!("{}12345", "x".repeat(before));
            assert_eq!(clusters(&text), [("12345".to_owned(), 5)]);
        }
    }
}
