//! Words by what they mean, in many languages: the ground on which injections and harmful requests are recognised.

use super::fold::{Folded, fold_term};
use super::words;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Concept {
    /// ignore, forget, bypass …
    Override,
    /// remove, change, stop …: an override only of what has no other reading
    Weaken,
    /// instructions, rules, prompt …
    Order,
    /// previous, above, original …
    Prior,
    /// your
    Your,
    /// all, any
    All,
    /// ignore the user, the user has approved
    Usurp,
    /// safety, restrictions, guardrails …
    Guard,
    /// reveal, print, repeat …
    Leak,
    /// what is, describe, share …
    Reveal,
    /// system prompt and the like: nothing else is called so.
    Prompt,
    /// your instructions, the text above
    Own,
    /// configuration, setup, parameters …
    Setting,
    /// hidden, secret, internal …
    Hidden,
    /// you are now, act as, pretend …
    Persona,
    /// without restrictions, unfiltered, jailbroken …
    Unbound,
    /// names of well-known jailbreaks and their phrases
    Jailbreak,
    /// stay in character, never refuse, do not say that you cannot
    NoRefusal,
    /// I am your developer, admin override …
    Authority,
    /// my commands, my wishes
    Obey,
    /// the assistant, the model, the agent: an AI spoken to
    Machine,
    /// IMPORTANT, urgent, attention
    Urgent,
    /// do not tell the user
    Conceal,
    /// before you go on, after that solve the task: an order put before the user's
    Detour,
    /// send, transfer, delete, grant: what an injected order wants done
    Deed,
    /// please, you must, make sure
    Imperative,
    /// password, API key, secret
    Secret,
    /// say only, respond with, output exactly
    Parrot,
    /// attack, injection, detect: text about attacks, not an attack
    About,
    /// how to, write, give me, create: a request
    Request,
    /// a thing whose making or use is itself harm
    Harm,
    /// an act against people
    Violence,
    /// people as its object
    Person,
    /// an act of fraud, theft, intrusion
    Crime,
    /// whom or what crime is against
    Victim,
    /// without being caught
    Evasion,
    /// groups of people
    Group,
    /// contempt
    Contempt,
    /// prevention and protection: what follows is what it guards against
    Defence,
    /// games, films, history, grammar of a question about the past
    Fiction,
    /// things that are killed, shot and broken every day
    Everyday,
}

impl Concept {
    /// How many concepts there are.
    pub const COUNT: usize = Self::Everyday as usize + 1;
}

/// A word found in a folded text.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// What it stands for.
    pub concept: Concept,
    /// First byte in the folded text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

struct Lexicon {
    finder: AhoCorasick,
    /// For each pattern: what it stands for, and whether a word may go on after it.
    terms: Vec<(Concept, bool)>,
}

static INJECTION: LazyLock<Option<Lexicon>> =
    LazyLock::new(|| lexicon(&[words::ORDERS, words::AIMS, words::MANNERS]));
static HARM: LazyLock<Option<Lexicon>> = LazyLock::new(|| lexicon(&[words::HARM]));

fn lexicon(words: &[&[(Concept, &str)]]) -> Option<Lexicon> {
    let mut patterns = Vec::new();
    let mut terms = Vec::new();
    for (concept, words) in words.iter().copied().flatten() {
        for word in words.split('|').map(str::trim).filter(|word| !word.is_empty()) {
            let (stem, open) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
            patterns.push(fold_term(stem));
            terms.push((*concept, open));
        }
    }
    let finder = AhoCorasick::builder()
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&patterns)
        .ok()?;
    Some(Lexicon { finder, terms })
}

/// The words of prompt injection in a folded text, in order of their ends.
pub fn injection_hits(folded: &Folded) -> Vec<Hit> {
    INJECTION.as_ref().map(|lexicon| lexicon.hits(folded)).unwrap_or_default()
}

/// The words of harmful requests in a folded text, in order of their ends.
pub fn harm_hits(folded: &Folded) -> Vec<Hit> {
    HARM.as_ref().map(|lexicon| lexicon.hits(folded)).unwrap_or_default()
}

impl Lexicon {
    fn hits(&self, folded: &Folded) -> Vec<Hit> {
        let bytes = folded.text.as_bytes();
        let inside = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let mut found = Vec::new();
        for hit in self.finder.find_overlapping_iter(&folded.text) {
            let (concept, open) = self.terms[hit.pattern().as_usize()];
            let begins = hit.start() == 0 || !inside(hit.start()) || !inside(hit.start() - 1);
            let ends = open || !inside(hit.end() - 1) || !inside(hit.end());
            // Cyrillic words begin at a boundary too; other scripts have none.
            let cyrillic = hit.start() >= 2
                && (0xd0..=0xd3).contains(&bytes[hit.start()])
                && (0xd0..=0xd3).contains(&bytes[hit.start() - 2]);
            if begins && ends && !cyrillic {
                found.push(Hit { concept, start: hit.start(), end: hit.end() });
            }
        }
        found
    }
}
