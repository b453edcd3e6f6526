//! Prompt injection as weighted evidence: what is asked, of whom, about what, and from where.
//!
//! A pair of concepts that stand close together is a piece of evidence with a weight of its own; each piece counts
//! once. The text is an injection when the weights add up to one. Which pieces were found is what `explain` can say.

use super::concept::{Concept, Concept::*, Hit};
use super::pairs::Pairs;
use crate::Field;
use std::sync::LazyLock;

/// How strong the evidence of an injection is, and where its heart lies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// The sum of the weights.
    pub score: f64,
    /// First byte of the strongest piece, in the folded text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The names of the pieces.
    pub pieces: Vec<&'static str>,
    /// The name of the strongest piece.
    pub heaviest: &'static str,
    /// One of the pieces is hardly ever innocent.
    pub core: bool,
}

impl Evidence {
    /// Enough for an injection?
    pub fn convinces(&self, field: Field) -> bool {
        match (field, self.core) {
            (Field::User, true) => self.score >= 0.64,
            // Everyday words, but so many of them at once.
            (Field::User, false) => self.score >= 0.9,
            (_, core) => core && self.score >= self.enough(),
        }
    }

    /// What is enough in a document, which speaks of rules and secrets anyway: less where a piece is said to a reader who is to
    /// act, or is about what only a model has.
    fn enough(&self) -> f64 {
        const TO_READER: [&str; 5] = ["call", "conceal", "detour", "please", "usurp"];
        const OF_MODEL: [&str; 3] = ["prior", "own", "prompt"];
        let has = |piece: &str, parts: &[&str]| piece.split('-').any(|part| parts.contains(&part));
        let of_model = |piece: &str| {
            has(piece, &OF_MODEL) && (piece.starts_with("override") || piece.starts_with("leak"))
        };
        match self.pieces.as_slice() {
            pieces if pieces.iter().any(|piece| has(piece, &TO_READER) || *piece == "urgent-machine") => 0.9,
            pieces if pieces.iter().any(|piece| of_model(piece)) => 1.0,
            _ => 1.2,
        }
    }
}

/// Pieces that innocent text makes by chance: settings, secrets and orders are everyday words.
const EVERYDAY: &[&str] = &[
    "deed-secret",
    "leak-secret",
    "leak-setting",
    "reveal-setting",
    "your-setting",
    "hidden-setting",
    "weaken-order",
    "leak-order",
    "reveal-order",
    "reveal-prior",
    "your-order",
    "order-machine",
    "imperative-deed",
    "machine-imperative",
    "norefusal",
    "your-hidden",
    "leak-hidden",
    "order-order",
    "machine-guard",
    "hidden-machine",
    "hidden-order",
    "prior-order",
    "weaken-guard",
    "persona-machine",
    "obey",
    "reveal-prompt",
    "reveal-own",
    "all-order",
    "all-guard",
    "machine-deed",
    "please-deed",
    "leak-given",
    "reveal-given",
    "order-lifted",
];

