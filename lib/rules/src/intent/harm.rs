//! Harmful requests as weighted evidence: somebody asks for an act, against whom, with what, and how not to be caught.

use super::concept::{Concept, Concept::*, Hit};
use super::injection::Evidence;
use super::pairs::Pairs;
use std::sync::LazyLock;

/// A pair of concepts: first, second, most bytes between, weight, name.
type Pair = (Concept, Concept, usize, f64, &'static str);

const PAIRS: &[Pair] = &[
    (Request, Harm, 70, 0.80, "request-harm"),
    (Request, Violence, 30, 0.35, "request-violence"),
    (Violence, Person, 14, 0.55, "violence-person"),
    (Request, Crime, 30, 0.40, "request-crime"),
    (Crime, Victim, 28, 0.50, "crime-victim"),
    (Crime, Person, 14, 0.30, "crime-person"),
    (Harm, Harm, 60, 0.30, "harm-harm"),
    (Harm, Person, 30, 0.20, "harm-person"),
    (Harm, Victim, 40, 0.30, "harm-victim"),
    (Violence, Evasion, 90, 0.40, "violence-evasion"),
    (Crime, Evasion, 90, 0.40, "crime-evasion"),
    (Harm, Evasion, 120, 0.40, "harm-evasion"),
    (Request, Evasion, 90, 0.40, "request-evasion"),
    (Request, Contempt, 50, 0.40, "request-contempt"),
    (Contempt, Group, 50, 0.60, "contempt-group"),
    (Group, Contempt, 50, 0.60, "group-contempt"),
];

/// Which pairs two concepts make, in this order.
static INDEX: LazyLock<Pairs> = LazyLock::new(|| {
    let pairs = (0_u8..).zip(PAIRS).map(|(at, &(first, second, most, ..))| (at, first, second, most));
    Pairs::new(&pairs.collect::<Vec<_>>())
});

/// What a word of defence before the harm, or of fiction anywhere, takes away.
const BENIGN: f64 = 0.7;

/// How far before the harm a word of defence may stand.
const GUARDS: usize = 60;

/// Enough for a harmful request.
pub const ENOUGH: f64 = 0.75;

/// Words of one meaning that stand before the current one and are looked back at.
const WINDOW: usize = 16;

/// A request longer than this is a document: its words stand together by chance.
const LONGEST: usize = 6000;

/// Whether a folded text of this length can be a request.
pub fn is_request(length: usize) -> bool {
    length <= LONGEST
}

/// Weighs the evidence in what a user asked.
pub fn weigh(hits: &[Hit]) -> Evidence {
    let mut evidence = Evidence::default();
    let mut seen = [false; PAIRS.len()];
    let mut heaviest = 0.0;
    let mut asked = None;
    for (at, hit) in hits.iter().enumerate() {
        INDEX.each(hits, at, WINDOW, |pair, earlier, gap| {
            let (_, _, most, weight, name) = PAIRS[pair];
            // A word that is an act against people and against things is one act.
            let act = matches!(name, "request-violence" | "request-crime");
            if gap > most || seen[pair] || act && asked.replace(hit.start) == Some(hit.start) {
                return;
            }
            seen[pair] = true;
            evidence.score += weight;
            evidence.pieces.push(name);
            if weight > heaviest {
                heaviest = weight;
                evidence.heaviest = name;
                (evidence.start, evidence.end) = (earlier.start, hit.end);
            }
        });
    }
    evidence.score -=
        BENIGN * f64::from(u8::from(guarded(hits)) + u8::from(hits.iter().any(|hit| hit.concept == Fiction)));
    if hits.iter().any(|hit| hit.concept == Everyday) {
        // Processes are killed and photos shot: only what acts weigh is taken back, not what things weigh.
        let acts =
            evidence.pieces.iter().filter(|name| name.contains("violence") || name.contains("crime")).count();
        evidence.score -= if acts > 0 { 0.7 } else { 0.0 };
    }
    evidence.core = true;
    evidence
}

/// Does a word of defence stand before the first harm?
fn guarded(hits: &[Hit]) -> bool {
    let harm = |hit: &&Hit| matches!(hit.concept, Harm | Crime | Violence);
    let defences = hits.iter().filter(|hit| hit.concept == Defence);
    defences.clone().any(|defence| {
        hits.iter().filter(harm).any(|hit| hit.start >= defence.end && hit.start - defence.end <= GUARDS)
    })
}