/// A pair of concepts: first, second, most bytes between, in either order, weight, name.
type Pair = (Concept, Concept, usize, bool, f64, &'static str);

const PAIRS: &[Pair] = &[
    (Override, Order, 32, false, 0.45, "override-order"),
    (Override, Prior, 16, false, 0.40, "override-prior"),
    (Override, Your, 6, false, 0.25, "override-your"),
    (Override, All, 6, false, 0.25, "override-all"),
    (All, Order, 16, false, 0.10, "all-order"),
    (All, Guard, 22, false, 0.10, "all-guard"),
    (Usurp, Deed, 90, true, 0.30, "usurp-deed"),
    (Usurp, Machine, 60, true, 0.30, "usurp-machine"),
    (Usurp, Conceal, 90, true, 0.30, "usurp-conceal"),
    (Usurp, Parrot, 60, true, 0.30, "usurp-parrot"),
    (Override, Guard, 30, false, 0.50, "override-guard"),
    (Override, Prompt, 24, false, 0.70, "override-prompt"),
    (Override, Own, 16, false, 0.80, "override-own"),
    (Override, Obey, 90, true, 0.45, "override-obey"),
    (Order, Override, 60, false, 0.25, "order-override"),
    (Your, Override, 6, false, 0.20, "your-override"),
    (All, Override, 6, false, 0.20, "all-override"),
    (Prior, Override, 30, false, 0.20, "prior-override"),
    (Weaken, Order, 20, false, 0.15, "weaken-order"),
    (Weaken, Guard, 24, false, 0.35, "weaken-guard"),
    (Weaken, Own, 16, false, 0.50, "weaken-own"),
    (Prior, Order, 12, true, 0.35, "prior-order"),
    (Prior, Guard, 12, true, 0.20, "prior-guard"),
    (Your, Guard, 22, false, 0.25, "your-guard"),
    (Your, Order, 16, false, 0.10, "your-order"),
    (Obey, Guard, 70, true, 0.30, "obey-guard"),
    (Obey, Order, 60, true, 0.15, "obey-order"),
    (Leak, Prompt, 40, false, 1.00, "leak-prompt"),
    (Leak, Own, 32, false, 1.00, "leak-own"),
    (Reveal, Prompt, 40, false, 0.50, "reveal-prompt"),
    (Reveal, Own, 32, false, 0.70, "reveal-own"),
    (Your, Prompt, 10, false, 0.40, "your-prompt"),
    (Prompt, Leak, 40, false, 0.40, "prompt-leak"),
    (Leak, Order, 24, false, 0.25, "leak-order"),
    (Reveal, Order, 30, false, 0.15, "reveal-order"),
    (Reveal, Prior, 16, false, 0.10, "reveal-prior"),
    (Order, Order, 14, false, 0.12, "order-order"),
    (Order, Machine, 40, true, 0.25, "order-machine"),
    (Leak, Setting, 30, false, 0.45, "leak-setting"),
    (Reveal, Setting, 30, false, 0.15, "reveal-setting"),
    (Your, Setting, 24, false, 0.30, "your-setting"),
    (Leak, Hidden, 20, false, 0.30, "leak-hidden"),
    (Hidden, Order, 24, false, 0.40, "hidden-order"),
    (Hidden, Setting, 24, false, 0.30, "hidden-setting"),
    (Your, Hidden, 12, false, 0.25, "your-hidden"),
    (Leak, Secret, 24, false, 0.25, "leak-secret"),
    (Hidden, Machine, 24, true, 0.15, "hidden-machine"),
    (Persona, Unbound, 90, true, 0.70, "persona-unbound"),
    (Persona, Jailbreak, 60, true, 0.60, "persona-jailbreak"),
    (Persona, NoRefusal, 120, true, 0.30, "persona-norefusal"),
    (Persona, Machine, 40, false, 0.15, "persona-machine"),
    (Persona, Guard, 60, true, 0.25, "persona-guard"),
    (Unbound, Machine, 60, true, 0.50, "unbound-machine"),
    (Unbound, NoRefusal, 120, true, 0.30, "unbound-norefusal"),
    (Unbound, Leak, 50, true, 0.25, "unbound-leak"),
    (Jailbreak, Machine, 60, true, 0.40, "jailbreak-machine"),
    (Jailbreak, Leak, 60, true, 0.40, "jailbreak-leak"),
    (Jailbreak, Parrot, 80, true, 0.50, "jailbreak-parrot"),
    (Jailbreak, Override, 60, true, 0.50, "jailbreak-override"),
    (Authority, Override, 60, true, 0.30, "authority-override"),
    (Authority, Weaken, 40, true, 0.15, "authority-weaken"),
    (Authority, Leak, 60, true, 0.25, "authority-leak"),
    (Authority, Guard, 60, true, 0.25, "authority-guard"),
    (Authority, Prompt, 80, true, 0.40, "authority-prompt"),
    (Authority, Own, 60, true, 0.30, "authority-own"),
    (Authority, Setting, 60, true, 0.20, "authority-setting"),
    (Machine, Guard, 40, true, 0.15, "machine-guard"),
    (Machine, Imperative, 30, true, 0.10, "machine-imperative"),
    (Machine, Override, 50, true, 0.20, "machine-override"),
    (Order, Parrot, 60, true, 0.10, "order-parrot"),
    (Override, Parrot, 70, true, 0.30, "override-parrot"),
    (Override, Leak, 60, true, 0.20, "override-leak"),
    (Detour, Deed, 80, true, 0.30, "detour-deed"),
    (Detour, Secret, 90, true, 0.40, "detour-secret"),
    (NoRefusal, NoRefusal, 80, false, 0.50, "refusal-refusal"),
    (Detour, Override, 60, true, 0.25, "detour-override"),
    (Detour, Machine, 60, true, 0.30, "detour-machine"),
    (Detour, Detour, 200, false, 0.25, "detour-detour"),
    (Conceal, Deed, 100, true, 0.35, "conceal-deed"),
    (Conceal, Detour, 160, true, 0.35, "conceal-detour"),
    (Conceal, Machine, 80, true, 0.25, "conceal-machine"),
    (Urgent, Detour, 60, true, 0.30, "urgent-detour"),
    (Urgent, Machine, 40, false, 0.20, "urgent-machine"),
    (Call, Machine, 14, false, 0.35, "call-machine"),
    (Machine, Please, 24, true, 0.35, "please-machine"),
    (Please, Deed, 40, false, 0.10, "please-deed"),
    (Lasting, Deed, 90, true, 0.25, "lasting-deed"),
    (Lasting, Machine, 60, true, 0.25, "lasting-machine"),
    (Order, Given, 12, false, 0.45, "order-given"),
    (Leak, Given, 40, false, 0.30, "leak-given"),
    (Reveal, Given, 40, false, 0.20, "reveal-given"),
    (Call, Deed, 120, false, 0.20, "call-deed"),
    (Machine, Deed, 40, false, 0.20, "machine-deed"),
    (Override, Governor, 40, false, 0.60, "override-governor"),
    (Weaken, Governor, 40, false, 0.60, "weaken-governor"),
    (Your, Governor, 6, false, 0.25, "your-governor"),
    (Governor, Lifted, 40, false, 0.60, "governor-lifted"),
    (Guard, Lifted, 30, false, 0.40, "guard-lifted"),
    (Order, Lifted, 24, false, 0.25, "order-lifted"),
    (Lifted, Guard, 24, false, 0.25, "lifted-guard"),
    (Machine, Lifted, 60, true, 0.25, "machine-lifted"),
    (Leak, Kept, 40, false, 0.60, "leak-kept"),
    (Reveal, Kept, 40, false, 0.40, "reveal-kept"),
    (Override, Kept, 90, false, 0.40, "override-kept"),
    (Override, Secret, 90, false, 0.20, "override-secret"),
    (Imperative, Deed, 24, false, 0.10, "imperative-deed"),
    (Deed, Secret, 40, false, 0.20, "deed-secret"),
];

/// Concepts that weigh something alone.
const ALONE: &[(Concept, f64, &str)] = &[
    (Jailbreak, 0.45, "jailbreak"),
    (Usurp, 0.70, "usurp"),
    (Unbound, 0.40, "unbound"),
    (Obey, 0.10, "obey"),
    (Conceal, 0.35, "conceal"),
    (Detour, 0.25, "detour"),
    (NoRefusal, 0.10, "norefusal"),
    (Kept, 0.25, "kept"),
    (Lasting, 0.30, "lasting"),
    (Asked, 0.50, "asked"),
];

/// Concepts of text about attacks, each mention of which takes away some weight.
const ABOUT: f64 = 0.25;

/// Hits that are looked back at: enough for the widest pair, few enough to stay linear.
const WINDOW: usize = 24;

/// So far apart, pieces of evidence in a document have nothing to do with each other.
const REACH: usize = 400;

/// A message shorter than this says nothing else: what it holds of evidence weighs more.
const TERSE: usize = 90;

/// Weighs the evidence in one text: a message as a whole, a document stretch by stretch.
pub fn weigh(hits: &[Hit], field: Field, length: usize) -> Evidence {
    if field == Field::User {
        let mut evidence = stretch(hits, MESSAGE);
        if evidence.core && length < TERSE {
            evidence.score += 0.2;
        }
        return evidence;
    }
    let mut best = Evidence::default();
    let (mut from, mut to) = (0, 0);
    let mut begin = 0;
    while to < hits.len() {
        from += hits[from..].iter().take_while(|hit| hit.start < begin).count();
        to += hits[to..].iter().take_while(|hit| hit.start < begin + REACH).count();
        let evidence = stretch(&hits[from..to], DOCUMENT);
        if evidence.score * f64::from(u8::from(evidence.core)) > best.score {
            best = evidence;
        }
        // On by half a stretch, or to the next hit where there is none.
        let next = hits.get(to).map_or(usize::MAX, |hit| hit.start);
        begin = (begin + REACH / 2).max(next.saturating_sub(REACH / 2));
    }
    best
}

/// What a kind of text is allowed.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// How much talk about attacks counts against the evidence.
    about: f64,
    /// How much everyday pieces count.
    everyday: f64,
}

/// A short message that attacks has no room for talk about attacks, and asks for settings for a reason.
const MESSAGE: Kind = Kind { about: 0.3, everyday: 1.0 };
/// A document talks about anything.
const DOCUMENT: Kind = Kind { about: 1.0, everyday: 0.5 };

/// Weighs the evidence of one stretch.
fn stretch(hits: &[Hit], kind: Kind) -> Evidence {
    let mut weighing = Weighing { everyday: kind.everyday, ..Weighing::default() };
    for (at, hit) in hits.iter().enumerate() {
        INDEX.each(hits, at, WINDOW, |pair, earlier, gap| {
            let (_, _, most, _, weight, name) = PAIRS[pair];
            if gap <= most {
                weighing.add(pair, weight, name, earlier.start, hit.end);
            }
        });
        for (index, &(concept, weight, name)) in ALONE.iter().enumerate() {
            if hit.concept == concept {
                weighing.add(PAIRS.len() + index, weight, name, hit.start, hit.end);
            }
        }
    }
    let mut evidence = weighing.evidence;
    let mentions = hits.iter().filter(|hit| hit.concept == About).take(8).count();
    evidence.score -= ABOUT * kind.about * mentions as f64;
    evidence
}

/// Which pairs two concepts make, in this order.
static INDEX: LazyLock<Pairs> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (at, &(first, second, most, either, ..)) in (0_u8..).zip(PAIRS) {
        all.push((at, first, second, most));
        if either && first != second {
            all.push((at, second, first, most));
        }
    }
    Pairs::new(&all)
});

/// Evidence being added up: each piece counts once.
#[derive(Default)]
struct Weighing {
    evidence: Evidence,
    seen: u128,
    heaviest: f64,
    /// How much everyday pieces count.
    everyday: f64,
}

impl Weighing {
    fn add(&mut self, index: usize, weight: f64, name: &'static str, start: usize, end: usize) {
        let bit = 1_u128 << index.min(127);
        if self.seen & bit != 0 {
            return;
        }
        self.seen |= bit;
        let everyday = EVERYDAY.contains(&name);
        self.evidence.core |= !everyday;
        let weight = if everyday { weight * self.everyday } else { weight };
        self.evidence.score += weight;
        self.evidence.pieces.push(name);
        if weight > self.heaviest {
            self.heaviest = weight;
            self.evidence.heaviest = name;
            (self.evidence.start, self.evidence.end) = (start, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_has_a_bit_and_every_everyday_name_a_piece() {
        assert!(PAIRS.len() + ALONE.len() <= 128);
        let known =
            |name: &&str| PAIRS.iter().any(|pair| pair.5 == *name) || ALONE.iter().any(|one| one.2 == *name);
        assert_eq!(EVERYDAY.iter().filter(|name| !known(name)).count(), 0);
    }

    #[test]
    fn a_document_that_speaks_to_its_reader_needs_less() {
        let evidence = |score, pieces: &[&'static str]| {
            let pieces = pieces.to_vec();
            Evidence { score, core: true, pieces, ..Evidence::default() }.convinces(Field::ToolResult)
        };
        assert!(evidence(0.9, &["conceal-deed"]) && !evidence(0.8, &["conceal-deed"]));
        assert!(evidence(1.0, &["override-prior"]) && !evidence(0.9, &["override-prior"]));
        assert!(evidence(1.2, &["override-guard"]) && !evidence(1.1, &["override-guard", "order-machine"]));
    }

    #[test]
    fn pieces_far_apart_in_a_document_do_not_add_up() {
        let hit = |concept, start| Hit { concept, start, end: start + 5 };
        let near = [hit(Override, 0), hit(Prior, 6), hit(Order, 12)];
        let far = [hit(Override, 0), hit(Prior, 6), hit(Usurp, 5_000)];
        assert!(weigh(&near, Field::ToolResult, 9_000).score > weigh(&far, Field::ToolResult, 9_000).score);
    }
}
